/** YAML that is shown live, is checked by the server, and can be copied. */
import { html } from "../../lib.js";
import { Snippet } from "../../ui/fields.js";
import { icon } from "../../ui/icons.js";

/** A text of YAML, what the server says of it (`checked` is what `useCheck` tells), and buttons that use it. */
export function Checked({ text, checked: { said, fresh }, label, children }) {
  return html`<div class="stack-foot">
    <${Snippet} label=${label} text=${text} />
    <div class="row">
      ${children}
      <div class="verdict" role="status">
        ${fresh ? null : html`<span class="quiet">Asking the server…</span>`}
        ${fresh && said.ok ? html`<span class="is-right">${icon("check", 14)}The server takes it</span>` : null}
        ${fresh && said.problem ? html`<p class="wrong">${icon("cross", 14)}${said.problem}</p>` : null}
        ${
          fresh && !said.ok
            ? said.complaints.map(
                (each) =>
                  html`<p key=${each.text} class="wrong">
                    ${icon("cross", 14)}
                    ${[each.message, each.hint].filter(Boolean).join("; ")}
                  </p>`,
              )
            : null
        }
      </div>
    </div>
  </div>`;
}

/** True while a text may be used: nothing is known to be wrong with it. */
export const usable = ({ said, fresh }) => !fresh || said.ok;
