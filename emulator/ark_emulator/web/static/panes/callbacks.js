/** Every callback of the tasks that are shown: where it goes and what came of it. Nothing is asked until one is opened. */
import { Fragment, html, memo, useMemo, useState } from "../lib.js";
import { act } from "../state/actions.js";
import { api } from "../state/api.js";
import { icon } from "../ui/icons.js";
import { update, useStore } from "../state/store.js";
import { timeOfDay } from "../format/time.js";
import { OpenedCallback } from "./callbacks/callback.js";
import { Verdict } from "../ui/verdict.js";
import { shortId } from "../ui/code.js";
import { List } from "../ui/list.js";
import { FromNow } from "../ui/moment.js";

const STATES = ["pending", "failed", "delivered", "planned"];

export function Callbacks() {
  const tasks = useStore((state) => state.tasks);
  const opened = useStore((state) => state.callback);
  const [wanted, setWanted] = useState("");
  const [text, setText] = useState("");
  const [came, setCame] = useState(undefined);
  const all = useMemo(() => gathered(tasks), [tasks]);
  const counts = useMemo(() => counted(all), [all]);
  const word = text.trim().toLowerCase();
  const shown = useMemo(
    () =>
      all.filter(
        (each) =>
          (wanted ? each.state === wanted : each.state !== "planned") && (!word || wordsOf(each).includes(word)),
      ),
    [all, wanted, word],
  );
  if (opened) {
    const short = tasks.get(opened.task)?.callbacks?.find((each) => each.number === opened.number);
    const close = () => {
      setCame(`${opened.task}.${opened.number}`);
      update({ callback: null });
    };
    return html`<${OpenedCallback} ...${opened} short=${short} close=${close} />`;
  }
  return html`<${Fragment}>
    <div class="bar-filters" role="group" aria-label="Filter callbacks">
      <input
        type="search"
        aria-label="Text in callbacks"
        placeholder="task, url"
        spellcheck=${false}
        value=${text}
        onInput=${(event) => setText(event.target.value)}
      />
      <${Pause} />
    </div>
    <div class="states" role="group" aria-label="Callbacks by state">
      ${STATES.map(
        (state) => html`<button
          key=${state}
          class="state"
          aria-pressed=${wanted === state}
          onClick=${() => setWanted(wanted === state ? "" : state)}
        >
          <${Verdict} of=${{ state }} />
          <b>${counts[state] ?? 0}</b>
        </button>`,
      )}
    </div>
    ${
      shown.length
        ? html`<${List}
          label="Callbacks"
          items=${shown}
          keyOf=${keyOf}
          opened=${came}
          open=${open}
          row=${(each) => html`<${Row} each=${each} />`}
        />`
        : html`<p class="nothing">
          ${
            all.length
              ? "No callback fits."
              : html`A task that was created with <code>callback_url</code> calls it at every move.`
          }
        </p>`
    }
  <//>`;
}

const keyOf = (each) => each.key;
const open = (each) => each.state !== "planned" && update({ callback: { task: each.task, number: each.number } });

/** The callbacks of all tasks, the newest first. */
function gathered(tasks) {
  const found = [];
  for (const task of tasks.values()) {
    for (const each of task.callbacks ?? []) {
      found.push({
        ...each,
        task: task.id,
        name: task.alias ?? task.id,
        key: `${task.id}.${each.number ?? each.status}`,
      });
    }
  }
  return found.sort((one, other) => other.at - one.at);
}

function counted(all) {
  const counts = {};
  for (const { state } of all) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

const wordsOf = (each) =>
  `${each.name} ${each.task} ${each.url ?? ""} ${each.status} ${each.verdict ?? ""}`.toLowerCase();

function Pause() {
  const paused = useStore((state) => state.callbacks.paused);
  const turn = () =>
    act(() => api.pauseCallbacks(!paused), paused ? "Callbacks go out again" : "Callbacks are held back from now on");
  return html`<button
    class="button is-small"
    aria-pressed=${paused}
    onClick=${turn}
    title="Hold every callback back, or let them go out"
  >
    ${icon(paused ? "play" : "pause", 14)}
    ${paused ? "Resume callbacks" : "Pause callbacks"}
  </button>`;
}

const Row = memo(
  ({ each }) => html`
    <${Verdict} of=${each} />
    <span class="called-status">${each.status}</span>
    <span class="path" title=${`${each.name} → ${each.url ?? ""}`}>
      ${shortId(each.name)} → ${(each.url ?? "").replace(/^https?:\/\//, "")}
    </span>
    ${
      each.state !== "delivered" && each.verdict
        ? html`<span class="quiet">${each.verdict === "status" ? `HTTP ${each.answered}` : each.verdict}</span>`
        : null
    }
    ${
      each.attempts > 1
        ? html`<span class="flag" title="Attempts so far">
          ${icon("next", 12)}
          ${each.attempts}
          <span class="unseen"> attempts</span>
        </span>`
        : null
    }
    ${
      each.state === "pending" && each.due
        ? html`<span class="quiet"><${FromNow} at=${each.due} /></span>`
        : html`<time>${timeOfDay(each.at)}</time>`
    }
  `,
);
