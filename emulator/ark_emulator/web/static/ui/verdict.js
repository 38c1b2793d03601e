/** How a callback stands, as icon and word. */
import { html } from "../lib.js";
import { icon } from "./icons.js";

const STATES = {
  delivered: ["succeeded", "check"],
  pending: ["running", "hourglass"],
  failed: ["failed", "cross"],
  planned: ["cancelled", "clock"],
};

export function Verdict({ of }) {
  const [tone, drawing] = STATES[of.state] ?? STATES.planned;
  return html`<span class=${`status is-${tone}`}>${icon(drawing, 12)}<span>${of.state}</span></span>`;
}
