/** Money: every hold, settlement and refund, what it comes to, and what is left, by key. */
import { html, memo, useMemo, useState } from "../lib.js";
import { select } from "../state/actions.js";
import { api } from "../state/api.js";
import { icon } from "../ui/icons.js";
import { useStore } from "../state/store.js";
import { timeOfDay } from "../format/time.js";
import { usd } from "../format/text.js";
import { shortId } from "../ui/code.js";
import { List } from "../ui/list.js";
import { useWatched } from "../state/query.js";

const KINDS = { hold: ["queued", "hourglass"], settle: ["succeeded", "check"], refund: ["cancelled", "chevron"] };

export function Ledger() {
  const world = useStore((state) => state.world);
  const tasks = useStore((state) => state.tasks);
  const exchanges = useStore((state) => state.exchanges);
  const { answer, problem } = useWatched((signal) => api.ledger(signal), world, [tasks, exchanges]);
  const [key, setKey] = useState("");
  const rows = useMemo(() => (answer ? running(answer, key) : []), [answer, key]);
  const keys = useMemo(() => byKey(answer), [answer]);
  if (problem) return html`<p class="nothing" role="alert">${problem.message}</p>`;
  if (!answer?.entries.length)
    return html`<p class="nothing">Tasks that cost something are booked here: held, settled, given back.</p>`;
  return html`<div class="ledger">
    <${Totals} keys=${keys} chosen=${key} choose=${setKey} />
    <${List}
      label="Ledger entries"
      items=${rows}
      keyOf=${keyOf}
      open=${open}
      row=${(each) => html`<${Row} each=${each} />`}
    />
  </div>`;
}

const keyOf = (each) => each.place;
const open = (each) => each.task && select(each.task);

/** The entries with what had been spent by then, the newest first. */
function running({ entries }, key) {
  let sum = 0;
  const rows = [];
  for (const [place, entry] of entries.entries()) {
    if (key && entry.key !== key) continue;
    sum += entry.amount;
    rows.push({ ...entry, place, sum });
  }
  return rows.reverse();
}

/** What each key held, settled and got back, what it spent, and what it has left; the whole of it under an empty key. */
function byKey(answer) {
  const found = new Map([["", { hold: 0, settle: 0, refund: 0, spent: 0, count: 0, left: null }]]);
  for (const entry of answer?.entries ?? []) {
    if (!found.has(entry.key))
      found.set(entry.key, {
        hold: 0,
        settle: 0,
        refund: 0,
        spent: 0,
        count: 0,
        left: answer.balances[entry.key] ?? null,
      });
    for (const row of [found.get(""), found.get(entry.key)]) {
      row[entry.kind] += entry.amount;
      row.spent += entry.amount;
      row.count += 1;
    }
  }
  return found;
}

function Totals({ keys, chosen, choose }) {
  const ends = [...keys.values()].some((row) => row.left !== null);
  const heads = ["Key", "Entries", "Held", "Settled", "Given back", "Spent", ...(ends ? ["Left"] : [])];
  return html`<div class="scrolls totals" tabindex="0" role="region" aria-label="Totals by key">
    <table>
      <thead><tr>${heads.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
      <tbody>
        ${[...keys].map(
          ([key, row]) => html`<tr key=${key} class=${key === chosen ? "is-selected" : ""}>
            <th scope="row">
              <button class="link" aria-pressed=${key === chosen} onClick=${() => choose(key)}>
                ${key || "all keys"}
              </button>
            </th>
            <td>${row.count}</td>
            <td>${usd(row.hold)}</td>
            <td>${usd(row.settle)}</td>
            <td>${usd(row.refund)}</td>
            <td><b>${usd(row.spent)}</b></td>
            ${ends ? html`<td>${row.left === null ? "no end" : usd(row.left)}</td>` : null}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const Row = memo(({ each }) => {
  const [tone, drawing] = KINDS[each.kind] ?? KINDS.settle;
  return html`
    <time>${timeOfDay(each.at)}</time>
    <span class=${`status kind is-${tone}`}>${icon(drawing, 12)}<span>${each.kind}</span></span>
    <span class="path" title=${each.note}>
      ${each.task ? `${shortId(each.task)} ` : "refused "}
      <span class="quiet">${each.note}</span>
    </span>
    <span class="number amount">${each.amount > 0 ? "+" : ""}${usd(each.amount)}</span>
    <span class="number amount"><b>${usd(each.sum)}</b></span>
  `;
});
