/** The report card of the clients that called: a grade, and every finding with the requests that prove it. */
import { html } from "../lib.js";
import { select } from "../state/actions.js";
import { api } from "../state/api.js";
import { icon } from "../ui/icons.js";
import { taskOf, update, useStore } from "../state/store.js";
import { usd } from "../format/text.js";
import { useWatched } from "../state/query.js";

const SEVERITIES = { error: ["failed", "cross"], warning: ["expired", "bolt"], note: ["running", "help"] };
/** How much evidence is linked; the rest is counted. */
const LINKED = 8;

export function Report() {
  const world = useStore((state) => state.world);
  const exchanges = useStore((state) => state.exchanges);
  const news = useStore((state) => state.news);
  const { answer, problem } = useWatched((signal) => api.report(signal), world, [exchanges, news]);
  if (problem) return html`<p class="nothing" role="alert">${problem.message}</p>`;
  if (!answer) return html`<p class="nothing">Reading the journal…</p>`;
  const { grade, findings, wasted } = answer;
  return html`<div class="scrolls report" tabindex="0" role="region" aria-label="Report card">
    <div class="card-head">
      <p class=${`grade is-${gradeTone(grade)}`} aria-label=${`Grade ${grade}`}>${grade}</p>
      <div>
        <p><b>${counted(findings)}</b></p>
        <p class="quiet">
          judged by ${answer.exchanges} ${answer.exchanges === 1 ? "request" : "requests"}
          ${wasted ? html`; paid for nothing: <b>${amountOf(wasted)}</b>` : ""}
        </p>
      </div>
    </div>
    ${
      findings.length
        ? html`<ol class="findings" aria-label="Findings">
          ${findings.map((each, place) => html`<${Finding} key=${place} finding=${each} />`)}
        </ol>`
        : html`<p class="nothing">
          No findings. Duplicate creates, hasty polls, ignored Retry-After, unused results and the like would stand
          here.
        </p>`
    }
  </div>`;
}

/** `2 errors, 1 note`: how many findings there are of each severity. */
function counted(findings) {
  const counts = Object.keys(SEVERITIES).map((severity) => [
    severity,
    findings.filter((each) => each.severity === severity).length,
  ]);
  const told = counts
    .filter(([, count]) => count)
    .map(([severity, count]) => `${count} ${severity}${count === 1 ? "" : "s"}`);
  return told.join(", ") || "nothing to complain about";
}

const gradeTone = (grade) => ({ A: "succeeded", B: "succeeded", C: "queued", D: "expired" })[grade] ?? "failed";

const amountOf = ({ tokens, usd: amount }) =>
  amount === null ? `${tokens.toLocaleString("en")} tokens` : `${usd(amount)}, ${tokens.toLocaleString("en")} tokens`;

function Finding({ finding }) {
  const [tone, drawing] = SEVERITIES[finding.severity] ?? SEVERITIES.note;
  const { evidence } = finding;
  return html`<li class="finding">
    <p>
      <span class=${`status is-${tone}`}>${icon(drawing, 14)}<span>${finding.severity}</span></span>
      ${" "}
      <code>${finding.code}</code>
    </p>
    <p>${finding.message}</p>
    <p class="evidence quiet">
      ${
        evidence.length
          ? html`
            requests${" "}
            ${evidence.slice(0, LINKED).map(
              (number) => html`
                <button key=${number} class="link" onClick=${() => update({ left: "journal", exchange: number })}>
                  #${number}
                </button>
                ${" "}
              `,
            )}
          `
          : null
      }
      ${evidence.length > LINKED ? html`<span>and ${evidence.length - LINKED} more</span>` : null}
      ${
        finding.task
          ? html`
            ${" "}
            <button class="link" disabled=${!taskOf(finding.task)} onClick=${() => select(finding.task)}>
              task ${finding.task}
            </button>
          `
          : null
      }
      ${finding.cost ? html` <span>cost ${amountOf(finding.cost)}</span>` : null}
    </p>
  </li>`;
}
