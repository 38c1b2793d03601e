/** The mistakes in a scenario as the server reports them: the line, a caret under the place, and a suggestion. */
import { html } from "../../lib.js";
import { icon } from "../../ui/icons.js";

export const PROBLEMS_ID = "scenario-complaints";

/** `goTo` is called with the complaint whose place is to be shown. */
export function Problems({ check: { verdict, isCurrent }, goTo }) {
  return html`<div
    class="complaints"
    id=${PROBLEMS_ID}
    role="status"
    aria-label="Mistakes in the scenario"
    tabindex="0"
  >
    ${verdict ? null : html`<p class="quiet">Checking…</p>`}
    ${verdict?.error ? html`<p class="wrong">${icon("cross", 14)}${verdict.error}</p>` : null}
    ${
      verdict?.ok
        ? html`<p class="is-right">${icon("check", 14)}No mistakes${isCurrent ? "" : "…"}</p>`
        : verdict?.complaints.map((each) => html`<${Problem} key=${each.text} complaint=${each} goTo=${goTo} />`)
    }
  </div>`;
}

function Problem({ complaint, goTo }) {
  const { line, column, message, hint } = complaint;
  const { before, carets } = sourceWithCarets(complaint);
  return html`<article class="complaint">
    <p class="complaint-head">
      <span class="wrong">${icon("cross", 14)}${message}</span>
      <span class="grows"></span>
      <button class="link" onClick=${() => goTo(complaint)}>Line ${line}, column ${column}</button>
    </p>
    <pre>${before}<b class="caret">${carets}</b></pre>
    ${hint ? html`<p class="complaint-hint">${hint}</p>` : null}
  </article>`;
}

/**
 * The line of a complaint with its number, the indentation of the line below it, and the carets under the mistake.
 *
 * @param {{line: number, column: number, end_column?: number, source?: string}} complaint
 */
export function sourceWithCarets({ line, column, end_column: end = column + 1, source = "" }) {
  const number = String(line);
  const margin = `${" ".repeat(number.length)} | `;
  return {
    before: `${number} | ${source}\n${margin}${" ".repeat(Math.max(0, column - 1))}`,
    carets: "^".repeat(Math.max(1, end - column)),
  };
}
