/** The axis of the timeline: times relative to now, at round distances. They stay in place while time passes. */
import { formatDuration } from "../format/time.js";
import { html } from "../lib.js";
import { advanceToNext, pauseOrResume } from "../state/actions.js";
import { update, useStore } from "../state/store.js";
import { isFinal } from "../task.js";
import { NOW_SHARE } from "./motion.js";

/** Seconds between two labels, one of these. */
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];
/** Minimum pixels between two labels, and from the left edge to the first one. */
const LABEL_DISTANCE = 84;
const LEFT_EDGE = 24;

/**
 * The labels of the axis: seconds from now, and pixels from the left.
 *
 * @param {{width: number, rate: number, pan: number}} view  `rate` is pixels per second, `pan` seconds into the past
 * @returns {{seconds: number, left: number}[]}
 */
export function axisLabels({ width, rate, pan }) {
  const step = STEPS.find((each) => each * rate >= LABEL_DISTANCE) ?? STEPS[STEPS.length - 1];
  const now = width * NOW_SHARE + pan * rate;
  const labels = [];
  for (let count = -Math.ceil(now / rate / step); count * step * rate + now <= width; count += 1) {
    const left = now + count * step * rate;
    if (left >= LEFT_EDGE) labels.push({ seconds: count * step, left });
  }
  return labels;
}

export function Axis({ width, rate, pan }) {
  return html`<div class="axis">
    ${axisLabels({ width, rate, pan }).map(
      ({ seconds, left }) => html`<span key=${seconds} class=${seconds ? "" : "is-now"} style=${{ left: `${left}px` }}>
        ${seconds ? `${seconds > 0 ? "+" : "−"}${formatDuration(seconds)}` : "now"}
      </span>`,
    )}
    ${
      pan
        ? html`<button class="button back" onClick=${() => update({ pan: 0 })}>Back to now</button>`
        : html`<${StoppedClock} />`
    }
  </div>`;
}

/** A notice that tasks do not change because the clock does not run, for a user who waits for them. */
function StoppedClock() {
  const mode = useStore((state) => state.clock.mode);
  const open = useStore((state) => [...state.tasks.values()].some((task) => !isFinal(task.status)));
  if (mode === "live" || !open) return null;
  return html`<span class="still">
    <b>${mode === "frozen" ? "The clock is frozen" : "Only polls move the clock"}</b>
    <button class="link" onClick=${advanceToNext}>next event</button>
    ${" "}
    <button class="link" onClick=${pauseOrResume}>run</button>
  </span>`;
}
