/**
 * An editor for YAML: a text area over a highlighted copy of its text, with line numbers. Mistakes are underlined, and
 * explained at the end of their line.
 *
 * Tab indents, and Shift Tab unindents. After Escape the next Tab leaves the editor: the keyboard is not trapped.
 */
import { html, memo, useImperativeHandle, useRef } from "../../lib.js";
import { highlightLine } from "./highlight.js";

const INDENT = "  ";
/** Lines that are shown above the line to which the editor goes. */
const LINES_ABOVE = 3;

/**
 * @typedef {import("../../state/query.js").Complaint} Complaint
 * @typedef {{goTo: (line: number, column: number, end?: number) => void}} EditorHandle  lines and columns count from 1
 *
 * @param {object} props
 * @param {string} props.value
 * @param {(text: string) => void} props.set
 * @param {Complaint[]} props.complaints
 * @param {string} props.describedBy
 * @param {() => void} props.apply
 * @param {{current: EditorHandle|null}} props.handle
 */
export function Editor({ value, set, complaints, describedBy, apply, handle }) {
  const area = useRef(/** @type {any} */ (null));
  const escaped = useRef(false);
  useImperativeHandle(handle, () => ({ goTo: (line, column, end) => goTo(area.current, line, column, end) }), []);
  const lines = value.split("\n");
  const onKeyDown = (event) => {
    const { key } = event;
    const isModified = event.ctrlKey || event.metaKey;
    if (key === "Escape" && !escaped.current) {
      escaped.current = true;
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    if (key === "Tab" && !escaped.current && !event.ctrlKey && !event.altKey) {
      event.preventDefault();
      indent(area.current, event.shiftKey);
    } else if (key === "Enter") {
      event.preventDefault();
      if (isModified) apply();
      else type(`\n${nextIndent(area.current.value.slice(0, area.current.selectionStart))}`);
    }
    if (key !== "Shift") escaped.current = false;
  };
  const onClick = (event) => event.target.closest("textarea") || area.current.focus();
  return html`<div class="editor" onClick=${onClick}>
    <${Gutter} count=${lines.length} wrong=${complaints.map((each) => each.line).join(" ")} />
    <div class="editor-body">
      <pre class="editor-picture" aria-hidden="true">
        ${lines.map(
          (line, place) => html`<${Line} key=${place} line=${line} marks=${marksOf(complaints, place + 1)} />`,
        )}
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
        onKeyDown=${onKeyDown}
      ></textarea>
    </div>
  </div>`;
}

const Gutter = memo(({ count, wrong }) => {
  const wrongLines = new Set(wrong.split(" ").map(Number));
  const numbers = Array.from({ length: count }, (_, place) => place + 1);
  return html`<ol class="editor-gutter" aria-hidden="true">
    ${numbers.map((each) => html`<li key=${each} class=${wrongLines.has(each) ? "is-wrong" : ""}>${each}</li>`)}
  </ol>`;
});

/**
 * The complaints about a line as a text, so that the line renders again only when they change.
 *
 * @param {Complaint[]} complaints
 * @param {number} number
 */
function marksOf(complaints, number) {
  const marks = complaints
    .filter((each) => each.line === number)
    .map(({ column, end_column: end = column + 1, message, hint }) => ({
      range: [column - 1, end - 1],
      text: [message, hint].filter(Boolean).join("; "),
    }));
  return marks.length ? JSON.stringify(marks) : "";
}

const Line = memo(({ line, marks }) => {
  const found = marks ? JSON.parse(marks) : [];
  const pieces = highlightLine(
    line,
    found.map(({ range }) => range),
  );
  const more = found.length > 1 ? ` (and ${found.length - 1} more)` : "";
  return html`<div class="editor-line">
    ${pieces}
    ${found.length ? html`<span class="editor-lens">${found[0].text}${more}</span>` : null}
    ${"\n"}
  </div>`;
});

/** Select a place in the text, and scroll to it. */
function goTo(area, line, column, end = column) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0) + column - 1;
  area.focus({ preventScroll: true });
  area.setSelectionRange(start, start + Math.max(0, end - column));
  const lineHeight = area.offsetHeight / lines.length;
  area.closest(".editor").scrollTo({ top: Math.max(0, (line - LINES_ABOVE) * lineHeight), left: 0 });
}

/** Insert a text at the cursor, so that the user can undo it: no other interface of browsers keeps the undo history. */
const type = (text) => document.execCommand("insertText", false, text);

/**
 * The indentation of the line after the cursor.
 *
 * @param {string} textBefore
 */
export function nextIndent(textBefore) {
  const line = textBefore.slice(textBefore.lastIndexOf("\n") + 1);
  const [spaces] = /^ *(?:- )?/.exec(line) ?? [""];
  return spaces.replace("- ", INDENT) + (/:\s*$/.test(line) ? INDENT : "");
}

/** Indent the selected lines, or unindent them. */
function indent(area, isUnindent) {
  const { selectionStart: from, selectionEnd: to, value } = area;
  const start = value.lastIndexOf("\n", from - 1) + 1;
  const selected = value.slice(start, to);
  if (!isUnindent && !selected.includes("\n")) {
    type(INDENT);
    return;
  }
  const indented = isUnindent ? selected.replace(/^ {1,2}/gm, "") : selected.replace(/^(?=.)/gm, INDENT);
  if (indented === selected) return;
  area.setSelectionRange(start, to);
  type(indented);
  area.setSelectionRange(start, start + indented.length);
}
