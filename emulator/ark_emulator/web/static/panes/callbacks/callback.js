/** One callback, opened: what is sent, what came back at each attempt, and what can be done about it. */
import { html } from "../../lib.js";
import { act, copy, select } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { icon } from "../../ui/icons.js";
import { useStore } from "../../state/store.js";
import { timeOfDay } from "../../format/time.js";
import { focused, took } from "../../ui/code.js";
import { Body } from "../../ui/json.js";
import { FromNow } from "../../ui/moment.js";
import { useWatched } from "../../state/query.js";
import { Verdict } from "../../ui/verdict.js";

/** `short` is the callback in short, as its task tells of it. */
export function OpenedCallback({ task, number, short, close }) {
  const world = useStore((state) => state.world);
  const waits = short && short.state !== "delivered" ? "1" : undefined;
  const ask = (signal) => api.callbacks({ task, pending: waits }, signal);
  const { answer, problem } = useWatched(ask, `${world}:${task}.${number}`, [short]);
  const id = `${task}.${number}`;
  const found = answer?.items.find((each) => each.id === id);
  const pending = short?.state === "pending";
  return html`<div class="opened">
    <div class="opened-head">
      <button class="button is-small" onClick=${close} ref=${focused}>${icon("chevron", 12)}All callbacks</button>
      <span class="fill"></span>
      <button
        class="button is-small"
        disabled=${!found}
        onClick=${() => act(() => api.redeliver(id), "The callback is sent again")}
      >
        ${icon("send", 12)}Redeliver
      </button>
      <button
        class="button is-small"
        disabled=${!pending}
        title=${pending ? "Try it no more" : "Only a pending callback can be dropped"}
        onClick=${() => act(() => api.drop(id), "The callback is given up")}
      >
        ${icon("trash", 12)}Drop
      </button>
    </div>
    <div class="scrolls opened-body" tabindex="0" role="region" aria-label=${`Callback ${id}`}>
      ${problem ? html`<p class="nothing" role="alert">${problem.message}</p>` : null}
      ${
        short
          ? html`<p class="about">
            <${Verdict} of=${short} /> <b>${short.status}</b>
            ${" "}
            ${
              pending && short.due ? html`<span class="quiet">next attempt <${FromNow} at=${short.due} /></span>` : null
            }
          </p>`
          : null
      }
      ${found ? html`<${Found} found=${found} />` : null}
    </div>
  </div>`;
}

function Found({ found }) {
  const last = found.attempts.findLast((attempt) => attempt.request);
  const payload = found.body === undefined ? last?.request.body : JSON.stringify(found.body);
  return html`
    <p class="about cut"><b>POST</b> <code title=${found.url}>${found.url}</code></p>
    <p class="about">
      <button class="link" onClick=${() => select(found.task)}>task ${found.task}</button>
      ${found.fault ? html` <span class="flag is-fault">${icon("bolt", 12)}fault: ${found.fault}</span>` : null}
    </p>
    <section class="side" aria-label="Attempts">
      <div class="side-head">
        <h3>${found.attempts.length === 1 ? "1 attempt" : `${found.attempts.length} attempts`}</h3>
      </div>
      <ol class="attempts">
        ${found.attempts.map(
          (attempt, place) => html`<${Attempt} key=${place} attempt=${attempt} number=${place + 1} />`,
        )}
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
          onClick=${() => copy(payload)}
        >
          ${icon("copy", 14)}
        </button>
      </div>
      <${Body} text=${payload} empty="Nothing was sent" />
    </section>
  `;
}

function Attempt({ attempt, number }) {
  const good = ["delivered", "acknowledged"].includes(attempt.verdict);
  const sent = Object.entries(attempt.request?.headers ?? {});
  const got = Object.entries(attempt.response?.headers ?? {});
  return html`<li>
    <span class=${`status is-${good ? "succeeded" : "failed"}`}>
      ${icon(good ? "check" : "cross", 12)}
      <span>${attempt.verdict}</span>
    </span>
    <span>${attempt.response_status ?? ""}</span>
    <span class="quiet">${timeOfDay(attempt.at)}, took ${took(attempt.took)}</span>
    ${attempt.detail ? html`<p class="quiet">${attempt.detail}</p>` : null}
    ${attempt.response?.body ? html`<${Body} text=${attempt.response.body} />` : null}
    ${
      sent.length
        ? html`<details class="headers">
          <summary>headers of attempt ${number}</summary>
          <dl>
            ${[...sent.map((pair) => ["sent", ...pair]), ...got.map((pair) => ["got", ...pair])].map(
              ([way, name, value]) => html`<div key=${way + name}><dt>${way} ${name}</dt><dd>${value}</dd></div>`,
            )}
          </dl>
        </details>`
        : null
    }
  </li>`;
}
