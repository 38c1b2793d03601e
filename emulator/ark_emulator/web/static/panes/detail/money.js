/** What the selected task costs: by the price list, and by the ledger of the gateway in front. */
import { html } from "../../lib.js";
import { api } from "../../state/api.js";
import { useStore } from "../../state/store.js";
import { usd } from "../../format/text.js";
import { useWatched } from "../../state/query.js";
import { Fact } from "../../ui/fact.js";

export function Money({ task, inside }) {
  const world = useStore((state) => state.world);
  const { answer } = useWatched(
    (signal) => api.ledger(signal, { task: task.alias ?? task.id }),
    `${world}:${task.id}`,
    [task.status],
  );
  const entries = answer?.entries ?? [];
  const spent = entries.reduce((sum, entry) => sum + entry.amount, 0);
  const cost = inside.cost ?? task.cost;
  return html`<${Fact} name="Cost">
    ${
      cost?.USD != null
        ? html`
          <b>${usd(cost.USD)}</b>
          ${cost.CNY == null ? "" : ` or ¥${cost.CNY.toFixed(3)}`}
          <span class="quiet"> by the price list${inside.cost ? "" : ", once it succeeds"}</span>
        `
        : html`<span class="quiet">
          nothing${task.status === "succeeded" ? ": no price is published" : " unless it succeeds"}
        </span>`
    }
    ${entries.map(
      (entry, place) => html`<div key=${place} class="quiet">
        ${entry.kind} ${usd(entry.amount)}
        ${entry.quota ? `, quota ${entry.quota.toLocaleString("en")}` : ""}: ${entry.note}
      </div>`,
    )}
    ${entries.length > 1 ? html`<div>in all <b>${usd(spent)}</b></div>` : null}
  </${Fact}>`;
}
