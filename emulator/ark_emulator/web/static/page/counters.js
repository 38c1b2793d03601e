/**
 * How many tasks there are of each status, the filter, and the choice between timeline and table.
 */
import { html } from "../lib.js";
import { setView } from "../state/actions.js";
import { HINT, shownTasks } from "../state/filter.js";
import { icon } from "../ui/icons.js";
import { STATUSES } from "../ui/status.js";
import { update, useStore } from "../state/store.js";

export function Counters() {
  const tasks = useStore((state) => state.tasks);
  const older = useStore((state) => state.older);
  const filter = useStore((state) => state.filter);
  const view = useStore((state) => state.view);
  const shown = useStore((state) => shownTasks(state).length);
  const counts = { ...older };
  for (const task of tasks.values()) counts[task.status] = (counts[task.status] ?? 0) + 1;
  return html`<div class="counters">
    <ul class="counts" aria-label="Tasks by status">
      ${Object.keys(STATUSES).map(
        (status) => html`<${Count} key=${status} status=${status} count=${counts[status] ?? 0} filter=${filter} />`,
      )}
    </ul>
    <${Figures} />
    <label class="filter">
      ${icon("search")}
      <span class="unseen">Filter tasks</span>
      <input
        id="filter"
        class=${filter ? "is-counted" : ""}
        type="search"
        placeholder=${HINT}
        value=${filter}
        spellcheck=${false}
        onInput=${(event) => update({ filter: event.target.value })}
      />
      ${filter ? html`<span class="quiet" role="status">${shown} of ${tasks.size}</span>` : html`<kbd>/</kbd>`}
    </label>
    <div class="group" role="group" aria-label="View">
      ${[
        ["timeline", "lanes", "Timeline"],
        ["table", "rows", "Table"],
      ].map(
        ([
          name,
          drawing,
          title,
        ]) => html`<button key=${name} class="button" aria-pressed=${view === name} onClick=${() => setView(name)}>
          ${icon(drawing)}
          <span>${title}</span>
        </button>`,
      )}
    </div>
  </div>`;
}

function Count({ status, count, filter }) {
  const word = `status:${status}`;
  const on = filter.split(/\s+/).includes(word);
  const toggle = () => update({ filter: on ? filter.replace(word, "").trim() : `${filter} ${word}`.trim() });
  return html`<li>
    <button class=${`count is-${status}`} aria-pressed=${on} onClick=${toggle} title=${`Show ${status} tasks alone`}>
      ${icon(STATUSES[status], 14)}
      <b>${count}</b>
      <span>${status}</span>
    </button>
  </li>`;
}

/** What is neither task nor status: exchanges, and callbacks that wait or were given up. */
function Figures() {
  const exchanges = useStore((state) => state.exchanges);
  const tasks = useStore((state) => state.tasks);
  const states = { pending: 0, failed: 0 };
  for (const task of tasks.values())
    for (const each of task.callbacks ?? []) if (each.state in states) states[each.state] += 1;
  return html`<p class="figures-line quiet">
    <span><b>${exchanges}</b> requests</span>
    <span><b>${states.pending}</b> callbacks pending</span>
    ${states.failed ? html`<span class="is-failed"><b>${states.failed}</b> given up</span>` : null}
  </p>`;
}
