/**
 * The exchanges that the requests pane lists: those from before the page was opened, and every one since. Those that
 * the event stream did not report are loaded, at limited frequency and without bodies.
 *
 * @typedef {import("../../state/store.js").Line} Line
 */
import { useMemo, useRef } from "../../lib.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { useStore } from "../../state/store.js";

/** Lines that are kept, the newest, and lines that one request loads. */
const MAX_LINES = 3_000;
const PAGE_SIZE = 500;

/**
 * Return the lines, oldest first, and how many attempts were made at a request, by the number of the first one.
 *
 * @returns {{lines: Line[], attempts: Map<number, number>}}
 */
export function useLines() {
  const world = useStore((state) => state.world);
  const streamed = useStore((state) => state.journal);
  const exchanges = useStore((state) => state.exchanges);
  const cache = useRef({ world, lines: /** @type {Line[]} */ ([]), loadUpTo: -1 }).current;
  const isEmptied = exchanges < (cache.lines.at(-1)?.number ?? 0);
  if (cache.world !== world || isEmptied) Object.assign(cache, { world, lines: [], loadUpTo: -1 });
  cache.loadUpTo = Math.max(cache.loadUpTo, missingUpTo(cache.lines, streamed, exchanges));
  const { answer } = useQuery(
    (signal) => api.journal({ limit: PAGE_SIZE, brief: 1 }, signal),
    cache.loadUpTo >= 0 ? `${world}:${cache.loadUpTo}` : null,
  );
  return useMemo(() => {
    cache.lines = mergeLines(mergeLines(cache.lines, answer?.items ?? []), streamed).slice(-MAX_LINES);
    return { lines: cache.lines, attempts: countAttempts(cache.lines) };
  }, [world, streamed, answer, exchanges === 0]);
}

/**
 * The number of the last line that is missing; -1 if none is.
 *
 * @param {Line[]} lines
 * @param {Line[]} streamed
 * @param {number} exchanges
 */
export function missingUpTo(lines, streamed, exchanges) {
  const last = lines.at(-1)?.number ?? 0;
  if (!streamed.length) return exchanges > last ? exchanges : -1;
  const next = streamed.find((line) => line.number > last);
  return next && next.number > last + 1 ? next.number - 1 : -1;
}

/**
 * Merge lines by their numbers. The same list is returned if `more` adds nothing.
 *
 * @param {Line[]} lines
 * @param {Line[]} more
 * @returns {Line[]}
 */
export function mergeLines(lines, more) {
  if (!more.length) return lines;
  if (more[0].number > (lines.at(-1)?.number ?? 0)) return [...lines, ...more];
  const byNumber = new Map(lines.map((line) => [line.number, line]));
  const added = more.filter((line) => !byNumber.has(line.number));
  if (!added.length) return lines;
  return [...lines, ...added].sort((a, b) => a.number - b.number);
}

/**
 * @param {Line[]} lines
 * @returns {Map<number, number>}
 */
export function countAttempts(lines) {
  const attempts = new Map();
  for (const { first, attempt } of lines) {
    if (attempt > 1) attempts.set(first, Math.max(attempt, attempts.get(first) ?? 0));
  }
  return attempts;
}
