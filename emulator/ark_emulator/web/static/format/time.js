/**
 * Virtual time: what the world's clock shows now, and how times and lengths are written.
 */
import { getState } from "../state/store.js";

/** The time of the world, unix seconds. Live clocks go on between two messages of the server. */
export function virtualNow({ clock } = getState()) {
  return flows(clock) ? clock.now + ((performance.now() - clock.read) / 1000) * clock.speed : clock.now;
}

/** True for a clock that goes on by itself. */
export const flows = (clock) => clock.mode === "live";

/** How a clock runs, for people: `LIVE ×10`, `FROZEN`, `POLLS`. */
export const modeName = (clock) => (clock.mode === "live" ? `LIVE ×${trimmed(clock.speed)}` : clock.mode.toUpperCase());

/** The time of day, local: `14:02:31`. */
export const timeOfDay = (at) => new Date(at * 1000).toLocaleTimeString("en-GB");

/** A moment, local: `14:02:31`, with its day where that is not the day of `now`. */
export function momentOf(at, now) {
  const day = (moment) => new Date(moment * 1000).toDateString();
  if (day(at) === day(now)) return timeOfDay(at);
  return `${new Date(at * 1000).toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${timeOfDay(at)}`;
}

/** The day, local: `Sat 21 Nov 2026`. */
export const dayOf = (at) =>
  new Date(at * 1000).toLocaleDateString("en-GB", {
    weekday: "short",
    day: "numeric",
    month: "short",
    year: "numeric",
  });

/** A length of time in its two largest units: `4.2 s`, `3 m 20 s`, `23 h`, `6 d 4 h`. */
export function lengthOf(seconds) {
  const whole = Math.abs(seconds);
  if (whole < 10) return `${trimmed(Math.round(whole * 10) / 10)} s`;
  if (whole < 60) return `${Math.round(whole)} s`;
  for (const [large, small, size, part] of UNITS) {
    if (whole < size * (part.most ?? Infinity)) {
      const many = Math.floor(whole / size);
      const rest = Math.floor((whole - many * size) / part.size);
      return rest ? `${many} ${large} ${rest} ${small}` : `${many} ${large}`;
    }
  }
  return `${Math.round(whole)} s`;
}

const UNITS = [
  ["m", "s", 60, { size: 1, most: 60 }],
  ["h", "m", 3600, { size: 60, most: 24 }],
  ["d", "h", 86400, { size: 3600 }],
];

/** How far a moment is from now: `in 23 h`, `4 s ago`, `now`. */
export function fromNow(at, now) {
  const seconds = at - now;
  if (Math.abs(seconds) < 0.5) return "now";
  return seconds > 0 ? `in ${lengthOf(seconds)}` : `${lengthOf(seconds)} ago`;
}

const trimmed = (value) => String(Number(value.toFixed(2)));
