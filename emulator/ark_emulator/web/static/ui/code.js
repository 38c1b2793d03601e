/** HTTP statuses and durations of exchanges, in words as well as in colours. */
import { html } from "../lib.js";
import { icon } from "./icons.js";

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

/** Characters at the end of an id that tell it from all others. */
const TELLING = 6;

/**
 * A path or an id as two parts: where there is no room, the end of the first gives way, so that both ends stay in sight.
 * The second is the last word, the end of an id, or the end of an id with the word after it (`…xyz/content`).
 */
export function ends(text) {
  const words = text.split("/");
  const kept = words.length > 4 ? ["…", ...words.slice(-2)] : words;
  const short = kept.join("/");
  const last = kept.at(-1);
  const named = kept.at(-2) ?? "";
  const isId = (word) => word.length > 2 * TELLING;
  const tail = isId(last)
    ? last.slice(-TELLING)
    : isId(named)
      ? `${named.slice(-TELLING)}/${last}`
      : kept.length > 1
        ? `/${last}`
        : last;
  return [short.slice(0, short.length - tail.length), tail];
}

/** A path or an id that gives way in its middle. */
export function Middle({ text }) {
  const [head, tail] = ends(text);
  return html`<span class="cut">${head}</span><span class="tail">${tail}</span>`;
}
