/** Icons, drawn with one stroke. Screen readers ignore them: a word stands beside each, or a label on its button. */
import { html } from "../lib.js";

/** @type {Record<string, string>} */
const PATHS = {
  play: "M5 3.5v9l7.5-4.5z",
  pause: "M5 3.5v9M11 3.5v9",
  next: "M3.5 3.5v9L9.5 8zM12.5 3.5v9",
  bolt: "M9 1.5 3.5 9H8l-1 5.5L12.5 7H8z",
  plus: "M8 3v10M3 8h10",
  trash: "M3 4.5h10M6 4.5v-2h4v2M4.5 4.5l.6 9h5.8l.6-9",
  wand: "M3 13 10 6M11.5 2v3M10 3.5h3M13.5 8v2M12.5 9h2M5 2.5v2M4 3.5h2",
  check: "M3 8.5 6.5 12 13 4.5",
  cross: "M4 4l8 8M12 4l-8 8",
  clock: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 5v3.2l2 1.6",
  slash: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM4 12 12 4",
  hourglass: "M4.5 2.5h7M4.5 13.5h7M5 2.5c0 3 6 4 6 5.5s-6 2.5-6 5.5M11 2.5c0 3-6 4-6 5.5s6 2.5 6 5.5",
  spinner: "M8 2a6 6 0 1 1-5.6 3.9",
  dot: "M8 7.5a.5.5 0 1 1 0 1 .5.5 0 0 1 0-1z",
  copy: "M6 5.5h7v8H6zM10 5.5v-3H3v8h3",
  sun:
    "M8 5a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM8 1.5V3M8 13v1.5M1.5 8H3M13 8h1.5M3.4 3.4l1 1M11.6 11.6l1 1" +
    "M12.6 3.4l-1 1M4.4 11.6l-1 1",
  moon: "M13 9.5A5.5 5.5 0 0 1 6.5 3a5.5 5.5 0 1 0 6.5 6.5z",
  auto: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 2v12M8 5h3.5M8 8h6M8 11h3.5",
  help: "M6 6a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M8 11.8v.2M8 1.8a6.2 6.2 0 1 1 0 12.4A6.2 6.2 0 0 1 8 1.8z",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM10.5 10.5l3 3",
  rows: "M2.5 4h11M2.5 8h11M2.5 12h11",
  lanes: "M2.5 4h6M5 8h6M8 12h5.5",
  down: "M4 6l4 4 4-4",
  chevron: "M6 4l4 4-4 4",
  globe: "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM2 8h12M8 2c3.5 3.5 3.5 8.5 0 12M8 2c-3.5 3.5-3.5 8.5 0 12",
  script: "M4 2.5h6l2.5 2.5v8.5h-8.500zM6 7h4M6 10h4",
  send: "M13.5 2.5 2.5 7l4.500 2 2 4.500z",
  film: "M2.500 3.500h11v9h-11zM5.500 3.500v9M10.500 3.500v9M2.500 8h11",
  coin:
    "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2zM8 4v8" +
    "M10 6c-.4-.7-1.100-1-2-1-1.200 0-2 .6-2 1.500C6 8.500 10 7.500 10 9.500c0 .9-.8 1.500-2 1.500-.9 0-1.700-.4-2-1",
  sound: "M3 6v4h2.500L9 13V3L5.500 6zM11.500 5.500c1.400 1.400 1.400 3.600 0 5",
  warn: "M8 2.500 14 13.500H2zM8 6.500v3.500M8 11.800v.2",
  medal: "M8 2.500a3.500 3.500 0 1 1 0 7 3.500 3.500 0 0 1 0-7zM6 9l-1 5 3-1.500L11 14l-1-5",
};

export const icon = (name, size = 16) => html`<svg
  class=${`icon icon-${name}`}
  width=${size}
  height=${size}
  viewBox="0 0 16 16"
  aria-hidden="true"
>
  <path d=${PATHS[name] ?? PATHS.dot} />
</svg>`;
