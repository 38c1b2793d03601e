/** One callback: what is sent, what the receiver answered to each attempt, and actions on it. */
import { plural } from "../../format/text.js";
import { formatLatency, formatTime } from "../../format/time.js";
import { html } from "../../lib.js";
import { copyText, runAction, selectTask } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { useStore } from "../../state/store.js";
import { icon } from "../../ui/icons.js";
import { Body } from "../../ui/json.js";
import { RelativeTime } from "../../ui/moment.js";
import { CallbackState, Tone } from "../../ui/status.js";

const SUCCESS = ["delivered", "acknowledged"];

/** `summary` is the callback as its task lists it. */
export function CallbackDetail({ task, number, summary, close }) {
  const world = useStore((state) => state.world);
  const pendingOnly = summary && summary.state !== "delivered" ? "1" : undefined;
  const { answer, error } = useQuery(
    (signal) => api.callbacks({ task, pending: pendingOnly }, signal),
    `${world}:${task}.${number}`,
    { dependencies: [summary] },
  );
  const id = `${task}.${number}`;
  const callback = answer?.items.find((each) => each.id === id);
  const isPending = summary?.state === "pending";
  return html`<div class="opened">
    <div class="opened-head">
      <button class="button is-small" onClick=${close} ref=${(element) => element?.focus()}>
        ${icon("chevron", 12)}All callbacks
      </button>
      <span class="fill"></span>
      <button
        class="button is-small"
        disabled=${!callback}
        onClick=${() => runAction(() => api.redeliver(id), "The callback is sent again")}
      >
        ${icon("send", 12)}Redeliver
      </button>
      <button
        class="button is-small"
        disabled=${!isPending}
        title=${isPending ? "Stop trying to deliver it" : "Only a pending callback can be dropped"}
        onClick=${() => runAction(() => api.dropCallback(id), "The callback is given up")}
      >
        ${icon("trash", 12)}Drop
      </button>
    </div>
    <div class="scrolls opened-body" tabindex="0" role="region" aria-label=${`Callback ${id}`}>
      ${error ? html`<p class="nothing" role="alert">${error.message}</p>` : null}
      ${summary ? html`<${Summary} summary=${summary} />` : null}
      ${callback ? html`<${Content} callback=${callback} />` : null}
    </div>
  </div>`;
}

const Summary = ({ summary: { state, status, due } }) => html`<p class="about">
  <${CallbackState} state=${state} /> <b>${status}</b>
  ${" "}
  ${state === "pending" && due ? html`<span class="quiet">next attempt <${RelativeTime} at=${due} /></span>` : null}
</p>`;

function Content({ callback: { url, task, fault, body, attempts } }) {
  const lastSent = attempts.findLast((attempt) => attempt.request)?.request.body;
  const payload = body === undefined ? lastSent : JSON.stringify(body);
  return html`
    <p class="about cut"><b>POST</b> <code title=${url}>${url}</code></p>
    <p class="about">
      <button class="link" onClick=${() => selectTask(task)}>task ${task}</button>
      ${fault ? html` <span class="flag is-fault">${icon("bolt", 12)}fault: ${fault}</span>` : null}
    </p>
    <section class="side" aria-label="Attempts">
      <div class="side-head"><h3>${plural(attempts.length, "attempt")}</h3></div>
      <ol class="attempts">
        ${attempts.map((attempt, place) => html`<${Attempt} key=${place} attempt=${attempt} number=${place + 1} />`)}
      </ol>
    </section>
    <section class="side" aria-label="Payload">
      <div class="side-head">
        <h3>Payload</h3>
        <button
          class="button is-bare is-small"
          disabled=${!payload}
          aria-label="Copy the payload"
          title="Copy the payload"
          onClick=${() => copyText(payload)}
        >
          ${icon("copy", 14)}
        </button>
      </div>
      <${Body} text=${payload} empty="Nothing was sent" />
    </section>
  `;
}

function Attempt({ attempt, number }) {
  const isSuccess = SUCCESS.includes(attempt.verdict);
  const headers = [
    ...Object.entries(attempt.request?.headers ?? {}).map(([name, value]) => [`sent ${name}`, value]),
    ...Object.entries(attempt.response?.headers ?? {}).map(([name, value]) => [`received ${name}`, value]),
  ];
  return html`<li>
    <${Tone} tone=${isSuccess ? "succeeded" : "failed"} icon=${isSuccess ? "check" : "cross"}>${attempt.verdict}<//>
    <span>${attempt.response_status ?? ""}</span>
    <span class="quiet">${formatTime(attempt.at)}, took ${formatLatency(attempt.took)}</span>
    ${attempt.detail ? html`<p class="quiet">${attempt.detail}</p>` : null}
    ${attempt.response?.body ? html`<${Body} text=${attempt.response.body} />` : null}
    ${
      attempt.request
        ? html`<details class="headers">
          <summary>headers of attempt ${number}</summary>
          <dl>${headers.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
        </details>`
        : null
    }
  </li>`;
}
