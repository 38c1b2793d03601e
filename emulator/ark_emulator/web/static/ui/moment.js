/** Times relative to the world's clock, which advance without rendering a component: `in 23 h`. */
import { formatDay, formatRelative, formatTime, isLive } from "../format/time.js";
import { html, useEffect, useRef, useState } from "../lib.js";
import { useStore, virtualNow } from "../state/store.js";

/** Milliseconds between two updates of a text: near the time or with a fast clock, and otherwise. */
const FAST_UPDATE = 250;
const SLOW_UPDATE = 1_000;
const LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * Return whether a time of the world has passed, and render the component again when it does.
 *
 * @param {number} at
 */
export function useIsPast(at) {
  const clock = useStore((state) => state.clock);
  const [, rerender] = useState(0);
  const left = at - virtualNow();
  useEffect(() => {
    if (left <= 0 || !isLive(clock)) return undefined;
    const wait = Math.min((left / clock.speed) * 1000 + 20, LONGEST_TIMEOUT);
    const timer = setTimeout(() => rerender((count) => count + 1), wait);
    return () => clearTimeout(timer);
  }, [at, clock]);
  return left <= 0;
}

/** The distance of a time from now. */
export function RelativeTime({ at }) {
  const clock = useStore((state) => state.clock);
  const element = useRef(/** @type {HTMLTimeElement|null} */ (null));
  useEffect(() => {
    const write = () => setText(element.current, formatRelative(at, virtualNow()));
    write();
    if (!isLive(clock)) return undefined;
    const isFast = Math.abs(at - virtualNow()) < 60 || clock.speed > 1;
    const timer = setInterval(write, isFast ? FAST_UPDATE : SLOW_UPDATE);
    return () => clearInterval(timer);
  }, [at, clock]);
  return html`<time ref=${element} title=${`${formatDay(at)}, ${formatTime(at)}`}></time>`;
}

/**
 * Write a text into an element if it differs.
 *
 * @param {HTMLElement|null} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
