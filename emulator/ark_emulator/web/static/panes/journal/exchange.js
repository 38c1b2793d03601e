/** One exchange, opened: what was sent and what was answered, headers and bodies, and how it came about. */
import { html } from "../../lib.js";
import { copy, select } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { icon } from "../../ui/icons.js";
import { update, useStore } from "../../state/store.js";
import { dayOf, timeOfDay } from "../../format/time.js";
import { curlOf } from "../../format/curl.js";
import { Code, focused, took } from "../../ui/code.js";
import { Body } from "../../ui/json.js";
import { useWatched } from "../../state/query.js";

/** The exchange of that number with headers and bodies; `gone` once the journal keeps it no more. */
export function useExchange(number) {
  const world = useStore((state) => state.world);
  const { answer, problem } = useWatched(
    (signal) => api.journal({ number }, signal),
    number ? `${world}:${number}` : null,
  );
  return { entry: answer?.items[0], gone: Boolean(answer && !answer.items.length), problem };
}

/** The opened exchange in place of the list. */
export function Opened({ number, tries, close }) {
  const { entry, gone, problem } = useExchange(number);
  return html`<div class="opened">
    <div class="opened-head">
      <button class="button is-small" onClick=${close} ref=${focused}>${icon("chevron", 12)}All requests</button>
      <b class="number">#${number}</b>
      <span class="fill"></span>
      <button
        class="button is-bare is-small"
        onClick=${() => update({ exchange: number - 1 })}
        disabled=${number <= 1}
        aria-label="The one before"
        title="The one before"
      >
        ${icon("chevron", 12)}
      </button>
      <button
        class="button is-bare is-small turned"
        onClick=${() => update({ exchange: number + 1 })}
        aria-label="The one after"
        title="The one after"
      >
        ${icon("chevron", 12)}
      </button>
      <button class="button is-small" disabled=${!entry} onClick=${() => copy(curlOf(entry), "The command is copied")}>
        ${icon("copy", 14)}Copy as curl
      </button>
    </div>
    <div class="scrolls opened-body" tabindex="0" role="region" aria-label=${`Exchange ${number}`}>
      ${
        gone
          ? html`<p class="nothing">
            The journal has no exchange ${number}: it was emptied, or keeps newer ones alone.
          </p>`
          : null
      }
      ${problem ? html`<p class="nothing" role="alert">${problem.message}</p>` : null}
      ${
        entry
          ? html`
            <${About} entry=${entry} tries=${tries.get(entry.first)} />
            <${Side} entry=${entry} side="request" />
            <${Side} entry=${entry} side="response" />
          `
          : null
      }
    </div>
  </div>`;
}

/** What is to be said of an exchange beside its two messages; `alone` where its task is known anyway. */
export function About({ entry, tries = entry.attempts, alone = false }) {
  return html`
    <p class="about">
      <${Code} status=${entry.status} /> <b>${entry.method}</b>
      ${" "}
      <code>${entry.path}${entry.query ? `?${entry.query}` : ""}</code>
    </p>
    <p class="about quiet">
      ${dayOf(entry.at)}, ${timeOfDay(entry.at)} · took ${took(entry.took)} · ${entry.dialect}
      ${entry.key ? html` · key <code>${entry.key}</code>` : null}
    </p>
    <ul class="flags">
      ${tries > 1 ? html`<li class="flag">${icon("next", 12)}attempt ${entry.attempt} of ${tries}</li>` : null}
      ${entry.fault ? html`<li class="flag is-fault">${icon("bolt", 12)}fault: ${entry.fault}</li>` : null}
      ${entry.rule ? html`<li class="flag">${icon("script", 12)}rule: ${entry.rule}</li>` : null}
      ${entry.status ? null : html`<li class="flag is-fault">${icon("slash", 12)}no reply was sent</li>`}
      ${(entry.notes ?? []).map((note) => html`<li key=${note} class="flag">${icon("help", 12)}${note}</li>`)}
      ${
        entry.task && !alone
          ? html`<li><button class="link" onClick=${() => select(entry.task)}>task ${entry.task}</button></li>`
          : null
      }
    </ul>
  `;
}

/** One message of an exchange. `side` is `request` or `response`. */
export function Side({ entry, side }) {
  const message = entry[side];
  const headers = Object.entries(message.headers);
  const title = side === "request" ? "Request" : "Response";
  const none =
    side === "response" && !entry.status ? "Nothing was sent: the connection ended without a reply" : "No body";
  return html`<section class="side" aria-label=${title}>
    <div class="side-head">
      <h3>${title}</h3>
      <button
        class="button is-bare is-small"
        disabled=${!message.body}
        aria-label=${`Copy the body of the ${side}`}
        title="Copy the body"
        onClick=${() => copy(message.body)}
      >
        ${icon("copy", 14)}
      </button>
    </div>
    <${Body} text=${message.body} empty=${none} />
    <details class="headers">
      <summary>${headers.length} headers</summary>
      <dl>${headers.map(([name, value]) => html`<div key=${name}><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
    </details>
  </section>`;
}
