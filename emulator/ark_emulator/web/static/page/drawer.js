/**
 * The drawer at the right, in which things are done. It keeps the focus inside, and gives it back when it is closed.
 */
import { html, useEffect, useRef } from "../lib.js";
import { close } from "../state/actions.js";
import { icon } from "../ui/icons.js";
import { PANES } from "./panes.js";
import { useStore } from "../state/store.js";
import { Toasts } from "../ui/toasts.js";

export function Drawer() {
  const drawer = useStore((state) => state.drawer);
  const pane = drawer && PANES.find((each) => each.place === "drawer" && each.name === drawer.name);
  return pane ? html`<${Open} key=${pane.name} pane=${pane} with=${drawer.props} />` : null;
}

function Open({ pane, with: props }) {
  const dialog = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current.showModal();
    return () => before?.focus?.();
  }, []);
  const outside = (event) => event.target === dialog.current && close();
  return html`<dialog
    class=${`drawer drawer-${pane.name}`}
    ref=${dialog}
    aria-labelledby="drawer-title"
    onClose=${close}
    onMouseDown=${outside}
  >
    <div class="drawer-body">
      <div class="drawer-head">
        <h2 id="drawer-title">${icon(pane.icon)}${pane.title}</h2>
        <button class="button is-bare" onClick=${close} aria-label="Close" title="Close (esc)">${icon("cross")}</button>
      </div>
      <${pane.view} ...${props ?? {}} />
    </div>
    <${Toasts} inside />
  </dialog>`;
}
