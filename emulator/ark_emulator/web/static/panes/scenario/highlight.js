/** YAML in colours, line by line: comments, keys, texts, and values that measure something. */
import { html } from "../../lib.js";

const PART =
  /(#.*$)|("(?:[^"\\]|\\.)*"|'[^']*')|([A-Za-z_][\w.-]*)(?=:(?:\s|$))|((?<![\w.*-])-?\d[\w.%:]*(?:\.\.\d\w*)?)|(?<![\w.*-])(true|false|null|forever)(?![\w.-])/g;
const KINDS = ["comment", "text", "key", "number", "word"];

/**
 * The spans of one line; what lies between `from` and `to` (columns from 0) is marked as wrong.
 *
 * @param {string} line
 * @param {[number, number][]} wrong
 */
export function colouredLine(line, wrong) {
  const kinds = new Array(line.length).fill("");
  for (const found of line.matchAll(PART)) {
    const kind = KINDS[found.slice(1).findIndex((group) => group !== undefined)];
    if (kind === "comment" && found.index > 0 && !/\s/.test(line[found.index - 1])) continue;
    kinds.fill(`yaml-${kind}`, found.index, found.index + found[0].length);
  }
  for (const [from, to] of wrong) {
    for (let place = from; place < Math.min(to, line.length); place += 1) kinds[place] += " yaml-wrong";
  }
  const spans = [];
  for (let place = 0, end; place < line.length; place = end) {
    end = place + 1;
    while (end < line.length && kinds[end] === kinds[place]) end += 1;
    const text = line.slice(place, end);
    spans.push(kinds[place] ? html`<span class=${kinds[place]}>${text}</span>` : text);
  }
  return spans;
}
