/** What stands in place of the page where the server wants a token, or the world is not there. */
import { html, useState } from "../lib.js";
import { visit } from "../state/actions.js";
import { keepToken } from "../state/api.js";
import { start } from "../state/sync.js";
import { useStore } from "../state/store.js";

export const Gate = ({ phase }) =>
  html`<main class="gate">${phase === "token" ? html`<${Token} />` : html`<${Gone} />`}</main>`;

function Token() {
  const [token, setToken] = useState("");
  const [refused, setRefused] = useState(false);
  const enter = async (event) => {
    event.preventDefault();
    keepToken(token.trim());
    setRefused(false);
    await start();
    setRefused(true);
  };
  return html`<form class="gate-card" onSubmit=${enter}>
    <h1>This emulator asks for its control token</h1>
    <p>The server was started with <code>--control-token</code>. The token stays in this tab.</p>
    <label class="field">
      <span>Control token</span>
      <input
        type="password"
        autocomplete="off"
        autofocus
        value=${token}
        onInput=${(event) => setToken(event.target.value)}
      />
    </label>
    ${refused ? html`<p class="status is-failed" role="alert">That is not the token.</p>` : null}
    <button class="button is-primary" disabled=${!token.trim()}>Open the dashboard</button>
  </form>`;
}

function Gone() {
  const world = useStore((state) => state.world);
  return html`<div class="gate-card">
    <h1>There is no world for “${world}”</h1>
    <p>
      Worlds are made by <code>POST /_emulator/worlds</code>, by a test, or by their first request under${" "}
      <code>--isolate</code>.
    </p>
    <div class="row">
      <button class="button is-primary" onClick=${() => visit("")}>Show the default world</button>
      <button class="button" onClick=${() => start()}>Look again</button>
    </div>
  </div>`;
}
