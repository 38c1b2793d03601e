/** Announce tasks that ended to screen readers, a few times per minute at most. */
import { html, useEffect, useRef, useState } from "../lib.js";
import { useStore } from "../state/store.js";
import { countByStatus, isFinal, nameOf } from "../task.js";

/** Minimum milliseconds between two announcements, and milliseconds for which ended tasks are collected before one. */
const INTERVAL = 4_000;
const COLLECT_TIME = 300;

/** @typedef {import("../task.js").Task} Task */

export function Announcer() {
  const tasks = useStore((state) => state.tasks);
  const [text, setText] = useState("");
  const previous = useRef(/** @type {Map<string, Task>|null} */ (null));
  const queue = useRef({ timer: 0, tasks: /** @type {Task[]} */ ([]), announcedAt: -INTERVAL });
  useEffect(() => {
    const before = previous.current;
    previous.current = tasks;
    if (!before) return;
    queue.current.tasks.push(...endedSince(before, tasks));
    if (!queue.current.tasks.length || queue.current.timer) return;
    const wait = Math.max(COLLECT_TIME, queue.current.announcedAt + INTERVAL - performance.now());
    queue.current.timer = setTimeout(() => {
      setText(announcement(queue.current.tasks));
      queue.current = { timer: 0, tasks: [], announcedAt: performance.now() };
    }, wait);
  }, [tasks]);
  return html`<div class="unseen" role="status" aria-live="polite">${text}</div>`;
}

/**
 * The tasks that ended between two states.
 *
 * @param {Map<string, Task>} before
 * @param {Map<string, Task>} after
 */
export function endedSince(before, after) {
  return [...after.values()].filter((task) => {
    const earlier = before.get(task.id);
    return earlier && earlier !== task && !isFinal(earlier.status) && isFinal(task.status);
  });
}

/**
 * `Task cgt-… succeeded`, or `3 tasks ended: 2 succeeded, 1 failed`.
 *
 * @param {Task[]} tasks
 */
export function announcement(tasks) {
  if (tasks.length === 1) return `Task ${nameOf(tasks[0])} ${tasks[0].status}`;
  const counts = Object.entries(countByStatus(tasks)).map(([status, count]) => `${count} ${status}`);
  return `${tasks.length} tasks ended: ${counts.join(", ")}`;
}
