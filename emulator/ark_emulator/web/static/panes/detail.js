/** The selected task: what was requested, what is planned, what happened, and actions on it. */
import { html, useState } from "../lib.js";
import { copyText } from "../state/actions.js";
import { api } from "../state/api.js";
import { useQuery } from "../state/query.js";
import { useSelectedTask, useStore } from "../state/store.js";
import { nameOf } from "../task.js";
import { icon } from "../ui/icons.js";
import { Body } from "../ui/json.js";
import { Middle, Status } from "../ui/status.js";
import { Tabs } from "../ui/tabs.js";
import { CopyButtons } from "./detail/copy_buttons.js";
import { DialectView } from "./detail/dialect_view.js";
import { Events } from "./detail/events.js";
import { Summary } from "./detail/summary.js";
import { TaskActions } from "./detail/task_actions.js";
import { TaskExchanges } from "./detail/task_exchanges.js";

const TABS = ["Summary", "Request", "Response", "Dialects", "Events", "Raw"].map((title) => ({
  title,
  name: title.toLowerCase(),
}));
/** Exchanges about one task that are loaded, the newest. */
const MAX_EXCHANGES = 300;

export function Detail() {
  const task = useSelectedTask();
  const [tab, setTab] = useState("summary");
  if (!task) {
    return html`<p class="nothing">Select a task to see its request, its plan, and what happens to it.</p>`;
  }
  return html`<${TaskDetail} task=${task} tab=${tab} setTab=${setTab} />`;
}

function TaskDetail({ task, tab, setTab }) {
  const world = useStore((state) => state.world);
  const { answer: detail, error } = useQuery((signal) => api.task(task.id, signal), `${world}:${task.id}`, {
    dependencies: [task],
  });
  const lines = useExchangesOf(task, world);
  const createNumber = lines.findLast((line) => line.method === "POST")?.number;
  const name = nameOf(task);
  const views = {
    summary: () => html`<${Summary} task=${task} detail=${detail} />`,
    request: () => html`<${TaskExchanges} key=${`${task.id}-request`} lines=${lines} side="request" />`,
    response: () => html`<${TaskExchanges} key=${`${task.id}-response`} lines=${lines} side="response" />`,
    dialects: () => html`<${DialectView} task=${task} />`,
    events: () => html`<${Events} task=${task} detail=${detail} lines=${lines} />`,
    raw: () => (detail ? html`<${Body} value=${detail} />` : null),
  };
  return html`<div class="detail">
    <div class="detail-head">
      <${Status} of=${task.status} />
      <code class="detail-id" title=${task.alias ? `upstream ${task.id}` : undefined}><${Middle} text=${name} /></code>
      <button
        class="button is-bare is-small"
        aria-label="Copy the id"
        title="Copy the id"
        onClick=${() => copyText(name, "The id is copied")}
      >
        ${icon("copy", 12)}
      </button>
      <span class="tag">${task.dialect}</span>
      <span class="tag">${task.mode}</span>
      <span class="fill"></span>
      <${CopyButtons} task=${task} createNumber=${createNumber} />
    </div>
    <${Tabs}
      id="detail"
      label="Views of the task"
      tabs=${TABS}
      selected=${tab}
      onSelect=${setTab}
      panelClass="scrolls detail-panel"
      focusablePanel
    >
      ${error ? html`<p class="nothing" role="alert">${error.message}</p>` : views[tab]()}
    <//>
    <${TaskActions} task=${task} />
  </div>`;
}

/**
 * Return the exchanges about a task, oldest first and without bodies. If the create request was repeated, its failed
 * attempts are among them, although they name no task.
 *
 * @returns {import("../state/store.js").Line[]}
 */
function useExchangesOf(task, world) {
  const { answer } = useQuery(
    (signal) => api.journal({ task: nameOf(task), limit: MAX_EXCHANGES, brief: 1 }, signal),
    `${world}:${task.id}`,
    { dependencies: [task] },
  );
  const lines = answer?.items ?? [];
  const first = lines.find((line) => line.method === "POST" && line.first < line.number)?.first;
  const { answer: attempts } = useQuery(
    (signal) => api.journal({ first, brief: 1 }, signal),
    first ? `${world}:${first}` : null,
  );
  const numbers = new Set(lines.map((line) => line.number));
  const failed = (attempts?.items ?? []).filter((line) => !numbers.has(line.number));
  return [...failed, ...lines].sort((a, b) => a.number - b.number);
}
