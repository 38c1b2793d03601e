/** Every exchange of the world, live: method, path, status, fault. */
import { html } from "../lib.js";
import { select } from "../actions.js";
import { useStore } from "../store.js";
import { timeOfDay } from "../time.js";

const SHOWN = 100;

export function Journal() {
  const journal = useStore((state) => state.journal);
  if (!journal.length) return html`<p class="nothing">Requests to the emulated API appear here as they come in.</p>`;
  return html`<ol class="scrolls lines">
    ${journal.slice(-SHOWN).reverse().map(
      (line) => html`<li key=${line.number}><button class="line" onClick=${() => line.task && select(line.task)}>
        <time>${timeOfDay(line.at)}</time><b>${line.method}</b><span class="path">${line.path}</span>
        <span class=${line.status >= 400 || !line.status ? "is-failed" : ""}>${line.status || "no reply"}</span>
      </button></li>`,
    )}
  </ol>`;
}
