/** How times, durations and clocks are written. All times are unix seconds of the world's clock. */

/**
 * True for a clock that advances by itself.
 *
 * @param {{mode: string}} clock
 */
export const isLive = (clock) => clock.mode === "live";

/**
 * The mode of a clock: `LIVE ×10`, `FROZEN`, `POLLS`.
 *
 * @param {{mode: string, speed: number}} clock
 */
export const formatMode = (clock) => (isLive(clock) ? `LIVE ×${rounded(clock.speed)}` : clock.mode.toUpperCase());

/**
 * The local time of day: `14:02:31`.
 *
 * @param {number} at
 */
export const formatTime = (at) => new Date(at * 1000).toLocaleTimeString("en-GB");

/**
 * The local day: `Sat 21 Nov 2026`.
 *
 * @param {number} at
 */
export const formatDay = (at) =>
  new Date(at * 1000).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });

/**
 * The local time of day, preceded by the day if that is not the day of `now`.
 *
 * @param {number} at
 * @param {number} now
 */
export function formatMoment(at, now) {
  const dayOf = (/** @type {number} */ moment) => new Date(moment * 1000).toDateString();
  if (dayOf(at) === dayOf(now)) return formatTime(at);
  const day = new Date(at * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" });
  return `${day} ${formatTime(at)}`;
}

/** Large unit, small unit, seconds of each, and how many large units are written at most. */
const UNITS = [
  { large: "m", small: "s", size: 60, part: 1, limit: 60 },
  { large: "h", small: "m", size: 3_600, part: 60, limit: 24 },
  { large: "d", small: "h", size: 86_400, part: 3_600, limit: Infinity },
];

/**
 * A duration in its two largest units: `4.2 s`, `3 m 20 s`, `23 h`, `6 d 4 h`. The sign is dropped.
 *
 * @param {number} seconds
 */
export function formatDuration(seconds) {
  const length = Math.abs(seconds);
  if (length < 10) return `${rounded(Math.round(length * 10) / 10)} s`;
  if (length < 60) return `${Math.round(length)} s`;
  for (const { large, small, size, part, limit } of UNITS) {
    if (length < size * limit) {
      const count = Math.floor(length / size);
      const rest = Math.floor((length - count * size) / part);
      return rest ? `${count} ${large} ${rest} ${small}` : `${count} ${large}`;
    }
  }
  return `${Math.round(length)} s`;
}

/**
 * The distance of a time from now: `in 23 h`, `4 s ago`, `now`.
 *
 * @param {number} at
 * @param {number} now
 */
export function formatRelative(at, now) {
  const seconds = at - now;
  if (Math.abs(seconds) < 0.5) return "now";
  return seconds > 0 ? `in ${formatDuration(seconds)}` : `${formatDuration(seconds)} ago`;
}

/**
 * Real seconds that an exchange took: `0.40 ms`, `12 ms`, `1.2 s`; empty when unknown.
 *
 * @param {number} [seconds]
 */
export function formatLatency(seconds) {
  if (seconds === undefined) return "";
  const milliseconds = seconds * 1000;
  if (milliseconds >= 1000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${milliseconds.toFixed(milliseconds < 1 ? 2 : milliseconds < 10 ? 1 : 0)} ms`;
}

const rounded = (/** @type {number} */ value) => String(Number(value.toFixed(2)));
