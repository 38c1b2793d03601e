/** The faults in force: those that were added here, to be taken back, and those of the scenario. */
import { html } from "../../lib.js";
import { act, open } from "../../state/actions.js";
import { useAsked } from "../../state/ask.js";
import { api } from "../../state/api.js";
import { icon } from "../../ui/icons.js";
import { useStore } from "../../state/store.js";

export function InForce() {
  const faults = useStore((state) => state.faults);
  const world = useStore((state) => state.world);
  const scenario = useStore((state) => state.scenario);
  const { answer } = useAsked(() => api.faults(), world, [faults]);
  const { answer: ruling } = useAsked(() => api.scenario(), scenario);
  const items = answer?.items ?? [];
  const own = ruling?.faults.length ?? 0;
  return html`<section class="in-force" aria-label="Faults in force">
    <div class="in-force-head">
      <h3>In force</h3>
      ${items.length ? html`<span class="badge">${items.length}</span>` : null}
      <span class="grows"></span>
      ${
        items.length
          ? html`<button class="button" onClick=${() => act(() => api.clearFaults(), "All faults are taken back")}>
            ${icon("trash")}Clear all
          </button>`
          : null
      }
    </div>
    ${
      items.length
        ? html`<ul>
          ${items.map(
            (each) => html`<li key=${each.id}>
              <code>${(each.yaml ?? each.effect).trim().replace(/^- /, "")}</code>
              <button
                class="button is-bare"
                aria-label=${`Take back ${each.id}`}
                title="Take back"
                onClick=${() => act(() => api.removeFault(each.id), "Taken back")}
              >
                ${icon("cross")}
              </button>
            </li>`,
          )}
        </ul>`
        : null
    }
    <p class="hint">
      ${items.length ? "" : "Nothing was injected. "}
      ${
        own
          ? html`
            The scenario <button class="link" onClick=${() => open("scenario")}>${scenario}</button> has ${own} of its
            own, asked after these.
          `
          : "The scenario has none of its own."
      }
    </p>
  </section>`;
}
