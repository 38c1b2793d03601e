/** What a service said instead of taking the task, exactly as it said it. */
import { html, useEffect, useRef } from "../../lib.js";
import { icon } from "../../ui/icons.js";

export const REFUSAL = "create-refusal";

export function Refusal({ of: refused }) {
  const box = useRef(null);
  useEffect(() => box.current.scrollIntoView({ block: "nearest" }), [refused]);
  const { status, code, message, param, type, text } = refused;
  return html`<div class="refusal" role="alert" id=${REFUSAL} ref=${box}>
    <p class="refusal-head">
      ${icon("cross")}
      <b>${status || "No reply"}</b>
      ${code && status ? html`<code>${code}</code>` : null}
      ${type ? html`<span class="quiet">${type}</span>` : null}
    </p>
    <p class="refusal-message">${message}</p>
    ${param ? html`<p class="quiet">param <code>${param}</code></p>` : null}
    ${text ? html`<details><summary>The whole answer</summary><pre class="snippet">${text}</pre></details>` : null}
  </div>`;
}
