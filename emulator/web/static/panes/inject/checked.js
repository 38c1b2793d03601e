/** YAML that is shown live, is checked by the server, and can be copied. */
import { html, useEffect, useState } from "../../lib.js";
import { Problem, api } from "../../api.js";
import { Snippet } from "../../fields.js";
import { icon } from "../../icons.js";

/** Milliseconds without a change after which the server is asked. */
const CALM = 200;

/**
 * What the server says of a text of YAML: its complaints, undefined until it has answered.
 *
 * @param {string|null} text
 */
export function useCheck(text) {
  const [found, setFound] = useState({});
  useEffect(() => {
    if (text === null) return undefined;
    let over = false;
    const timer = setTimeout(async () => {
      try {
        const said = await api.check(text);
        if (!over) setFound({ text, said });
      } catch (problem) {
        if (!(problem instanceof Problem)) throw problem;
        if (!over) setFound({ text, said: { ok: false, complaints: [], full: problem.message } });
      }
    }, CALM);
    return () => {
      over = true;
      clearTimeout(timer);
    };
  }, [text]);
  return found.text === text ? found.said : undefined;
}

/** A text of YAML and what the server says of it. */
export function Checked({ text, said, label }) {
  return html`<${Snippet} label=${label} text=${text} />
    <div class="verdict" role="status">
      ${said === undefined ? html`<span class="quiet">Asking the server…</span>` : null}
      ${said?.ok ? html`<span class="is-right">${icon("check", 14)}The server takes it</span>` : null}
      ${said && !said.ok
        ? said.complaints.map((each) => html`<p key=${each.text} class="wrong">${icon("cross", 14)}${each.message}${each.hint ? html` <span>${each.hint}</span>` : null}</p>`)
        : null}
    </div>`;
}
