/** Bodies of messages: JSON highlighted, with notes beside its lines; anything else as text. */
import { Fragment, html } from "../lib.js";

const INDENT = "  ";
/** Limits beyond which a body is cut, so that a large one does not freeze the page. */
const MAX_LINES = 1_500;
const MAX_VALUE = 600;
const MAX_TEXT = 60_000;

/**
 * @typedef {Map<string, {text: string, kind: string}>} Notes  notes by the path of the value that they are about
 * @typedef {{depth: number, path: string, parts: [kind: string, text: string][]}} JsonLine
 */

/**
 * One body: `value` is shown as JSON, `text` as JSON if it is JSON.
 *
 * @param {{text?: string, value?: unknown, notes?: Notes, empty?: string}} props
 */
export function Body({ text, value, notes, empty = "No body" }) {
  if (!text && value === undefined) return html`<p class="quiet">${empty}</p>`;
  const parsed = value === undefined ? parseJson(text ?? "") : { value };
  if (!parsed) return html`<pre class="body">${cut(text ?? "", MAX_TEXT)}</pre>`;
  return html`<pre class="body"><${Highlighted} value=${parsed.value} notes=${notes} /></pre>`;
}

/**
 * A value as highlighted JSON, to be placed in a `pre`.
 *
 * @param {{value: unknown, notes?: Notes}} props
 */
export function Highlighted({ value, notes }) {
  const lines = jsonLines(value);
  return html`<${Fragment}>
    ${lines
      .slice(0, MAX_LINES)
      .map((line, place) => html`<${Line} key=${place} line=${line} note=${notes?.get(line.path)} />`)}
    ${lines.length > MAX_LINES ? html`<span class="quiet">… ${lines.length - MAX_LINES} more lines</span>` : null}
  <//>`;
}

const Line = ({ line, note }) => html`<span class=${`json-line ${note ? `is-${note.kind}` : ""}`}>
  ${INDENT.repeat(line.depth)}
  ${line.parts.map(([kind, text]) => (kind ? html`<span class=${`json-${kind}`}>${text}</span>` : text))}
  ${note?.text ? html`<span class="json-note">${note.text}</span>` : null}
</span>`;

/**
 * Parse a text as JSON; null if it is not JSON.
 *
 * @param {string} text
 * @returns {{value: any}|null}
 */
export function parseJson(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return null;
  }
}

/**
 * The lines of a value as indented JSON.
 *
 * @param {any} value
 * @returns {JsonLine[]}
 */
export function jsonLines(value, depth = 0, key = /** @type {string|null} */ (null), path = "", isLast = true) {
  /** @type {JsonLine["parts"]} */
  const head =
    key === null
      ? []
      : [
          ["key", JSON.stringify(key)],
          ["", ": "],
        ];
  const tail = isLast ? "" : ",";
  if (value === null || typeof value !== "object") {
    return [{ depth, path, parts: [...head, scalar(value), ["", tail]] }];
  }
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? "[]" : "{}";
  const entries = Object.entries(value);
  if (!entries.length) return [{ depth, path, parts: [...head, ["", open + close + tail]] }];
  const inside = entries.flatMap(([name, each], place) =>
    jsonLines(each, depth + 1, isArray ? null : name, joinPath(path, name), place === entries.length - 1),
  );
  return [{ depth, path, parts: [...head, ["", open]] }, ...inside, { depth, path: "", parts: [["", close + tail]] }];
}

/**
 * @param {unknown} value
 * @returns {[kind: string, text: string]}
 */
const scalar = (value) => [value === null ? "null" : typeof value, cut(JSON.stringify(value), MAX_VALUE)];

/**
 * @param {string} text
 * @param {number} limit
 */
const cut = (text, limit) => (text.length > limit ? `${text.slice(0, limit)}… (${text.length} characters)` : text);

/**
 * @param {string} path
 * @param {string} name
 */
const joinPath = (path, name) => (path ? `${path}.${name}` : name);

/**
 * Every value that contains no other, with its path: `data.task_id`, `items.0`.
 *
 * @param {any} value
 * @returns {[path: string, value: unknown][]}
 */
export function leavesOf(value, path = "") {
  if (value === null || typeof value !== "object") return [[path, value]];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, joinPath(path, name)));
}
