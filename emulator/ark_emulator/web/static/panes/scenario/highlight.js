/** Highlighting of YAML, line by line: comments, keys, strings, and values. */
import { html } from "../../lib.js";

const COMMENT = /(#.*$)/;
const STRING = /("(?:[^"\\]|\\.)*"|'[^']*')/;
const KEY = /([A-Za-z_][\w.-]*)(?=:(?:\s|$))/;
const NUMBER = /((?<![\w.*-])-?\d[\w.%:]*(?:\.\.\d\w*)?)/;
const WORD = /(?<![\w.*-])(true|false|null|forever)(?![\w.-])/;
const TOKEN = new RegExp([COMMENT, STRING, KEY, NUMBER, WORD].map((each) => each.source).join("|"), "g");
/** The kinds of tokens, in the order of the groups of `TOKEN`. */
const KINDS = ["comment", "text", "key", "number", "word"];

/**
 * Split a line into pieces with the same classes; `wrong` are ranges of columns, from 0, that are marked as mistakes.
 *
 * @param {string} line
 * @param {[from: number, to: number][]} wrong
 * @returns {{text: string, classes: string}[]}
 */
export function highlightPieces(line, wrong) {
  const classes = new Array(line.length).fill("");
  for (const match of line.matchAll(TOKEN)) {
    const kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
    const startsComment = match.index === 0 || /\s/.test(line[match.index - 1]);
    if (kind === "comment" && !startsComment) continue;
    classes.fill(`yaml-${kind}`, match.index, match.index + match[0].length);
  }
  for (const [from, to] of wrong) {
    for (let column = from; column < Math.min(to, line.length); column += 1) classes[column] += " yaml-wrong";
  }
  const pieces = [];
  for (let start = 0, end; start < line.length; start = end) {
    end = start + 1;
    while (end < line.length && classes[end] === classes[start]) end += 1;
    pieces.push({ text: line.slice(start, end), classes: classes[start] });
  }
  return pieces;
}

/**
 * A highlighted line.
 *
 * @param {string} line
 * @param {[from: number, to: number][]} wrong
 */
export const highlightLine = (line, wrong) =>
  highlightPieces(line, wrong).map(({ text, classes }) =>
    classes ? html`<span class=${classes}>${text}</span>` : text,
  );
