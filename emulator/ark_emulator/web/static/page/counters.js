/** How many tasks there are of each status, the filter, and the choice between timeline and table. */
import { html } from "../lib.js";
import { setView } from "../state/actions.js";
import { FILTER_HINT, filteredTasks, toggleWord } from "../state/filter.js";
import { update, useStore } from "../state/store.js";
import { STATUSES, countByStatus } from "../task.js";
import { icon } from "../ui/icons.js";
import { STATUS_ICONS } from "../ui/status.js";

const VIEWS = [
  { name: "timeline", title: "Timeline", icon: "lanes" },
  { name: "table", title: "Table", icon: "rows" },
];

export function Counters() {
  const tasks = useStore((state) => state.tasks);
  const olderCounts = useStore((state) => state.olderCounts);
  const filter = useStore((state) => state.filter);
  const view = useStore((state) => state.view);
  const matching = useStore((state) => filteredTasks(state).length);
  const counts = countByStatus(tasks.values());
  return html`<div class="counters">
    <ul class="counts" aria-label="Tasks by status">
      ${STATUSES.map((status) => {
        const count = (counts[status] ?? 0) + (olderCounts[status] ?? 0);
        return html`<${Count} key=${status} status=${status} count=${count} filter=${filter} />`;
      })}
    </ul>
    <${Figures} />
    <label class="filter">
      ${icon("search")}
      <span class="unseen">Filter tasks</span>
      <input
        id="filter"
        class=${filter ? "is-counted" : ""}
        type="search"
        placeholder=${FILTER_HINT}
        value=${filter}
        spellcheck=${false}
        onInput=${(event) => update({ filter: event.target.value })}
      />
      ${filter ? html`<span class="quiet" role="status">${matching} of ${tasks.size}</span>` : html`<kbd>/</kbd>`}
    </label>
    <div class="group" role="group" aria-label="View">
      ${VIEWS.map(
        ({ name, title, icon: drawing }) => html`<button
          key=${name}
          class="button"
          aria-pressed=${view === name}
          onClick=${() => setView(/** @type {any} */ (name))}
        >
          ${icon(drawing)}
          <span>${title}</span>
        </button>`,
      )}
    </div>
  </div>`;
}

function Count({ status, count, filter }) {
  const word = `status:${status}`;
  return html`<li>
    <button
      class=${`count is-${status}`}
      aria-pressed=${filter.split(/\s+/).includes(word)}
      onClick=${() => update({ filter: toggleWord(filter, word) })}
      title=${`Show only ${status} tasks`}
    >
      ${icon(STATUS_ICONS[status], 14)}
      <b>${count}</b>
      <span>${status}</span>
    </button>
  </li>`;
}

/** Counts of requests, and of callbacks that are pending or were given up. */
function Figures() {
  const exchanges = useStore((state) => state.exchanges);
  const tasks = useStore((state) => state.tasks);
  const callbacks = [...tasks.values()].flatMap((task) => task.callbacks ?? []);
  const pending = callbacks.filter((each) => each.state === "pending").length;
  const failed = callbacks.filter((each) => each.state === "failed").length;
  return html`<p class="figures-line quiet">
    <span><b>${exchanges}</b> requests</span>
    <span><b>${pending}</b> callbacks pending</span>
    ${failed ? html`<span class="is-failed"><b>${failed}</b> given up</span>` : null}
  </p>`;
}
