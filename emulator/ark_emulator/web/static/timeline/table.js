/** The same tasks as a table: everything that the timeline draws, in words and numbers. */
import { formatDuration, formatMoment, formatTime } from "../format/time.js";
import { classes, html, memo } from "../lib.js";
import { selectTask } from "../state/actions.js";
import { filteredTasks } from "../state/filter.js";
import { useStore } from "../state/store.js";
import { currentMark, isFinal, nameOf } from "../task.js";
import { Status } from "../ui/status.js";
import { Empty } from "./empty.js";
import { NothingMatches } from "./timeline.js";

const COLUMNS = [
  ...["Status", "Task", "Dialect", "Model", "Prompt", "Created"],
  ...["Took", "Planned", "Polls", "Callbacks", "Faults", "USD"],
];

export function Table() {
  const tasks = useStore(filteredTasks);
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
    ${tasks.length ? null : html`<${NothingMatches} />`}
  </section>`;
}

const Row = memo(({ task, selected }) => {
  const planned = task.marks.slice(currentMark(task) + 1);
  const callbacks = (task.callbacks ?? []).filter((each) => each.state !== "planned");
  return html`<tr class=${classes(selected && "is-selected")} onClick=${() => selectTask(task.id)}>
    <td><${Status} of=${task.status} /></td>
    <th scope="row">
      <button
        class="link"
        data-task=${task.id}
        aria-current=${selected ? "true" : undefined}
        onClick=${() => selectTask(task.id)}
      >
        <code>${nameOf(task)}</code>
      </button>
    </th>
    <td>${task.dialect}</td>
    <td>${task.model}</td>
    <td class="prompt">${task.prompt}</td>
    <td class="number">${formatTime(task.created_at)}</td>
    <td class="number">${timeTaken(task)}</td>
    <td>${planned.map((mark) => `${mark.status} ${formatMoment(mark.at, task.created_at)}`).join(", ") || "—"}</td>
    <td class="number">${task.ticks?.length ?? 0}</td>
    <td>${callbacks.map((each) => each.state).join(", ") || "—"}</td>
    <td class="number">${task.faults?.length ?? 0}</td>
    <td class="number">${task.cost?.USD ? task.cost.USD.toFixed(3) : "—"}</td>
  </tr>`;
});

/**
 * How long a task took that has ended.
 *
 * @param {import("../task.js").Task} task
 */
export function timeTaken(task) {
  const mark = task.marks[currentMark(task)];
  return mark && isFinal(task.status) ? formatDuration(mark.at - task.created_at) : "—";
}
