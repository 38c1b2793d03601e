/** Every callback of the tasks that are shown: its target and its state. Attempts are loaded when one is opened. */
import { shortId } from "../format/text.js";
import { formatTime } from "../format/time.js";
import { Fragment, html, memo, useMemo, useState } from "../lib.js";
import { runAction } from "../state/actions.js";
import { api } from "../state/api.js";
import { update, useStore } from "../state/store.js";
import { nameOf } from "../task.js";
import { icon } from "../ui/icons.js";
import { List } from "../ui/list.js";
import { RelativeTime } from "../ui/moment.js";
import { CallbackState } from "../ui/status.js";
import { CallbackDetail } from "./callbacks/callback.js";

const STATES = ["pending", "failed", "delivered", "planned"];

export function Callbacks() {
  const tasks = useStore((state) => state.tasks);
  const openCallback = useStore((state) => state.openCallback);
  const [state, setState] = useState("");
  const [text, setText] = useState("");
  const [lastOpened, setLastOpened] = useState(/** @type {string|undefined} */ (undefined));
  const all = useMemo(() => allCallbacks(tasks.values()), [tasks]);
  const shown = useMemo(() => filterCallbacks(all, { state, text }), [all, state, text]);
  if (openCallback) {
    const { task, number } = openCallback;
    const summary = tasks.get(task)?.callbacks?.find((each) => each.number === number);
    const close = () => {
      setLastOpened(`${task}.${number}`);
      update({ openCallback: null });
    };
    return html`<${CallbackDetail} task=${task} number=${number} summary=${summary} close=${close} />`;
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
      <${PauseButton} />
    </div>
    <div class="states" role="group" aria-label="Callbacks by state">
      ${STATES.map(
        (each) => html`<button
          key=${each}
          class="state"
          aria-pressed=${state === each}
          onClick=${() => setState(state === each ? "" : each)}
        >
          <${CallbackState} state=${each} />
          <b>${all.filter((callback) => callback.state === each).length}</b>
        </button>`,
      )}
    </div>
    ${
      shown.length
        ? html`<${List}
          label="Callbacks"
          items=${shown}
          keyOf=${keyOf}
          lastOpened=${lastOpened}
          onOpen=${open}
          row=${(callback) => html`<${Row} callback=${callback} />`}
        />`
        : html`<p class="nothing">
          ${
            all.length
              ? "No callback matches."
              : html`A task that is created with <code>callback_url</code> sends a callback for each status.`
          }
        </p>`
    }
  <//>`;
}

const keyOf = (callback) => callback.key;

function open({ state, task, number }) {
  if (state !== "planned") update({ openCallback: { task, number } });
}

/**
 * The callbacks of all tasks, the newest first.
 *
 * @param {Iterable<import("../task.js").Task>} tasks
 */
export function allCallbacks(tasks) {
  const callbacks = [];
  for (const task of tasks) {
    for (const each of task.callbacks ?? []) {
      callbacks.push({ ...each, task: task.id, name: nameOf(task), key: `${task.id}.${each.number ?? each.status}` });
    }
  }
  return callbacks.sort((a, b) => b.at - a.at);
}

/**
 * The callbacks of a state that contain a text. Without a state, planned ones are left out.
 *
 * @param {ReturnType<typeof allCallbacks>} callbacks
 * @param {{state: string, text: string}} filter
 */
export function filterCallbacks(callbacks, { state, text }) {
  const word = text.trim().toLowerCase();
  return callbacks.filter((each) => {
    const words = `${each.name} ${each.task} ${each.url ?? ""} ${each.status} ${each.verdict ?? ""}`.toLowerCase();
    return (state ? each.state === state : each.state !== "planned") && words.includes(word);
  });
}

function PauseButton() {
  const paused = useStore((state) => state.callbacks.paused);
  const onClick = () =>
    runAction(
      () => api.pauseCallbacks(!paused),
      paused ? "Callbacks are sent again" : "Callbacks are held back until you resume them",
    );
  return html`<button
    class="button is-small"
    aria-pressed=${paused}
    onClick=${onClick}
    title="Hold back all callbacks, or send them"
  >
    ${icon(paused ? "play" : "pause", 14)}
    ${paused ? "Resume callbacks" : "Pause callbacks"}
  </button>`;
}

const Row = memo(({ callback }) => {
  const { state, status, name, url = "", verdict, answered, attempts, due, at } = callback;
  return html`
    <${CallbackState} state=${state} />
    <span class="called-status">${status}</span>
    <span class="path" title=${`${name} → ${url}`}>${shortId(name)} → ${url.replace(/^https?:\/\//, "")}</span>
    ${
      state !== "delivered" && verdict
        ? html`<span class="quiet">${verdict === "status" ? `HTTP ${answered}` : verdict}</span>`
        : null
    }
    ${
      attempts > 1
        ? html`<span class="flag" title="Attempts so far">
          ${icon("next", 12)}
          ${attempts}
          <span class="unseen"> attempts</span>
        </span>`
        : null
    }
    ${
      state === "pending" && due
        ? html`<span class="quiet"><${RelativeTime} at=${due} /></span>`
        : html`<time>${formatTime(at)}</time>`
    }
  `;
});
