/** The selected task: what was asked, what is planned, what became of it, and what can be done to it. */
import { html, useState } from "../lib.js";
import { copy } from "../state/actions.js";
import { api } from "../state/api.js";
import { icon } from "../ui/icons.js";
import { Status } from "../ui/status.js";
import { useSelected, useStore } from "../state/store.js";
import { Copying } from "./detail/copy_buttons.js";
import { Deeds } from "./detail/task_actions.js";
import { Dialects } from "./detail/dialect_view.js";
import { Events } from "./detail/events.js";
import { Exchanges } from "./detail/task_exchanges.js";
import { Summary } from "./detail/summary.js";
import { Middle } from "../ui/code.js";
import { Body } from "../ui/json.js";
import { Tabs } from "../ui/tabs.js";
import { useWatched } from "../state/query.js";

const TABS = ["Summary", "Request", "Response", "Dialects", "Events", "Raw"].map((title) => ({
  title,
  name: title.toLowerCase(),
}));
/** How many of the exchanges about one task are told of, the newest. */
const MOST = 300;

export function Detail() {
  const task = useSelected();
  const [tab, setTab] = useState("summary");
  if (!task) return html`<p class="nothing">Select a task to see its request, its plan, and what becomes of it.</p>`;
  return html`<${Selected} task=${task} tab=${tab} setTab=${setTab} />`;
}

function Selected({ task, tab, setTab }) {
  const world = useStore((state) => state.world);
  const { answer: inside, problem } = useWatched((signal) => api.task(task.id, signal), `${world}:${task.id}`, [task]);
  const lines = useLinesOf(task, world);
  const create = lines.findLast((line) => line.method === "POST")?.number;
  const name = task.alias ?? task.id;
  const views = {
    summary: () => html`<${Summary} task=${task} inside=${inside} />`,
    request: () => html`<${Exchanges} key=${`${task.id}-request`} lines=${lines} side="request" />`,
    response: () => html`<${Exchanges} key=${`${task.id}-response`} lines=${lines} side="response" />`,
    dialects: () => html`<${Dialects} task=${task} />`,
    events: () => html`<${Events} task=${task} inside=${inside} lines=${lines} />`,
    raw: () => (inside ? html`<${Body} value=${inside} />` : null),
  };
  return html`<div class="detail">
    <div class="detail-head">
      <${Status} of=${task.status} />
      <code class="detail-id" title=${task.alias ? `upstream ${task.id}` : undefined}><${Middle} text=${name} /></code>
      <button
        class="button is-bare is-small"
        aria-label="Copy the id"
        title="Copy the id"
        onClick=${() => copy(name, "The id is copied")}
      >
        ${icon("copy", 12)}
      </button>
      <span class="tag">${task.dialect}</span>
      <span class="tag">${task.mode}</span>
      <span class="fill"></span>
      <${Copying} task=${task} create=${create} />
    </div>
    <${Tabs} id="detail" label="Views of the task" tabs=${TABS} chosen=${tab} choose=${setTab} />
    <div id="detail-panel" class="scrolls detail-panel" role="tabpanel" aria-labelledby=${`detail-${tab}`} tabindex="0">
      ${problem ? html`<p class="nothing" role="alert">${problem.message}</p>` : views[tab]()}
    </div>
    <${Deeds} task=${task} />
  </div>`;
}

/** The exchanges about a task without their bodies, oldest first; tries that failed before it was created come with them. */
function useLinesOf(task, world) {
  const name = task.alias ?? task.id;
  const subject = `${world}:${task.id}`;
  const { answer } = useWatched((signal) => api.journal({ task: name, limit: MOST, brief: 1 }, signal), subject, [
    task,
  ]);
  const found = answer?.items ?? [];
  const retried = found.find((line) => line.method === "POST" && line.first < line.number)?.first;
  const { answer: tries } = useWatched(
    (signal) => api.journal({ first: retried, brief: 1 }, signal),
    retried ? `${world}:${retried}` : null,
  );
  const known = new Set(found.map((line) => line.number));
  return [...(tries?.items ?? []).filter((line) => !known.has(line.number)), ...found].sort(
    (one, other) => one.number - other.number,
  );
}
