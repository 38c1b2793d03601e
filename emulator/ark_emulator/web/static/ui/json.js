/**
 * Bodies, readable: JSON with colours and a note beside a line where there is something to say, anything else as text.
 */
import { Fragment, html } from "../lib.js";

const INDENT = "  ";
/** Lines and characters of one value beyond which a body is cut, so that no page stops because of it. */
const LINES = 1_500;
const LONGEST = 600;

/**
 * One body.
 *
 * @param {{text?: string, value?: unknown, notes?: Map<string, {word: string, kind: string}>, empty?: string}} props
 *   `value` is shown as it is, `text` is read as JSON if it is any; `notes` are told beside the values of these paths
 */
export function Body({ text, value, notes, empty = "No body" }) {
  const found = value === undefined ? read(text ?? "") : { value };
  if (!text && value === undefined) return html`<p class="quiet">${empty}</p>`;
  if (!("value" in found)) return html`<pre class="body">${cut(text, LINES * 40)}</pre>`;
  return html`<pre class="body"><${Coloured} value=${found.value} notes=${notes} /></pre>`;
}

/** A value as lines of coloured JSON, to stand in a `pre`; `notes` as those of `Body`. */
export function Coloured({ value, notes }) {
  const lines = linesOf(value);
  return html`<${Fragment}>
    ${lines
      .slice(0, LINES)
      .map((line, place) => html`<${Line} key=${place} line=${line} note=${notes?.get(line.path)} />`)}
    ${lines.length > LINES ? html`<span class="quiet">… ${lines.length - LINES} more lines</span>` : null}
  <//>`;
}

const Line = ({ line, note }) =>
  html`<span class=${`json-line ${note ? `is-${note.kind}` : ""}`}>
    ${INDENT.repeat(line.depth)}
    ${line.parts.map(([kind, text]) => (kind ? html`<span class=${`json-${kind}`}>${text}</span>` : text))}
    ${note?.word ? html`<span class="json-note">${note.word}</span>` : null}
  </span>`;

/** What a text means as JSON: `{value}`, or nothing when it is none. */
export function read(text) {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return {};
  }
}

function linesOf(value, depth = 0, key = null, path = "", last = true) {
  const head =
    key === null
      ? []
      : [
          ["key", JSON.stringify(key)],
          ["", ": "],
        ];
  const tail = last ? "" : ",";
  if (value === null || typeof value !== "object") {
    return [{ depth, path, parts: [...head, scalar(value), ["", tail]] }];
  }
  const list = Array.isArray(value);
  const [open, shut] = list ? "[]" : "{}";
  const entries = Object.entries(value);
  if (!entries.length) return [{ depth, path, parts: [...head, ["", open + shut + tail]] }];
  const inside = entries.flatMap(([name, each], place) =>
    linesOf(each, depth + 1, list ? null : name, join(path, name), place === entries.length - 1),
  );
  return [{ depth, path, parts: [...head, ["", open]] }, ...inside, { depth, path: "", parts: [["", shut + tail]] }];
}

function scalar(value) {
  const kind = value === null ? "null" : typeof value;
  return [kind, cut(JSON.stringify(value), LONGEST)];
}

const cut = (text, most) => (text.length > most ? `${text.slice(0, most)}… (${text.length} characters)` : text);

/** The path of a value within another: `data.task_id`, `items.0`. */
export const join = (path, name) => (path ? `${path}.${name}` : name);

/** Every value that holds no other, by its path. */
export function leavesOf(value, path = "") {
  if (value === null || typeof value !== "object") return [[path, value]];
  return Object.entries(value).flatMap(([name, each]) => leavesOf(each, join(path, name)));
}
