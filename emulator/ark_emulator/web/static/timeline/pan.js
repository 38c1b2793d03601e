/** Moving the timeline into the past and back: by dragging, by the wheel, and along with selecting and scrolling. */
import { useEffect, useRef } from "../lib.js";
import { getState, update, virtualNow } from "../state/store.js";
import { isFinal } from "../task.js";
import { NOW_SHARE, ROW_HEIGHT } from "./motion.js";

/** Pixels that the pointer moves before that counts as dragging. */
const DRAG_THRESHOLD = 4;
/** Milliseconds without scrolling after which the list counts as settled. */
const SETTLE_TIME = 150;

/** @typedef {import("../task.js").Task} Task */

/**
 * The time in which a task existed so far.
 *
 * @param {Task} task
 * @param {number} now
 * @returns {[number, number]}
 */
export function lifeOf(task, now) {
  const last = task.marks.findLast((mark) => mark.at <= now) ?? task.marks[0];
  return [task.created_at, isFinal(last.status) ? last.at : now];
}

/**
 * How far into the past the timeline must be moved to show the life of `task`; null if a life of `tasks` is visible.
 *
 * @param {Task} task
 * @param {Task[]} tasks
 * @param {{now: number, span: number, pan: number}} view
 */
export function panToLife(task, tasks, { now, span, pan }) {
  const left = now - span - pan;
  const right = left + span / NOW_SHARE;
  const isVisible = (/** @type {Task} */ each) => {
    const [from, until] = lifeOf(each, now);
    return until >= left && from <= right;
  };
  if (tasks.some(isVisible)) return null;
  const [from, until] = lifeOf(task, now);
  return Math.max(0, now - span - ((from + until) / 2 - span / NOW_SHARE / 2));
}

/**
 * Move the timeline so that the life of a task is visible, unless the life of one of `tasks` already is.
 *
 * @param {Task|undefined} task
 * @param {number} span
 * @param {Task[]} [tasks]
 */
export function showLife(task, span, tasks = task && [task]) {
  if (!task || !tasks) return;
  const pan = panToLife(task, tasks, { now: virtualNow(), span, pan: getState().pan });
  if (pan !== null) update({ pan });
}

/** Move into the past when the user scrolls to older tasks, and back to now at the top. */
export function useScrollSync(scroll, tasks, span) {
  const current = useRef({ tasks, span });
  current.current = { tasks, span };
  useEffect(() => {
    const element = scroll.current;
    let timer = 0;
    const onSettled = () => {
      const { scrollTop, clientHeight } = element;
      if (scrollTop === 0) return update({ pan: 0 });
      const first = Math.floor(scrollTop / ROW_HEIGHT);
      const rows = current.current.tasks.slice(first, Math.ceil((scrollTop + clientHeight) / ROW_HEIGHT));
      return showLife(rows[rows.length >> 1], current.current.span, rows);
    };
    const onScroll = () => {
      clearTimeout(timer);
      timer = setTimeout(onSettled, SETTLE_TIME);
    };
    element.addEventListener("scroll", onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener("scroll", onScroll);
    };
  }, []);
}

/** Move the timeline by a horizontal wheel, a wheel with shift, or dragging. */
export function useDragging(tracks, rate) {
  useEffect(() => {
    const element = tracks.current;
    const panBy = (/** @type {number} */ pixels) => update({ pan: Math.max(0, getState().pan + pixels / rate) });
    /** @type {{x: number, moved: boolean}|null} */
    let drag = null;
    const onWheel = (event) => {
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (!sideways || (!event.shiftKey && Math.abs(sideways) < Math.abs(event.deltaY))) return;
      event.preventDefault();
      panBy(-sideways);
    };
    const onPointerDown = (event) => {
      drag = event.button === 0 ? { x: event.clientX, moved: false } : null;
    };
    const onPointerMove = (event) => {
      if (!drag || !(event.buttons & 1)) return;
      const pixels = event.clientX - drag.x;
      if (!drag.moved && Math.abs(pixels) < DRAG_THRESHOLD) return;
      if (!drag.moved) element.setPointerCapture(event.pointerId);
      drag = { x: event.clientX, moved: true };
      panBy(pixels);
    };
    const onClick = (event) => {
      if (drag?.moved) event.stopPropagation();
      drag = null;
    };
    element.addEventListener("wheel", onWheel, { passive: false });
    element.addEventListener("pointerdown", onPointerDown);
    element.addEventListener("pointermove", onPointerMove);
    element.addEventListener("click", onClick, { capture: true });
    return () => {
      element.removeEventListener("wheel", onWheel);
      element.removeEventListener("pointerdown", onPointerDown);
      element.removeEventListener("pointermove", onPointerMove);
      element.removeEventListener("click", onClick, { capture: true });
    };
  }, [rate]);
}
