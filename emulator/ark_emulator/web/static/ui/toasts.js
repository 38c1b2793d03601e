/** The results of the last actions, for a few seconds. An open drawer shows them: the page behind it is inert. */
import { classes, html } from "../lib.js";
import { useStore } from "../state/store.js";
import { icon } from "./icons.js";

export function Toasts({ inDrawer = false }) {
  const toasts = useStore((state) => state.toasts);
  const isDrawerOpen = useStore((state) => state.drawer !== null);
  if (isDrawerOpen !== inDrawer) return null;
  return html`<div class="toasts" role="log" aria-live="polite" aria-label="Results of actions">
    ${toasts.map(
      (each) => html`<div key=${each.id} class=${classes("toast", `is-${each.kind}`)}>
        ${icon(each.kind === "ok" ? "check" : "cross")}
        <span>${each.text}</span>
      </div>`,
    )}
  </div>`;
}
