/**
 * The exchanges that the journal pane lists: those that were there before the page came, and every one since. What the
 * event stream did not tell is asked for, calmly and without bodies.
 */
import { useMemo, useRef } from "../../lib.js";
import { api } from "../../state/api.js";
import { useStore } from "../../state/store.js";
import { useWatched } from "../../state/query.js";

/** The most lines kept: the oldest go first. */
const MOST = 3_000;
const FETCHED = 500;

/**
 * @returns {{lines: import("../../state/store.js").Line[], tries: Map<number, number>}} oldest first, and how often each wish
 *   was tried, by the number of its first try
 */
export function useLines() {
  const world = useStore((state) => state.world);
  const heard = useStore((state) => state.journal);
  const exchanges = useStore((state) => state.exchanges);
  const own = useRef({ world, lines: [], asked: -1 }).current;
  if (own.world !== world || exchanges < (own.lines.at(-1)?.number ?? 0))
    Object.assign(own, { world, lines: [], asked: -1 });
  const lacks = gapOf(own.lines, heard, exchanges);
  if (lacks > own.asked) own.asked = lacks;
  const subject = own.asked >= 0 ? `${world}:${own.asked}` : null;
  const { answer } = useWatched((signal) => api.journal({ limit: FETCHED, brief: 1 }, signal), subject);
  return useMemo(() => {
    own.lines = merged(merged(own.lines, answer?.items ?? []), heard).slice(-MOST);
    return { lines: own.lines, tries: triesOf(own.lines) };
  }, [world, heard, answer, exchanges === 0]);
}

/** The number up to which something is missing, -1 when nothing is. */
function gapOf(lines, heard, exchanges) {
  const last = lines.at(-1)?.number ?? 0;
  if (!heard.length) return exchanges > last ? exchanges : -1;
  const fresh = heard.findIndex((line) => line.number > last);
  return fresh >= 0 && heard[fresh].number > last + 1 ? heard[fresh].number - 1 : -1;
}

function merged(lines, more) {
  if (!more.length) return lines;
  const last = lines.at(-1)?.number ?? 0;
  if (more[0].number > last) return [...lines, ...more];
  if (more.at(-1).number <= last && lines[0].number <= more[0].number) {
    const known = new Set(lines.map((line) => line.number));
    if (more.every((line) => known.has(line.number))) return lines;
  }
  const found = new Map(lines.map((line) => [line.number, line]));
  for (const line of more) if (!found.has(line.number)) found.set(line.number, line);
  return [...found.values()].sort((one, other) => one.number - other.number);
}

function triesOf(lines) {
  const tries = new Map();
  for (const { first, attempt } of lines) if (attempt > 1) tries.set(first, Math.max(attempt, tries.get(first) ?? 0));
  return tries;
}
