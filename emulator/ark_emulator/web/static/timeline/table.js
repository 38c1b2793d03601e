/**
 * The same tasks as a table: everything the timeline draws, in words and figures.
 */
import { classes, html, memo } from "../lib.js";
import { select } from "../state/actions.js";
import { Empty } from "./empty.js";
import { shownTasks } from "../state/filter.js";
import { Status } from "../ui/status.js";
import { update, useStore } from "../state/store.js";
import { lengthOf, momentOf, timeOfDay } from "../format/time.js";

const COLUMNS = [
  "Status",
  "Task",
  "Dialect",
  "Model",
  "Prompt",
  "Created",
  "Took",
  "Planned",
  "Polls",
  "Callbacks",
  "Faults",
  "USD",
];

export function Table() {
  const tasks = useStore(shownTasks);
  const total = useStore((state) => state.tasks.size);
  const selected = useStore((state) => state.selected);
  if (!total) return html`<section class="timeline is-empty" aria-label="Task table"><${Empty} /></section>`;
  return html`<section class="table-view" aria-label="Task table">
    <table>
      <thead><tr>${COLUMNS.map((name) => html`<th key=${name} scope="col">${name}</th>`)}</tr></thead>
      <tbody>
        ${tasks.map((task) => html`<${Row} key=${task.id} task=${task} selected=${task.id === selected} />`)}
      </tbody>
    </table>
    ${
      tasks.length
        ? null
        : html`<p class="nothing">
          No task fits the filter. <button class="link" onClick=${() => update({ filter: "" })}>Show all</button>
        </p>`
    }
  </section>`;
}

const Row = memo(({ task, selected }) => {
  const reached = task.marks.findIndex((mark) => mark.status === task.status);
  const ahead = task.marks.slice(reached + 1);
  const states = (task.callbacks ?? []).filter((each) => each.state !== "planned").map((each) => each.state);
  return html`<tr class=${classes(selected && "is-selected")} onClick=${() => select(task.id)}>
    <td><${Status} of=${task.status} /></td>
    <th scope="row">
      <button
        class="link"
        data-task=${task.id}
        aria-current=${selected ? "true" : undefined}
        onClick=${() => select(task.id)}
      >
        <code>${task.alias ?? task.id}</code>
      </button>
    </th>
    <td>${task.dialect}</td>
    <td>${task.model}</td>
    <td class="prompt">${task.prompt}</td>
    <td class="number">${timeOfDay(task.created_at)}</td>
    <td class="number">${took(task, reached)}</td>
    <td>${ahead.map((mark) => `${mark.status} ${momentOf(mark.at, task.created_at)}`).join(", ") || "—"}</td>
    <td class="number">${task.ticks?.length ?? 0}</td>
    <td>${states.length ? states.join(", ") : "—"}</td>
    <td class="number">${task.faults?.length ?? 0}</td>
    <td class="number">${task.cost?.USD ? task.cost.USD.toFixed(3) : "—"}</td>
  </tr>`;
});

/** How long a task that has ended took. */
function took(task, reached) {
  const mark = task.marks[reached];
  return mark && !["queued", "running"].includes(task.status) ? lengthOf(mark.at - task.created_at) : "—";
}
