/** Making a world: an emulator of its own behind an API key of its own. */
import { html, useState } from "../lib.js";
import { act, close, visit } from "../actions.js";
import { api } from "../api.js";

export function World() {
  const [key, setKey] = useState("");
  const [mode, setMode] = useState("live");
  const make = async (event) => {
    event.preventDefault();
    const made = await act(() => api.addWorld({ ...(key.trim() ? { api_key: key.trim() } : {}), clock: mode }), "The world is there");
    if (!made) return;
    close();
    visit(made.api_key);
  };
  return html`<form class="form" onSubmit=${make}>
    <p>A world is an emulator of its own: clock, tasks, journal, scenario and seed. Clients get into it by its API key, or by its path.</p>
    <label class="field"><span>API key (one is made up when it is left empty)</span><input value=${key} maxlength="256" spellcheck=${false} onInput=${(event) => setKey(event.target.value)} /></label>
    <label class="field"><span>Clock</span><select value=${mode} onChange=${(event) => setMode(event.target.value)}>
      <option value="live">live: time passes</option><option value="frozen">frozen: time moves when told to</option><option value="polls">polls: time moves with each poll</option>
    </select></label>
    <button class="button is-primary">Make the world</button>
  </form>`;
}
