/**
 * A place to edit YAML: a text area over a picture of the same text in colours, with the numbers of the lines. What is
 * wrong is underlined where it is wrong, and told at the end of its line.
 *
 * Tab indents, and Shift Tab takes that back. Escape lets the next Tab leave, so that nobody is caught.
 */
import { html, memo, useImperativeHandle, useRef } from "../../lib.js";
import { colouredLine } from "./highlight.js";

const INDENT = "  ";

/**
 * @param {{value: string, set: (text: string) => void, complaints: object[], describedBy: string, apply: () => void,
 *   handle: object}} props  `handle.current.go(line, column)` puts the cursor somewhere; both count from 1
 */
export function Editor({ value, set, complaints, describedBy, apply, handle }) {
  const area = useRef(null);
  const leaving = useRef(false);
  useImperativeHandle(handle, () => ({ go: (line, column, end) => go(area.current, line, column, end) }), []);
  const lines = value.split("\n");
  const keys = (event) => {
    const { key } = event;
    if (key === "Escape" && !leaving.current) {
      leaving.current = true;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (key === "Tab" && !leaving.current && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      indent(area.current, event.shiftKey);
    } else if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      apply();
    } else if (key === "Enter") {
      event.preventDefault();
      type(`\n${indentAt(area.current)}`);
    }
    if (key !== "Shift") leaving.current = false;
  };
  const below = (event) => event.target.closest("textarea") || area.current.focus();
  return html`<div class="editor" onClick=${below}>
    <${Gutter} count=${lines.length} wrong=${complaints.map((each) => each.line).join(" ")} />
    <div class="editor-body">
      <pre class="editor-picture" aria-hidden="true">
        ${lines.map((line, place) => html`<${Line} key=${place} line=${line} wrong=${on(complaints, place + 1)} />`)}
      </pre>
      <textarea
        class="editor-text"
        ref=${area}
        value=${value}
        rows=${lines.length}
        cols=${Math.max(...lines.map((line) => line.length)) + 2}
        wrap="off"
        spellcheck=${false}
        autocomplete="off"
        autocapitalize="off"
        aria-label="Scenario in YAML"
        aria-describedby=${describedBy}
        aria-invalid=${complaints.length ? "true" : undefined}
        onInput=${(event) => set(event.target.value)}
        onKeyDown=${keys}
      ></textarea>
    </div>
  </div>`;
}

const Gutter = memo(({ count, wrong }) => {
  const bad = new Set(wrong.split(" ").map(Number));
  const numbers = Array.from({ length: count }, (_, place) => place + 1);
  return html`<ol class="editor-gutter" aria-hidden="true">
    ${numbers.map((each) => html`<li key=${each} class=${bad.has(each) ? "is-wrong" : ""}>${each}</li>`)}
  </ol>`;
});

/** The complaints about a line as text, so that a line is drawn again only when they are others. */
const on = (complaints, number) => {
  const found = complaints.filter((each) => each.line === number);
  return found.length
    ? JSON.stringify(
        found.map(({ column, end_column: end, message, hint }) => [
          column - 1,
          (end ?? column + 1) - 1,
          [message, hint].filter(Boolean).join("; "),
        ]),
      )
    : "";
};

const Line = memo(({ line, wrong }) => {
  const found = wrong ? JSON.parse(wrong) : [];
  return html`<div class="editor-line">
    ${colouredLine(line, found)}
    ${
      found.length
        ? html`<span class="editor-lens">
          ${found[0][2]}
          ${found.length > 1 ? ` (and ${found.length - 1} more)` : ""}
        </span>`
        : null
    }
    ${"\n"}
  </div>`;
});

/** Put the cursor at a place, the wrong part selected, and bring it into sight. */
function go(area, line, column, end) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  area.focus({ preventScroll: true });
  area.setSelectionRange(start, start + Math.max(0, (end ?? column) - column));
  const height = area.offsetHeight / lines.length;
  const frame = area.closest(".editor");
  frame.scrollTo({ top: Math.max(0, (line - 3) * height), left: 0 });
}

/** Type a text where the cursor is, such that it can be undone. */
const type = (text) => document.execCommand("insertText", false, text);

function indentAt(area) {
  const before = area.value.slice(0, area.selectionStart);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  const [spaces] = /^ *(?:- )?/.exec(line);
  return spaces.replace("- ", INDENT) + (/:\s*$/.test(line) ? INDENT : "");
}

function indent(area, back) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const begin = value.lastIndexOf("\n", from - 1) + 1;
  const chosen = value.slice(begin, to);
  if (!back && !chosen.includes("\n")) return type(INDENT);
  const moved = back ? chosen.replace(/^ {1,2}/gm, "") : chosen.replace(/^(?=.)/gm, INDENT);
  if (moved === chosen) return undefined;
  area.setSelectionRange(begin, to);
  type(moved);
  area.setSelectionRange(begin, begin + moved.length);
  return undefined;
}
