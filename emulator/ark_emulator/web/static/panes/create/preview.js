/**
 * The request that will be sent, live: as JSON, which can be edited by hand, and as a line of shell.
 */
import { html, useState } from "../../lib.js";
import { Snippet, Tabs } from "../../ui/fields.js";
import { clientUrl } from "../../state/api.js";
import { Coloured } from "../../ui/json.js";
import { curlOf, shortened } from "./request_body.js";

const TABS = [
  ["json", "JSON"],
  ["curl", "curl"],
];

/** `edited` is the text that somebody wrote by hand, null while the form makes it. */
export function Preview({ door, sentKey, text, edited, edit }) {
  const [tab, setTab] = useState("json");
  const shown = edited ?? text;
  const curl = curlOf(clientUrl(door.path), sentKey, edited ?? compact(text));
  return html`<section class="preview" aria-label="The request">
    <p class="preview-line"><b>POST</b> <code>${door.path}</code></p>
    <${Tabs} value=${tab} set=${setTab} tabs=${TABS} label="The request as">
      ${tab === "curl" ? html`<${Snippet} label="The request as curl" text=${curl} shown=${shortened(curl)} />` : null}
      ${
        tab === "json" && edited === null
          ? html`
            <${Snippet}
              label="The request as JSON"
              text=${text}
              shown=${html`<${Coloured} value=${JSON.parse(shortened(text))} />`}
            />
            <button type="button" class="link" onClick=${() => edit(text)}>Edit by hand</button>
          `
          : null
      }
      ${
        tab === "json" && edited !== null
          ? html`
            <textarea
              class="by-hand"
              aria-label="The request as JSON, edited by hand"
              spellcheck=${false}
              value=${shown}
              onInput=${(event) => edit(event.target.value)}
            ></textarea>
            <p class="hint">${mistake(edited) ?? "This is sent as it stands; the form waits."}</p>
            <button type="button" class="link" onClick=${() => edit(null)}>Back to the form</button>
          `
          : null
      }
    <//>
  </section>`;
}

const compact = (text) => JSON.stringify(JSON.parse(text));

function mistake(text) {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return `Not JSON, and sent all the same: ${error.message}`;
  }
}
