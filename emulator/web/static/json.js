/** JSON in colours: keys, texts, numbers and words. */
import { html } from "./lib.js";

const PART = /("(?:[^"\\]|\\.)*")(\s*:)?|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(true|false|null)/g;

/** The text of a JSON document as spans. */
export function coloured(text) {
  const parts = [];
  let last = 0;
  for (const found of text.matchAll(PART)) {
    const [whole, quoted, colon, number] = found;
    const kind = quoted ? (colon ? "key" : "text") : number ? "number" : "word";
    parts.push(text.slice(last, found.index), html`<span class=${`json-${kind}`}>${quoted ?? whole}</span>`, colon ?? "");
    last = found.index + whole.length;
  }
  return [...parts, text.slice(last)];
}
