/** What is shown instead of the page when the server requires a token, or the world does not exist. */
import { html, useState } from "../lib.js";
import { showWorld } from "../state/actions.js";
import { saveToken } from "../state/api.js";
import { useStore } from "../state/store.js";
import { start } from "../state/sync.js";

export const Gate = ({ phase }) =>
  html`<main class="gate">${phase === "token_required" ? html`<${TokenForm} />` : html`<${MissingWorld} />`}</main>`;

function TokenForm() {
  const [token, setToken] = useState("");
  const [isRejected, setRejected] = useState(false);
  const onSubmit = async (event) => {
    event.preventDefault();
    saveToken(token.trim());
    setRejected(false);
    await start();
    setRejected(true);
  };
  return html`<form class="gate-card" onSubmit=${onSubmit}>
    <h1>This emulator requires its control token</h1>
    <p>The server was started with <code>--control-token</code>. The token is kept in this tab.</p>
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
    ${isRejected ? html`<p class="status is-failed" role="alert">The token is wrong.</p>` : null}
    <button class="button is-primary" disabled=${!token.trim()}>Open the dashboard</button>
  </form>`;
}

function MissingWorld() {
  const world = useStore((state) => state.world);
  return html`<div class="gate-card">
    <h1>There is no world “${world}”</h1>
    <p>
      A world is created by <code>POST /_emulator/worlds</code>, by a test, or by its first request under${" "}
      <code>--isolate</code>.
    </p>
    <div class="row">
      <button class="button is-primary" onClick=${() => showWorld("")}>Show the default world</button>
      <button class="button" onClick=${() => start()}>Try again</button>
    </div>
  </div>`;
}
