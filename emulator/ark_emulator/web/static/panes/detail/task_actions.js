/** What can be done to the selected task now; what cannot be done says why. */
import { html, useState } from "../../lib.js";
import { act } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { icon } from "../../ui/icons.js";
import { isFinal } from "../../ui/status.js";
import { useWatched } from "../../state/query.js";

const USUAL = "InternalServiceError";
const DEEDS = [
  ["succeeded", "Succeed", "check"],
  ["failed", "Fail", "cross"],
  ["expired", "Expire", "clock"],
  ["cancelled", "Cancel", "slash"],
];

/** Why a task cannot be moved to a status; null when it can. */
function obstacle(task, status) {
  if (isFinal(task.status)) return `It is ${task.status}: a task that has ended does not move any more.`;
  if (status === "cancelled" && task.status === "running") return "It is running: only a queued task can be cancelled.";
  return null;
}

export function Deeds({ task }) {
  const [code, setCode] = useState(USUAL);
  const { answer } = useWatched(() => api.catalogue(), "codes");
  const codes = answer?.codes.task.map((each) => each.code) ?? [USUAL];
  const name = task.alias ?? task.id;
  const force = (status) =>
    act(() => api.force(task.id, status, status === "failed" ? code : undefined), `${name} is ${status} now`);
  const sent = (task.callbacks ?? []).filter((each) => each.state !== "planned");
  const last = sent.at(-1);
  const redeliver = () =>
    act(() => api.redeliver(`${task.id}.${last.number}`), `The callback “${last.status}” is sent again`);
  const obstacles = [...new Set(DEEDS.map(([status]) => obstacle(task, status)).filter(Boolean))];
  return html`<div class="deeds-bar" role="group" aria-label="Move the task now">
    ${DEEDS.map(([status, word, drawing]) => {
      const why = obstacle(task, status);
      const button = html`<button
        key=${status}
        class=${`button is-small deed is-${status}`}
        disabled=${Boolean(why)}
        title=${why ?? `Let the task become ${status} now`}
        aria-describedby=${why ? "obstacle" : undefined}
        onClick=${() => force(status)}
      >
        ${icon(drawing, 12)}
        ${word}
      </button>`;
      return status === "failed"
        ? html`<span key=${status} class="group">
          ${button}
          <select
            class="is-small"
            aria-label="Error code to fail with"
            value=${code}
            disabled=${Boolean(why)}
            onChange=${(event) => setCode(event.target.value)}
          >
            ${codes.map((each) => html`<option key=${each} value=${each}>${each}</option>`)}
          </select>
        </span>`
        : button;
    })}
    <button
      class="button is-small"
      disabled=${!last}
      title=${last ? "Send the last callback once more" : "It has sent no callback yet"}
      onClick=${redeliver}
    >
      ${icon("send", 12)}Redeliver
    </button>
    <p id="obstacle" class="obstacle quiet">${obstacles.join(" ")}</p>
  </div>`;
}
