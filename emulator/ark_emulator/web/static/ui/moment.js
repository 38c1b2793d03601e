/** Times of the world that go on by themselves: `in 23 h`, counted down without rendering anything. */
import { html, useEffect, useRef, useState } from "../lib.js";
import { useStore } from "../state/store.js";
import { dayOf, flows, fromNow, timeOfDay, virtualNow } from "../format/time.js";

const OFTEN = 250;
const SELDOM = 1_000;

/**
 * True once that moment is past in the world's time; the component is rendered again when it becomes so.
 *
 * @param {number} at
 */
export function usePast(at) {
  const clock = useStore((state) => state.clock);
  const [, again] = useState(0);
  const left = at - virtualNow();
  useEffect(() => {
    if (left <= 0 || !flows(clock)) return undefined;
    const wait = Math.min((left / clock.speed) * 1000 + 20, 2 ** 31 - 1);
    const timer = setTimeout(() => again((count) => count + 1), wait);
    return () => clearTimeout(timer);
  }, [at, clock]);
  return left <= 0;
}

/** How far a moment is from now, in words that go on. */
export function FromNow({ at }) {
  const clock = useStore((state) => state.clock);
  const text = useRef(null);
  useEffect(() => {
    const write = () => {
      const words = fromNow(at, virtualNow());
      if (text.current.textContent !== words) text.current.textContent = words;
    };
    write();
    if (!flows(clock)) return undefined;
    const timer = setInterval(write, Math.abs(at - virtualNow()) < 60 || clock.speed > 1 ? OFTEN : SELDOM);
    return () => clearInterval(timer);
  }, [at, clock]);
  return html`<time ref=${text} title=${`${dayOf(at)}, ${timeOfDay(at)}`}></time>`;
}
