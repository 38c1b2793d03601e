/** Money: every hold, settlement and refund, the sum after each, and the balance of each key. */
import { formatUsd, shortId } from "../format/text.js";
import { formatTime } from "../format/time.js";
import { html, memo, useMemo, useState } from "../lib.js";
import { selectTask } from "../state/actions.js";
import { api } from "../state/api.js";
import { useQuery } from "../state/query.js";
import { useStore } from "../state/store.js";
import { List } from "../ui/list.js";
import { Tone } from "../ui/status.js";

/** Colour and icon of each kind of entry. */
const KINDS = { hold: ["queued", "hourglass"], settle: ["succeeded", "check"], refund: ["cancelled", "chevron"] };

/**
 * @typedef {"hold"|"settle"|"refund"} Kind
 * @typedef {{key: string, kind: Kind, amount: number, task?: string, at: number, note: string}} Entry
 * @typedef {{hold: number, settle: number, refund: number, spent: number, count: number, balance: number|null}} Totals
 */

export function Ledger() {
  const world = useStore((state) => state.world);
  const tasks = useStore((state) => state.tasks);
  const exchanges = useStore((state) => state.exchanges);
  const { answer, error } = useQuery((signal) => api.ledger({}, signal), world, {
    dependencies: [tasks, exchanges],
  });
  const [key, setKey] = useState("");
  const rows = useMemo(() => (answer ? entriesWithSums(answer.entries, key) : []), [answer, key]);
  const totals = useMemo(() => totalsByKey(answer?.entries ?? [], answer?.balances ?? {}), [answer]);
  if (error) return html`<p class="nothing" role="alert">${error.message}</p>`;
  if (!answer?.entries.length) {
    return html`<p class="nothing">Tasks that cost something are listed here: held, settled, refunded.</p>`;
  }
  return html`<div class="ledger">
    <${TotalsTable} totals=${totals} selected=${key} onSelect=${setKey} />
    <${List}
      label="Ledger entries"
      items=${rows}
      keyOf=${keyOf}
      onOpen=${openTask}
      row=${(entry) => html`<${Row} entry=${entry} />`}
    />
  </div>`;
}

const keyOf = (entry) => entry.place;
const openTask = (entry) => entry.task && selectTask(entry.task);

/**
 * The entries of a key, or of all keys, with what was spent up to each; the newest first.
 *
 * @param {Entry[]} entries
 * @param {string} key
 */
export function entriesWithSums(entries, key) {
  let sum = 0;
  const rows = [];
  for (const [place, entry] of entries.entries()) {
    if (key && entry.key !== key) continue;
    sum += entry.amount;
    rows.push({ ...entry, place, sum });
  }
  return rows.reverse();
}

/**
 * The totals of each key; those of all keys are under the empty key.
 *
 * @param {Entry[]} entries
 * @param {Record<string, number>} balances  what is left of each key, if it is limited
 * @returns {Map<string, Totals>}
 */
export function totalsByKey(entries, balances) {
  const all = emptyTotals(null);
  const totals = new Map([["", all]]);
  for (const { key, kind, amount } of entries) {
    const own = totals.get(key) ?? emptyTotals(balances[key] ?? null);
    totals.set(key, own);
    for (const row of [all, own]) {
      row[kind] += amount;
      row.spent += amount;
      row.count += 1;
    }
  }
  return totals;
}

/**
 * @param {number|null} balance
 * @returns {Totals}
 */
const emptyTotals = (balance) => ({ hold: 0, settle: 0, refund: 0, spent: 0, count: 0, balance });

function TotalsTable({ totals, selected, onSelect }) {
  const hasBalances = [...totals.values()].some((row) => row.balance !== null);
  const columns = ["Key", "Entries", "Held", "Settled", "Refunded", "Spent", ...(hasBalances ? ["Balance"] : [])];
  return html`<div class="scrolls totals" tabindex="0" role="region" aria-label="Totals by key">
    <table>
      <thead><tr>${columns.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
      <tbody>
        ${[...totals].map(
          ([key, row]) => html`<tr key=${key} class=${key === selected ? "is-selected" : ""}>
            <th scope="row">
              <button class="link" aria-pressed=${key === selected} onClick=${() => onSelect(key)}>
                ${key || "all keys"}
              </button>
            </th>
            <td>${row.count}</td>
            <td>${formatUsd(row.hold)}</td>
            <td>${formatUsd(row.settle)}</td>
            <td>${formatUsd(row.refund)}</td>
            <td><b>${formatUsd(row.spent)}</b></td>
            ${hasBalances ? html`<td>${row.balance === null ? "unlimited" : formatUsd(row.balance)}</td>` : null}
          </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

const Row = memo(({ entry: { at, kind, task, note, amount, sum } }) => {
  const [tone, name] = KINDS[kind] ?? KINDS.settle;
  return html`
    <time>${formatTime(at)}</time>
    <span class="kind"><${Tone} tone=${tone} icon=${name}>${kind}<//></span>
    <span class="path" title=${note}>
      ${task ? `${shortId(task)} ` : "rejected "}
      <span class="quiet">${note}</span>
    </span>
    <span class="number amount">${amount > 0 ? "+" : ""}${formatUsd(amount)}</span>
    <span class="number amount"><b>${formatUsd(sum)}</b></span>
  `;
});
