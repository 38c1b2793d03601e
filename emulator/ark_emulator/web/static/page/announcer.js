/**
 * Tells screen readers of tasks that came to their end, a few times a minute at most.
 */
import { html, useEffect, useRef, useState } from "../lib.js";
import { isFinal } from "../ui/status.js";
import { useStore } from "../state/store.js";

/** Milliseconds between two announcements, and for which ends are gathered before one. */
const QUIET = 4_000;
const GATHER = 300;

export function Announcer() {
  const tasks = useStore((state) => state.tasks);
  const [text, setText] = useState("");
  const known = useRef(null);
  const waiting = useRef({ timer: 0, ended: [], told: -QUIET });
  useEffect(() => {
    const before = known.current;
    known.current = tasks;
    if (!before) return;
    const { ended } = waiting.current;
    for (const [id, task] of tasks) {
      const earlier = before.get(id);
      if (earlier && earlier !== task && !isFinal(earlier.status) && isFinal(task.status)) ended.push(task);
    }
    if (ended.length && !waiting.current.timer) {
      const wait = Math.max(GATHER, waiting.current.told + QUIET - performance.now());
      waiting.current.timer = setTimeout(() => {
        setText(told(waiting.current.ended));
        waiting.current = { timer: 0, ended: [], told: performance.now() };
      }, wait);
    }
  }, [tasks]);
  return html`<div class="unseen" role="status" aria-live="polite">${text}</div>`;
}

function told(ended) {
  if (ended.length === 1) return `Task ${ended[0].alias ?? ended[0].id} ${ended[0].status}`;
  const counts = {};
  for (const { status } of ended) counts[status] = (counts[status] ?? 0) + 1;
  return `${ended.length} tasks ended: ${Object.entries(counts)
    .map(([status, count]) => `${count} ${status}`)
    .join(", ")}`;
}
