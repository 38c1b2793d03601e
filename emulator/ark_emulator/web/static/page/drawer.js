/** The drawer at the right, for tasks of the user. It keeps the focus inside, and returns it when it closes. */
import { html, useEffect, useRef } from "../lib.js";
import { closeDrawer } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { Toasts } from "../ui/toasts.js";
import { PANES } from "./panes.js";

export function Drawer() {
  const drawer = useStore((state) => state.drawer);
  const pane = drawer && PANES.find((each) => each.place === "drawer" && each.name === drawer.name);
  return pane ? html`<${Dialog} key=${pane.name} pane=${pane} paneProps=${drawer.props ?? {}} />` : null;
}

function Dialog({ pane, paneProps }) {
  const dialog = useRef(/** @type {HTMLDialogElement|null} */ (null));
  useEffect(() => {
    const focused = /** @type {HTMLElement|null} */ (document.activeElement);
    dialog.current?.showModal();
    return () => focused?.focus?.();
  }, []);
  const onMouseDown = (event) => event.target === dialog.current && closeDrawer();
  return html`<dialog
    class=${`drawer drawer-${pane.name}`}
    ref=${dialog}
    aria-labelledby="drawer-title"
    onClose=${closeDrawer}
    onMouseDown=${onMouseDown}
  >
    <div class="drawer-body">
      <div class="drawer-head">
        <h2 id="drawer-title">${icon(pane.icon)}${pane.title}</h2>
        <button class="button is-bare" onClick=${closeDrawer} aria-label="Close" title="Close (esc)">
          ${icon("cross")}
        </button>
      </div>
      <${pane.view} ...${paneProps} />
    </div>
    <${Toasts} inDrawer />
  </dialog>`;
}
