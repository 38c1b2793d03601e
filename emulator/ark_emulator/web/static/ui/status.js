/**
 * How statuses are shown: never by colour alone, always by an icon and a word.
 */
import { html } from "../lib.js";
import { icon } from "./icons.js";

/** Icon of each status of a task, in the order in which counts are shown. */
export const STATUSES = {
  queued: "hourglass",
  running: "spinner",
  succeeded: "check",
  failed: "cross",
  expired: "clock",
  cancelled: "slash",
};

export const isFinal = (status) => !["queued", "running"].includes(status);

/** A status as icon and word. */
export const Status = ({ of, word = of }) =>
  html`<span class=${`status is-${of}`}>${icon(STATUSES[of] ?? "dot")}<span>${word}</span></span>`;
