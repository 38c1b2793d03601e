/** What the service answered instead of accepting the task, in its own words. */
import { html, useEffect, useRef } from "../../lib.js";
import { icon } from "../../ui/icons.js";

export const REJECTION_ID = "create-rejection";

export function RejectionBox({ rejection }) {
  const box = useRef(/** @type {HTMLElement|null} */ (null));
  useEffect(() => box.current?.scrollIntoView({ block: "nearest" }), [rejection]);
  const { status, code, message, param, type, text } = rejection;
  return html`<div class="refusal" role="alert" id=${REJECTION_ID} ref=${box}>
    <p class="refusal-head">
      ${icon("cross")}
      <b>${status || "No response"}</b>
      ${code && status ? html`<code>${code}</code>` : null}
      ${type ? html`<span class="quiet">${type}</span>` : null}
    </p>
    <p class="refusal-message">${message}</p>
    ${param ? html`<p class="quiet">param <code>${param}</code></p>` : null}
    ${text ? html`<details><summary>The whole response</summary><pre class="snippet">${text}</pre></details>` : null}
  </div>`;
}
