/** HTTP statuses and durations of exchanges, in words as well as in colours. */
import { html } from "../../lib.js";
import { icon } from "../../icons.js";

/** The kind of a status: `2xx` and so on, `none` where no reply was sent. */
export const classOf = (status) => (status ? `${Math.floor(status / 100)}xx` : "none");

const TONES = { "2xx": ["succeeded", "check"], "3xx": ["running", "chevron"], none: ["failed", "slash"] };

/** A status as icon and word. */
export function Code({ status }) {
  const [tone, drawing] = TONES[classOf(status)] ?? ["failed", "cross"];
  return html`<span class=${`status is-${tone}`}>${icon(drawing, 12)}<span>${status || "no reply"}</span></span>`;
}

/** Real seconds as `0.4 ms`, `12 ms`, `1.2 s`. */
export function took(seconds) {
  if (seconds === undefined) return "";
  const thousandths = seconds * 1000;
  if (thousandths >= 1000) return `${(thousandths / 1000).toFixed(1)} s`;
  return `${thousandths.toFixed(thousandths < 1 ? 2 : thousandths < 10 ? 1 : 0)} ms`;
}

/** An id without what all ids have in front. */
export const shortId = (id) => (id.startsWith("cgt-") ? id.slice(-5) : `…${id.slice(-6)}`);

/** A reference for what takes the focus as soon as it is there. */
export const focused = (element) => element?.focus();

/** A path without what most paths have in front: `…/tasks/cgt-…`. */
export function shortPath(path) {
  const parts = path.split("/");
  return parts.length > 4 ? `…/${parts.slice(-2).join("/")}` : path;
}
