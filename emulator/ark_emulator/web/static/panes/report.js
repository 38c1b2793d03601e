/** The report card of the clients: a grade, and every finding with the requests that prove it. */
import { formatCount, formatUsd, plural } from "../format/text.js";
import { html } from "../lib.js";
import { selectTask } from "../state/actions.js";
import { api } from "../state/api.js";
import { useQuery } from "../state/query.js";
import { findTask, update, useStore } from "../state/store.js";
import { Tone } from "../ui/status.js";

/** Colour and icon of each severity. */
const SEVERITIES = { error: ["failed", "cross"], warning: ["expired", "bolt"], note: ["running", "help"] };
const GRADE_TONES = { A: "succeeded", B: "succeeded", C: "queued", D: "expired" };
/** Requests that are linked for one finding; the others are counted. */
const MAX_LINKS = 8;

export function Report() {
  const world = useStore((state) => state.world);
  const exchanges = useStore((state) => state.exchanges);
  const callbackEvents = useStore((state) => state.callbackEvents);
  const { answer, error } = useQuery((signal) => api.report(signal), world, {
    dependencies: [exchanges, callbackEvents],
  });
  if (error) return html`<p class="nothing" role="alert">${error.message}</p>`;
  if (!answer) return html`<p class="nothing">Loading the report…</p>`;
  const { grade, findings, wasted } = answer;
  return html`<div class="scrolls report" tabindex="0" role="region" aria-label="Report card">
    <div class="card-head">
      <p class=${`grade is-${GRADE_TONES[grade] ?? "failed"}`} aria-label=${`Grade ${grade}`}>${grade}</p>
      <div>
        <p><b>${countFindings(findings)}</b></p>
        <p class="quiet">
          based on ${plural(answer.exchanges, "request")}
          ${wasted ? html`; wasted: <b>${formatCost(wasted)}</b>` : ""}
        </p>
      </div>
    </div>
    ${
      findings.length
        ? html`<ol class="findings" aria-label="Findings">
          ${findings.map((finding, place) => html`<${Finding} key=${place} finding=${finding} />`)}
        </ol>`
        : html`<p class="nothing">
          No findings. Duplicate creates, too frequent polls, ignored Retry-After headers, unused results and similar
          mistakes would be listed here.
        </p>`
    }
  </div>`;
}

/**
 * How many findings there are of each severity: `2 errors, 1 note`.
 *
 * @param {{severity: string}[]} findings
 */
export function countFindings(findings) {
  const counts = Object.keys(SEVERITIES).map((severity) => ({
    severity,
    count: findings.filter((each) => each.severity === severity).length,
  }));
  const texts = counts.filter(({ count }) => count).map(({ severity, count }) => plural(count, severity));
  return texts.join(", ") || "no mistakes";
}

function formatCost({ tokens, usd }) {
  const text = `${formatCount(tokens)} tokens`;
  return usd === null ? text : `${formatUsd(usd)}, ${text}`;
}

function Finding({ finding: { severity, code, message, evidence, task, cost } }) {
  const [tone, name] = SEVERITIES[severity] ?? SEVERITIES.note;
  const openExchange = (number) => update({ leftPane: "journal", openExchange: number });
  return html`<li class="finding">
    <p><${Tone} tone=${tone} icon=${name} size=${14}>${severity}<//> <code>${code}</code></p>
    <p>${message}</p>
    <p class="evidence quiet">
      ${evidence.length ? "requests " : null}
      ${evidence
        .slice(0, MAX_LINKS)
        .map(
          (number) =>
            html`<button key=${number} class="link" onClick=${() => openExchange(number)}>#${number}</button> `,
        )}
      ${evidence.length > MAX_LINKS ? html`<span>and ${evidence.length - MAX_LINKS} more</span>` : null}
      ${
        task
          ? html`
            ${" "}
            <button class="link" disabled=${!findTask(task)} onClick=${() => selectTask(task)}>task ${task}</button>
          `
          : null
      }
      ${cost ? html` <span>cost ${formatCost(cost)}</span>` : null}
    </p>
  </li>`;
}
