/** Asking before a world is emptied. */
import { html } from "../lib.js";
import { close, reset } from "../actions.js";
import { useStore } from "../store.js";

export function Reset() {
  const world = useStore((state) => state.world);
  const tasks = useStore((state) => state.tasks.size);
  const go = async () => (await reset()) && close();
  return html`<div class="form">
    <p>The ${world ? html`world <b>${world}</b>` : "default world"} is emptied: ${tasks} tasks, the journal, the ledger and added faults are gone,
      and its clock starts again where it first stood. The scenario stays.</p>
    <div class="row"><button class="button is-danger" onClick=${go}>Reset this world</button><button class="button" onClick=${close}>Keep it</button></div>
  </div>`;
}
