/** One exchange: the request and the response with headers and bodies, and how it came about. */
import { curlOfExchange } from "../../format/curl.js";
import { formatDay, formatLatency, formatTime } from "../../format/time.js";
import { html } from "../../lib.js";
import { copyText, selectTask } from "../../state/actions.js";
import { api, exchangeUrl } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { update, useStore } from "../../state/store.js";
import { icon } from "../../ui/icons.js";
import { Body } from "../../ui/json.js";
import { HttpStatus } from "../../ui/status.js";

/**
 * Return the exchange of that number with headers and bodies; `isGone` is true if the journal does not contain it.
 *
 * @param {number} [number]
 */
export function useExchange(number) {
  const world = useStore((state) => state.world);
  const { answer, error } = useQuery((signal) => api.journal({ number }, signal), number ? `${world}:${number}` : null);
  return { entry: answer?.items[0], isGone: Boolean(answer && !answer.items.length), error };
}

/** An exchange in place of the list. */
export function ExchangeDetail({ number, attempts, close }) {
  const { entry, isGone, error } = useExchange(number);
  const copyCommand = () => copyText(curlOfExchange(entry, exchangeUrl(entry), location.host), "The command is copied");
  return html`<div class="opened">
    <div class="opened-head">
      <button class="button is-small" onClick=${close} ref=${(element) => element?.focus()}>
        ${icon("chevron", 12)}All requests
      </button>
      <b class="number">#${number}</b>
      <span class="fill"></span>
      <button
        class="button is-bare is-small"
        onClick=${() => update({ openExchange: number - 1 })}
        disabled=${number <= 1}
        aria-label="Previous exchange"
        title="Previous exchange"
      >
        ${icon("chevron", 12)}
      </button>
      <button
        class="button is-bare is-small turned"
        onClick=${() => update({ openExchange: number + 1 })}
        aria-label="Next exchange"
        title="Next exchange"
      >
        ${icon("chevron", 12)}
      </button>
      <button class="button is-small" disabled=${!entry} onClick=${copyCommand}>${icon("copy", 14)}Copy as curl</button>
    </div>
    <div class="scrolls opened-body" tabindex="0" role="region" aria-label=${`Exchange ${number}`}>
      ${
        isGone
          ? html`<p class="nothing">
            The journal has no exchange ${number}: it was emptied, or contains only newer exchanges.
          </p>`
          : null
      }
      ${error ? html`<p class="nothing" role="alert">${error.message}</p>` : null}
      ${
        entry
          ? html`
            <${ExchangeFacts} entry=${entry} attempts=${attempts.get(entry.first)} />
            <${Message} entry=${entry} side="request" />
            <${Message} entry=${entry} side="response" />
          `
          : null
      }
    </div>
  </div>`;
}

/** The facts of an exchange besides its messages. `withTask` links its task. */
export function ExchangeFacts({ entry, attempts = entry.attempts, withTask = true }) {
  const { status, method, path, query, at, took, dialect, key, attempt, fault, rule, notes = [], task } = entry;
  return html`
    <p class="about">
      <${HttpStatus} status=${status} /> <b>${method}</b> <code>${path}${query ? `?${query}` : ""}</code>
    </p>
    <p class="about quiet">
      ${formatDay(at)}, ${formatTime(at)} · took ${formatLatency(took)} · ${dialect}
      ${key ? html` · key <code>${key}</code>` : null}
    </p>
    <ul class="flags">
      ${attempts > 1 ? html`<li class="flag">${icon("next", 12)}attempt ${attempt} of ${attempts}</li>` : null}
      ${fault ? html`<li class="flag is-fault">${icon("bolt", 12)}fault: ${fault}</li>` : null}
      ${rule ? html`<li class="flag">${icon("script", 12)}rule: ${rule}</li>` : null}
      ${status ? null : html`<li class="flag is-fault">${icon("slash", 12)}no response was sent</li>`}
      ${notes.map((note) => html`<li key=${note} class="flag">${icon("help", 12)}${note}</li>`)}
      ${
        task && withTask
          ? html`<li><button class="link" onClick=${() => selectTask(task)}>task ${task}</button></li>`
          : null
      }
    </ul>
  `;
}

/** One message of an exchange; `side` is `request` or `response`. */
export function Message({ entry, side }) {
  const { body, headers } = entry[side];
  const pairs = Object.entries(headers);
  const title = side === "request" ? "Request" : "Response";
  const hasNoResponse = side === "response" && !entry.status;
  return html`<section class="side" aria-label=${title}>
    <div class="side-head">
      <h3>${title}</h3>
      <button
        class="button is-bare is-small"
        disabled=${!body}
        aria-label=${`Copy the body of the ${side}`}
        title="Copy the body"
        onClick=${() => copyText(body)}
      >
        ${icon("copy", 14)}
      </button>
    </div>
    <${Body} text=${body} empty=${hasNoResponse ? "The connection ended without a response" : "No body"} />
    <details class="headers">
      <summary>${pairs.length} headers</summary>
      <dl>${pairs.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    </details>
  </section>`;
}
