/** How the timeline moves with time, and which of its lanes are drawn. */
import { isLive } from "../format/time.js";
import { useLayoutEffect, useState } from "../lib.js";
import { virtualNow } from "../state/store.js";

/** Where now is, as a share of the width. */
export const NOW_SHARE = 0.72;
/** Pixels that a row is high; the styles have the same value (`--row`). */
export const ROW_HEIGHT = 28;
/** Rows by which the window of drawn lanes moves; as many are drawn above and below the view. */
const WINDOW_STEP = 10;
/** Pixels by which the layer may be moved before lanes are drawn around another origin. */
const MAX_OFFSET = 100_000;
/** Pixels by which the layer is moved at least. */
const MIN_MOVE = 0.5;
/** Milliseconds of a frame, the longest wait between two moves, and the wait with reduced motion. */
const FRAME = 17;
const LONGEST_WAIT = 1_000;
const REDUCED_MOTION_WAIT = 250;

/** Return the width of an element in pixels, as it changes. */
export function useWidth(element) {
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    if (!element.current) return undefined;
    const observer = new ResizeObserver(([entry]) => setWidth(Math.round(entry.contentRect.width)));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return width;
}

/**
 * The first lane to draw, and the one after the last: those in view and some above and below.
 *
 * @param {number} scrollTop
 * @param {number} height  of the view
 * @returns {[number, number]}
 */
export function rowWindow(scrollTop, height) {
  const first = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT / WINDOW_STEP) - 1) * WINDOW_STEP;
  const last = (Math.ceil((scrollTop + height) / ROW_HEIGHT / WINDOW_STEP) + 1) * WINDOW_STEP;
  return [first, last];
}

/** Return the lanes to draw. Names are always drawn, for screen readers and the search of the browser. */
export function useRowWindow(scroll, count) {
  const [rows, setRows] = useState(/** @type {[number, number]} */ ([0, 4 * WINDOW_STEP]));
  useLayoutEffect(() => {
    const element = scroll.current;
    const updateRows = () => {
      const next = rowWindow(element.scrollTop, element.clientHeight);
      setRows((before) => (before[0] === next[0] && before[1] === next[1] ? before : next));
    };
    updateRows();
    element.addEventListener("scroll", updateRows, { passive: true });
    const observer = new ResizeObserver(updateRows);
    observer.observe(element);
    return () => {
      element.removeEventListener("scroll", updateRows);
      observer.disconnect();
    };
  }, []);
  return [Math.min(rows[0], Math.max(0, count - WINDOW_STEP)), rows[1]];
}

/**
 * Move the layer of lanes with time: in every frame, or less often when a step is small or motion is to be reduced.
 * `rebase` is called when the layer has moved too far from its origin.
 */
export function useMotion(layer, { clock, origin, rate, width, pan }, rebase) {
  useLayoutEffect(() => {
    if (!layer.current) return undefined;
    const isReduced = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let frame = 0;
    let timer = 0;
    let shown = NaN;
    const move = () => {
      const offset = (virtualNow() - origin) * rate;
      if (Math.abs(offset) > MAX_OFFSET) return rebase();
      const x = Math.round((width * NOW_SHARE + pan * rate - offset) / MIN_MOVE) * MIN_MOVE;
      if (x !== shown && layer.current) layer.current.style.transform = `translate3d(${x}px, 0, 0)`;
      shown = x;
      if (!isLive(clock)) return undefined;
      // If a move takes longer than a frame, most frames have nothing to do.
      const wait = Math.max((1_000 * MIN_MOVE) / (rate * clock.speed), isReduced ? REDUCED_MOTION_WAIT : 0);
      if (wait > FRAME) timer = setTimeout(move, Math.min(wait, LONGEST_WAIT));
      else frame = requestAnimationFrame(move);
      return undefined;
    };
    move();
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [clock, origin, rate, width, pan]);
}
