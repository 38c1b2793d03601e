/** What became of the last actions, for a few seconds. */
import { classes, html } from "./lib.js";
import { icon } from "./icons.js";
import { useStore } from "./store.js";

export function Toasts() {
  const toasts = useStore((state) => state.toasts);
  return html`<div class="toasts" role="log" aria-live="polite" aria-label="What was done">
    ${toasts.map(
      (each) => html`<div key=${each.id} class=${classes("toast", `is-${each.kind}`)}>
        ${icon(each.kind === "ok" ? "check" : "cross")}<span>${each.text}</span>
      </div>`,
    )}
  </div>`;
}
