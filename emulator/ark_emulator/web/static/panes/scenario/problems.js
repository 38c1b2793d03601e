/** What is wrong with a scenario, as the checker tells it: the line, a caret under the place, what may have been meant. */
import { html } from "../../lib.js";
import { icon } from "../../ui/icons.js";

export const COMPLAINTS = "scenario-complaints";

/** `jump` is called with the complaint whose place is to be shown. */
export function ComplaintList({ checked: { said, fresh }, jump }) {
  return html`<div class="complaints" id=${COMPLAINTS} role="status" aria-label="What the checker says" tabindex="0">
    ${!said ? html`<p class="quiet">Checking…</p>` : null}
    ${said?.problem ? html`<p class="wrong">${icon("cross", 14)}${said.problem}</p>` : null}
    ${said?.ok ? html`<p class="is-right">${icon("check", 14)}No mistakes${fresh ? "" : "…"}</p>` : null}
    ${
      said && !said.ok ? said.complaints.map((each) => html`<${One} key=${each.text} of=${each} jump=${jump} />`) : null
    }
  </div>`;
}

function One({ of: each, jump }) {
  const { line, column, end_column: end, source = "" } = each;
  const number = String(line);
  return html`<article class="complaint">
    <p class="complaint-head">
      <span class="wrong">${icon("cross", 14)}${each.message}</span>
      <span class="grows"></span>
      <button class="link" onClick=${() => jump(each)}>Line ${line}, column ${column}</button>
    </p>
    <pre>
      ${`${number} | ${source}\n${" ".repeat(number.length)} | ${" ".repeat(Math.max(0, column - 1))}`}
      <b class="caret">${"^".repeat(Math.max(1, (end ?? column + 1) - column))}</b>
    </pre>
    ${each.hint ? html`<p class="complaint-hint">${each.hint}</p>` : null}
  </article>`;
}
