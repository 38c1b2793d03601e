/** The selected task at a glance: what was asked, what was drawn, what becomes of it, what it costs, what it made. */
import { Fragment, html } from "../../lib.js";
import { icon } from "../../ui/icons.js";
import { Status } from "../../ui/status.js";
import { update } from "../../state/store.js";
import { lengthOf, timeOfDay } from "../../format/time.js";
import { Verdict } from "../../ui/verdict.js";
import { Fact } from "../../ui/fact.js";
import { FromNow, usePast } from "../../ui/moment.js";
import { Clip } from "./results.js";
import { Money } from "./money.js";

/** Keys of a submission that are told elsewhere. */
const ELSEWHERE = new Set(["model", "content", "origin"]);
const STEERING = /^emu:/;

export function Summary({ task, inside }) {
  const plan = inside?.plan;
  return html`<div class="summary">
    <div class="summary-main">
      <p class="prompt-text">${inside?.prompt ?? task.prompt ?? html`<span class="quiet">without a prompt</span>`}</p>
      <${Steps} task=${task} />
      ${
        task.status === "succeeded"
          ? html`<${Link} key=${task.link_expires_at} at=${task.link_expires_at} result=${plan?.result} />`
          : null
      }
      ${inside ? html`<${Failure} inside=${inside} />` : null}
      ${inside ? html`<dl class="facts"><${Facts} task=${task} inside=${inside} /></dl>` : null}
    </div>
    <div class="summary-side"><${Clip} key=${task.id} task=${task} picture=${plan?.picture} /></div>
  </div>`;
}

/** The whole life, past and planned, with times from the acceptance on. */
function Steps({ task }) {
  const reached = task.marks.findIndex((mark) => mark.status === task.status);
  return html`<ol class="steps" aria-label="The life of the task">
    ${task.marks.map(
      (mark, place) => html`<li key=${place} class=${place > reached ? "is-planned" : ""}>
        <${Status} of=${mark.status} />
        <span class="quiet">${place > reached ? "planned " : ""}+${lengthOf(mark.at - task.created_at)}</span>
      </li>`,
    )}
    ${
      task.waits
        ? html`<li class="quiet is-planned">
          ${icon("hourglass", 12)} goes on when it is polled, gets a slot, or is moved
        </li>`
        : null
    }
  </ol>`;
}

function Failure({ inside }) {
  const failure = inside.facts.findLast((fact) => fact.failure)?.failure ?? inside.plan.failure;
  const last = [...inside.moves, ...inside.ahead].at(-1);
  if (last.status !== "failed" || !failure) return null;
  return html`<p class="failure">
    ${icon("cross", 14)}
    <span>${inside.status === "failed" ? "" : "will fail: "}<b>${failure.code}</b> ${failure.message}</span>
  </p>`;
}

function Facts({ task, inside }) {
  const { plan, submission } = inside;
  const asked = Object.entries(submission).filter(([name]) => !ELSEWHERE.has(name));
  const inputs = submission.content.filter((item) => item.type !== "text");
  const { picture } = plan;
  return html`<${Fragment}>
    <${Fact} name="Model">
      ${task.model}
      ${task.model === plan.model ? null : html`<span class="quiet"> is ${plan.model}</span>`}
    </${Fact}>
    <${Fact} name="Asked for">
      ${
        asked.length
          ? html`<span class="chips">
            ${asked.map(([name, value]) => html`<code key=${name}>${name}: ${String(value)}</code>`)}
          </span>`
          : html`<span class="quiet">the defaults</span>`
      }
    </${Fact}>
    ${
      inputs.length
        ? html`<${Fact} name="Inputs">
          ${inputs.map(
            (item, place) => html`<div key=${place} class="cut">
              ${item.role ?? item.type}: <code title=${item.value}>${item.value.slice(0, 120)}</code>
            </div>`,
          )}
        </${Fact}>`
        : null
    }
    <${Fact} name="Made">
      ${picture.width ? `${picture.width}×${picture.height}, ${(picture.frames / 24).toFixed(2)} s, ` : ""}
      ${[picture.ratio, picture.resolution, picture.audio ? "with sound" : "silent", picture.container]
        .filter(Boolean)
        .join(", ")}
    </${Fact}>
    <${Fact} name="Drawn">
      seed ${plan.seed}, ${plan.usage.tokens.toLocaleString("en")} tokens${plan.lane ? `, lane ${plan.lane}` : ""}
      ${plan.tier === "default" ? "" : `, ${plan.tier}`}
    </${Fact}>
    <${Fact} name="Rule">
      ${
        plan.rule
          ? html`
            <code>${plan.rule}</code>
            ${STEERING.test(plan.rule) ? html`<span class="quiet">, a steering word in the prompt</span>` : null}
          `
          : html`<span class="quiet">none: an ordinary life</span>`
      }
    </${Fact}>
    <${Money} task=${task} inside=${inside} />
    ${
      (task.callbacks ?? []).length
        ? html`<${Fact} name="Callbacks">
          ${task.callbacks.map((each, place) => html`<${Called} key=${place} task=${task} each=${each} />`)}
        </${Fact}>`
        : null
    }
    ${plan.notes.length ? html`<${Fact} name="Notes">${plan.notes.join("; ")}</${Fact}>` : null}
    <${Fact} name="Kept until">${timeOfDay(inside.gone_at)}, <${FromNow} at=${inside.gone_at} /></${Fact}>
  <//>`;
}

function Called({ task, each }) {
  const open = () => update({ callback: { task: task.id, number: each.number } });
  return html`<div class="called-line">
    <${Verdict} of=${each} /> <span>${each.status}</span>
    ${each.attempts > 1 ? html`<span class="quiet">${each.attempts} attempts</span>` : null}
    ${each.state === "planned" ? null : html`<button class="link" onClick=${open}>open</button>`}
  </div>`;
}

/** How long the links of a result still live, and what a download is answered with afterwards. */
function Link({ at, result }) {
  const past = usePast(at);
  if (result && ["missing", "empty"].includes(result.video_url))
    return html`<p class="link-life is-expired">
      ${icon("slash", 14)}The success tells no link: ${result.video_url}.
    </p>`;
  return html`<p class=${`link-life ${past ? "is-expired" : ""}`}>
    ${icon("clock", 14)}
    <span>
      ${
        past
          ? html`
            Links expired <${FromNow} at=${at} />: a download answers <b>403 AccessDenied</b>, “Request has expired”.
          `
          : html`Links expire <${FromNow} at=${at} />.`
      }
      ${result && result.video_url !== "plain" ? ` The link is ${result.video_url}.` : ""}
    </span>
  </p>`;
}
