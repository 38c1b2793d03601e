/** The active faults: those that were injected, which can be removed, and those of the scenario. */
import { html } from "../../lib.js";
import { openDrawer, runAction } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { useStore } from "../../state/store.js";
import { icon } from "../../ui/icons.js";

export function ActiveFaults() {
  const faultCount = useStore((state) => state.faults);
  const world = useStore((state) => state.world);
  const { answer } = useQuery(() => api.faults(), world, { dependencies: [faultCount] });
  const faults = answer?.items ?? [];
  const removeAll = () => runAction(() => api.removeAllFaults(), "All faults are removed");
  return html`<section class="in-force" aria-label="Active faults">
    <div class="in-force-head">
      <h3>Active faults</h3>
      ${faults.length ? html`<span class="badge">${faults.length}</span>` : null}
      <span class="grows"></span>
      ${faults.length ? html`<button class="button" onClick=${removeAll}>${icon("trash")}Remove all</button>` : null}
    </div>
    ${
      faults.length
        ? html`<ul>${faults.map((fault) => html`<${ActiveFault} key=${fault.id} fault=${fault} />`)}</ul>`
        : null
    }
    <${ScenarioFaults} hasInjected=${faults.length > 0} />
  </section>`;
}

const ActiveFault = ({ fault: { id, yaml, effect } }) => html`<li>
  <code>${(yaml ?? effect).trim().replace(/^- /, "")}</code>
  <button
    class="button is-bare"
    aria-label=${`Remove ${id}`}
    title="Remove"
    onClick=${() => runAction(() => api.removeFault(id), "Removed")}
  >
    ${icon("cross")}
  </button>
</li>`;

function ScenarioFaults({ hasInjected }) {
  const scenario = useStore((state) => state.scenario);
  const { answer } = useQuery(() => api.scenario(), scenario);
  const count = answer?.faults.length ?? 0;
  const link = html`<button class="link" onClick=${() => openDrawer("scenario")}>${scenario}</button>`;
  return html`<p class="hint">
    ${hasInjected ? "" : "No fault is injected. "}
    ${
      count
        ? html`The scenario ${link} has ${count} of its own, which apply after these.`
        : "The scenario itself has no faults."
    }
  </p>`;
}
