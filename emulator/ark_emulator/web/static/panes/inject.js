/** Fault injection: faults of exchanges, outcomes of tasks, and the active faults. */
import { html, useState } from "../lib.js";
import { api } from "../state/api.js";
import { useQuery } from "../state/query.js";
import { useStore } from "../state/store.js";
import { Tabs } from "../ui/tabs.js";
import { ActiveFaults } from "./inject/active_faults.js";
import { HttpFaults } from "./inject/http_faults.js";
import { TaskOutcomes } from "./inject/task_outcomes.js";

const TABS = [
  { name: "http", title: "HTTP", icon: "bolt" },
  { name: "task", title: "Task", icon: "film" },
];

/** `tab` is `http` or `task`. */
export function Inject({ tab = "http" }) {
  const [selected, setSelected] = useState(tab);
  const world = useStore((state) => state.world);
  const { answer, error } = useQuery(() => api.catalogue(), world);
  if (error) return html`<p class="nothing" role="alert">${error.message}</p>`;
  if (!answer) return html`<p class="nothing" role="status">Loading the faults…</p>`;
  return html`<div class="inject">
    <div class="tabbed">
      <${Tabs}
        id="inject"
        label="What to inject"
        tabs=${TABS}
        selected=${selected}
        onSelect=${setSelected}
        panelClass="tabbed-panel"
      >
        ${
          selected === "http"
            ? html`<${HttpFaults} catalogue=${answer} />`
            : html`<${TaskOutcomes} catalogue=${answer} />`
        }
      <//>
    </div>
    <${ActiveFaults} />
  </div>`;
}
