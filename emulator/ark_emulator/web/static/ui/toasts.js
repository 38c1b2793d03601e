/** What became of the last actions, for a few seconds. They stand in the drawer while it is open: all else is out of reach then. */
import { classes, html } from "../lib.js";
import { icon } from "./icons.js";
import { useStore } from "../state/store.js";

export function Toasts({ inside = false }) {
  const toasts = useStore((state) => state.toasts);
  const drawer = useStore((state) => state.drawer !== null);
  if (drawer !== inside) return null;
  return html`<div class="toasts" role="log" aria-live="polite" aria-label="What was done">
    ${toasts.map(
      (each) => html`<div key=${each.id} class=${classes("toast", `is-${each.kind}`)}>
        ${icon(each.kind === "ok" ? "check" : "cross")}
        <span>${each.text}</span>
      </div>`,
    )}
  </div>`;
}
