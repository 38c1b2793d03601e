/** The scenario of the world: choose one, or edit its text and have it checked. */
import { html, useEffect, useState } from "../lib.js";
import { act, close } from "../actions.js";
import { useAsked } from "../ask.js";
import { api } from "../api.js";
import { useStore } from "../store.js";

export function Scenario() {
  const name = useStore((state) => state.scenario);
  const { answer } = useAsked(() => api.scenario(), name);
  const [text, setText] = useState(null);
  const [checked, setChecked] = useState(null);
  useEffect(() => setText(answer?.text ?? null), [answer]);
  const check = async () => setChecked(await act(() => api.check(text)));
  const use = async () => (await act(() => api.useText(text), "The world goes on with this scenario")) && close();
  return html`<div class="form">
    <label class="field"><span>Scenario</span><textarea rows="20" spellcheck=${false} value=${text ?? ""} onInput=${(event) => setText(event.target.value)}></textarea></label>
    ${checked ? html`<pre role="status">${checked.ok ? "No mistakes" : checked.full}</pre>` : null}
    <div class="row"><button class="button" onClick=${check}>Check</button><button class="button is-primary" onClick=${use}>Use it</button></div>
  </div>`;
}
