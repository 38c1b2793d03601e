/** The request that will be sent: as JSON, which the user can edit, and as a curl command. */
import { curlCommand } from "../../format/curl.js";
import { shortenDataUris } from "../../format/text.js";
import { html, useState } from "../../lib.js";
import { clientUrl } from "../../state/api.js";
import { Snippet } from "../../ui/fields.js";
import { Highlighted, parseJson } from "../../ui/json.js";
import { Tabs } from "../../ui/tabs.js";

const TABS = [
  { name: "json", title: "JSON" },
  { name: "curl", title: "curl" },
];

/** `text` is the body that the form describes, `edited` the one that the user wrote, or null. */
export function Preview({ path, apiKey, text, edited, setEdited }) {
  const [tab, setTab] = useState("json");
  return html`<section class="preview" aria-label="The request">
    <p class="preview-line"><b>POST</b> <code>${path}</code></p>
    <div class="tabbed">
      <${Tabs}
        id="preview"
        label="Format of the request"
        tabs=${TABS}
        selected=${tab}
        onSelect=${setTab}
        panelClass="tabbed-panel"
      >
        ${
          tab === "curl"
            ? html`<${CurlTab} path=${path} apiKey=${apiKey} body=${edited ?? compactJson(text)} />`
            : html`<${JsonTab} text=${text} edited=${edited} setEdited=${setEdited} />`
        }
      <//>
    </div>
  </section>`;
}

function CurlTab({ path, apiKey, body }) {
  const command = curlCommand({
    url: clientUrl(path),
    headers: [
      ["Authorization", `Bearer ${apiKey}`],
      ["Content-Type", "application/json"],
    ],
    body,
  });
  return html`<${Snippet} label="The request as curl" text=${command} shown=${shortenDataUris(command)} />`;
}

function JsonTab({ text, edited, setEdited }) {
  if (edited === null) {
    const shown = html`<${Highlighted} value=${JSON.parse(shortenDataUris(text))} />`;
    return html`
      <${Snippet} label="The request as JSON" text=${text} shown=${shown} />
      <button type="button" class="link" onClick=${() => setEdited(text)}>Edit by hand</button>
    `;
  }
  return html`
    <textarea
      class="by-hand"
      aria-label="The request as JSON, edited by hand"
      spellcheck=${false}
      value=${edited}
      onInput=${(event) => setEdited(event.target.value)}
    ></textarea>
    <p class="hint">
      ${
        parseJson(edited) ? "This text is sent unchanged; the form is ignored." : "This is not JSON. It is sent anyway."
      }
    </p>
    <button type="button" class="link" onClick=${() => setEdited(null)}>Back to the form</button>
  `;
}

const compactJson = (/** @type {string} */ text) => JSON.stringify(JSON.parse(text));
