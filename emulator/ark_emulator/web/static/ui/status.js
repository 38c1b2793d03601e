/** Statuses of tasks, exchanges and callbacks: always an icon and a word, never a colour alone. */
import { splitMiddle } from "../format/text.js";
import { html } from "../lib.js";
import { icon } from "./icons.js";

/** @type {Record<string, string>} */
export const STATUS_ICONS = {
  queued: "hourglass",
  running: "spinner",
  succeeded: "check",
  failed: "cross",
  expired: "clock",
  cancelled: "slash",
};

/** A label in the colour of a task status. */
export const Tone = ({ tone, icon: name, size = 12, children }) =>
  html`<span class=${`status is-${tone}`}>${icon(name, size)}<span>${children}</span></span>`;

/** The status of a task. */
export const Status = ({ of }) => html`<${Tone} tone=${of} icon=${STATUS_ICONS[of] ?? "dot"} size=${16}>${of}<//>`;

/**
 * The class of an HTTP status: `2xx` and so on, `none` if no response was sent.
 *
 * @param {number} status
 */
export const httpClass = (status) => (status ? `${Math.floor(status / 100)}xx` : "none");

/** @type {Record<string, [tone: string, icon: string]>} */
const HTTP_TONES = { "2xx": ["succeeded", "check"], "3xx": ["running", "chevron"], none: ["failed", "slash"] };

/** The HTTP status of an exchange. */
export function HttpStatus({ status }) {
  const [tone, name] = HTTP_TONES[httpClass(status)] ?? ["failed", "cross"];
  return html`<${Tone} tone=${tone} icon=${name}>${status || "no response"}<//>`;
}

/** @type {Record<string, [tone: string, icon: string]>} */
const CALLBACK_TONES = {
  delivered: ["succeeded", "check"],
  pending: ["running", "hourglass"],
  failed: ["failed", "cross"],
  planned: ["cancelled", "clock"],
};

/** The state of a callback. */
export function CallbackState({ state }) {
  const [tone, name] = CALLBACK_TONES[state] ?? CALLBACK_TONES.planned;
  return html`<${Tone} tone=${tone} icon=${name}>${state}<//>`;
}

/** A path or an id whose middle is hidden where room is short. */
export function Middle({ text }) {
  const [head, tail] = splitMiddle(text);
  return html`<span class="cut">${head}</span><span class="tail">${tail}</span>`;
}
