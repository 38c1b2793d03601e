/** Asking before a world is emptied. */
import { html, useState } from "../lib.js";
import { close, reset } from "../state/actions.js";
import { icon } from "../ui/icons.js";
import { useStore } from "../state/store.js";

export function Reset() {
  const world = useStore((state) => state.world);
  const older = useStore((state) => state.older);
  const shown = useStore((state) => state.tasks.size);
  const exchanges = useStore((state) => state.exchanges);
  const faults = useStore((state) => state.faults);
  const scenario = useStore((state) => state.scenario);
  const [busy, setBusy] = useState(false);
  const tasks = Object.values(older).reduce((sum, count) => sum + count, shown);
  const go = async () => {
    setBusy(true);
    if (await reset()) close();
    setBusy(false);
  };
  return html`<div class="form">
    <p>
      The ${world ? html`world <b>${world}</b>` : "default world"} is emptied, and its clock starts again where it first
      stood.
    </p>
    <dl class="losses">
      ${[
        ["tasks", tasks],
        ["requests in the journal", exchanges],
        ["injected faults", faults],
      ].map(([what, count]) => html`<div key=${what}><dd>${count}</dd><dt>${what}</dt></div>`)}
    </dl>
    <p class="hint">
      The ledger and what waits to be called back go with them. The scenario <b>${scenario}</b> stays. Other worlds are
      not touched.
    </p>
    <div class="row">
      <button class="button is-danger" disabled=${busy} onClick=${go}>${icon("trash")}Reset this world</button>
      <button class="button" autofocus onClick=${close}>Keep it</button>
    </div>
  </div>`;
}
