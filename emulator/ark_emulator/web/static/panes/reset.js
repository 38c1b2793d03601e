/** The confirmation before a world is emptied. */
import { html, useState } from "../lib.js";
import { closeDrawer, resetWorld } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";

export function Reset() {
  const world = useStore((state) => state.world);
  const olderCounts = useStore((state) => state.olderCounts);
  const shown = useStore((state) => state.tasks.size);
  const exchanges = useStore((state) => state.exchanges);
  const faults = useStore((state) => state.faults);
  const scenario = useStore((state) => state.scenario);
  const [isBusy, setBusy] = useState(false);
  const losses = [
    { name: "tasks", count: Object.values(olderCounts).reduce((sum, count) => sum + count, shown) },
    { name: "requests in the journal", count: exchanges },
    { name: "injected faults", count: faults },
  ];
  const onReset = async () => {
    setBusy(true);
    if (await resetWorld()) closeDrawer();
    setBusy(false);
  };
  return html`<div class="form">
    <p>
      The ${world ? html`world <b>${world}</b>` : "default world"} is emptied, and its clock returns to its first time.
    </p>
    <dl class="losses">
      ${losses.map(({ name, count }) => html`<div key=${name}><dd>${count}</dd><dt>${name}</dt></div>`)}
    </dl>
    <p class="hint">
      The ledger and pending callbacks are deleted too. The scenario <b>${scenario}</b> stays. Other worlds do not
      change.
    </p>
    <div class="row">
      <button class="button is-danger" disabled=${isBusy} onClick=${onReset}>${icon("trash")}Reset this world</button>
      <button class="button" autofocus onClick=${closeDrawer}>Cancel</button>
    </div>
  </div>`;
}
