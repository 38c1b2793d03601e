/** A YAML text that the server has checked, with buttons that use it. */
import { html } from "../../lib.js";
import { Snippet } from "../../ui/fields.js";
import { icon } from "../../ui/icons.js";

/** `check` is the result of `useScenarioCheck` for the text. */
export function CheckedYaml({ text, check: { verdict, isCurrent }, label, children }) {
  return html`<div class="stack-foot">
    <${Snippet} label=${label} text=${text} />
    <div class="row">
      ${children}
      <div class="verdict" role="status">
        ${
          isCurrent && verdict
            ? html`<${VerdictText} verdict=${verdict} />`
            : html`<span class="quiet">Checking…</span>`
        }
      </div>
    </div>
  </div>`;
}

function VerdictText({ verdict: { ok, error, complaints } }) {
  if (ok) return html`<span class="is-right">${icon("check", 14)}The server accepts this</span>`;
  const messages = complaints.map(({ message, hint }) => [message, hint].filter(Boolean).join("; "));
  return [error, ...messages]
    .filter(Boolean)
    .map((message) => html`<p key=${message} class="wrong">${icon("cross", 14)}${message}</p>`);
}

/**
 * True while a text may be used: no mistake in it is known.
 *
 * @param {import("../../state/query.js").Check} check
 */
export const isUsable = ({ verdict, isCurrent }) => !isCurrent || Boolean(verdict?.ok);
