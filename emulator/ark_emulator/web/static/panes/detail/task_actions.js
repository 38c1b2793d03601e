/** Actions on the selected task. An action that is not possible now says why. */
import { html, useState } from "../../lib.js";
import { runAction } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { isFinal, nameOf } from "../../task.js";
import { icon } from "../../ui/icons.js";

const DEFAULT_CODE = "InternalServiceError";
const ACTIONS = [
  { status: "succeeded", title: "Succeed", icon: "check" },
  { status: "failed", title: "Fail", icon: "cross" },
  { status: "expired", title: "Expire", icon: "clock" },
  { status: "cancelled", title: "Cancel", icon: "slash" },
];

/**
 * Why a task cannot be moved to a status; null if it can.
 *
 * @param {{status: string}} task
 * @param {string} status
 */
export function obstacleTo(task, status) {
  if (isFinal(task.status)) return `The task has ended: ${task.status} is a final status.`;
  if (status === "cancelled" && task.status === "running") return "It is running: only a queued task can be cancelled.";
  return null;
}

export function TaskActions({ task }) {
  const [code, setCode] = useState(DEFAULT_CODE);
  const { answer } = useQuery(() => api.catalogue(), "codes");
  const codes = answer?.codes.task.map((each) => each.code) ?? [DEFAULT_CODE];
  const force = (status) =>
    runAction(
      () => api.force(task.id, status, status === "failed" ? code : undefined),
      `${nameOf(task)} is ${status} now`,
    );
  const obstacles = [...new Set(ACTIONS.map(({ status }) => obstacleTo(task, status)).filter(Boolean))];
  return html`<div class="task-actions" role="group" aria-label="Change the task now">
    ${ACTIONS.map((action) => {
      const button = html`<${ForceButton} key=${action.status} task=${task} action=${action} force=${force} />`;
      if (action.status !== "failed") return button;
      return html`<span key="failed" class="group">
        ${button}
        <select
          class="is-small"
          aria-label="Error code to fail with"
          value=${code}
          disabled=${isFinal(task.status)}
          onChange=${(event) => setCode(event.target.value)}
        >
          ${codes.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
        </select>
      </span>`;
    })}
    <${RedeliverButton} task=${task} />
    <p id="obstacle" class="obstacle quiet">${obstacles.join(" ")}</p>
  </div>`;
}

function ForceButton({ task, action: { status, title, icon: name }, force }) {
  const obstacle = obstacleTo(task, status);
  return html`<button
    class=${`button is-small task-action is-${status}`}
    disabled=${Boolean(obstacle)}
    title=${obstacle ?? `Make the task ${status} now`}
    aria-describedby=${obstacle ? "obstacle" : undefined}
    onClick=${() => force(status)}
  >
    ${icon(name, 12)}
    ${title}
  </button>`;
}

/** Send the last callback of the task again. */
function RedeliverButton({ task }) {
  const last = (task.callbacks ?? []).findLast((each) => each.state !== "planned");
  const redeliver = () =>
    runAction(() => api.redeliver(`${task.id}.${last.number}`), `The callback “${last.status}” is sent again`);
  return html`<button
    class="button is-small"
    disabled=${!last}
    title=${last ? "Send the last callback again" : "It has sent no callback yet"}
    onClick=${redeliver}
  >
    ${icon("send", 12)}Redeliver
  </button>`;
}
