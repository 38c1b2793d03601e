/** The selected task at a glance: the request, the plan, the outcome, the cost and the results. */
import { formatCount, formatUsd, plural } from "../../format/text.js";
import { formatDuration, formatTime } from "../../format/time.js";
import { Fragment, html } from "../../lib.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { update, useStore } from "../../state/store.js";
import { currentMark, nameOf } from "../../task.js";
import { icon } from "../../ui/icons.js";
import { RelativeTime, useIsPast } from "../../ui/moment.js";
import { CallbackState, Status } from "../../ui/status.js";
import { Results } from "./results.js";

/** Fields of a submission that are shown in other places. */
const SHOWN_ELSEWHERE = new Set(["model", "content", "origin"]);
const FRAMES_PER_SECOND = 24;
const MAX_MEDIA_TEXT = 120;

export function Summary({ task, detail }) {
  const plan = detail?.plan;
  const prompt = detail?.prompt ?? task.prompt;
  return html`<div class="summary">
    <div class="summary-main">
      <p class="prompt-text">${prompt ?? html`<span class="quiet">without a prompt</span>`}</p>
      <${Steps} task=${task} />
      ${
        task.status === "succeeded"
          ? html`<${LinkExpiry} key=${task.link_expires_at} at=${task.link_expires_at} result=${plan?.result} />`
          : null
      }
      ${detail ? html`<${Failure} detail=${detail} />` : null}
      ${detail ? html`<dl class="facts"><${Facts} task=${task} detail=${detail} /></dl>` : null}
    </div>
    <div class="summary-side"><${Results} key=${task.id} task=${task} picture=${plan?.picture} /></div>
  </div>`;
}

const Fact = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;

/** The reached and the planned statuses, with times from the creation on. */
function Steps({ task }) {
  const current = currentMark(task);
  return html`<ol class="steps" aria-label="Statuses of the task">
    ${task.marks.map((mark, place) => {
      const isPlanned = place > current;
      return html`<li key=${place} class=${isPlanned ? "is-planned" : ""}>
        <${Status} of=${mark.status} />
        <span class="quiet">${isPlanned ? "planned " : ""}+${formatDuration(mark.at - task.created_at)}</span>
      </li>`;
    })}
    ${
      task.waits
        ? html`<li class="quiet is-planned">${icon("hourglass", 12)} waits for a poll, a free slot, or an action</li>`
        : null
    }
  </ol>`;
}

/** How long the links of a result are valid, and how a download is answered afterwards. */
function LinkExpiry({ at, result }) {
  const isPast = useIsPast(at);
  if (["missing", "empty"].includes(result?.video_url)) {
    return html`<p class="link-life is-expired">
      ${icon("slash", 14)}The task succeeded, but its link is ${result.video_url}.
    </p>`;
  }
  const deviation = result && result.video_url !== "plain" ? ` The link is ${result.video_url}.` : "";
  return html`<p class=${`link-life ${isPast ? "is-expired" : ""}`}>
    ${icon("clock", 14)}
    <span>
      ${
        isPast
          ? html`
            Links expired <${RelativeTime} at=${at} />: downloads answer <b>403 AccessDenied</b>, “Request has expired”.
          `
          : html`Links expire <${RelativeTime} at=${at} />.`
      }
      ${deviation}
    </span>
  </p>`;
}

function Failure({ detail }) {
  const failure = detail.facts.findLast((fact) => fact.failure)?.failure ?? detail.plan.failure;
  const last = [...detail.moves, ...detail.ahead].at(-1);
  if (last.status !== "failed" || !failure) return null;
  return html`<p class="failure">
    ${icon("cross", 14)}
    <span>${detail.status === "failed" ? "" : "will fail: "}<b>${failure.code}</b> ${failure.message}</span>
  </p>`;
}

function Facts({ task, detail }) {
  const { plan, submission, gone_at: goneAt } = detail;
  const parameters = Object.entries(submission).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  const media = submission.content.filter((item) => item.type !== "text");
  const callbacks = task.callbacks ?? [];
  return html`<${Fragment}>
    <${Fact} name="Model">
      ${task.model}
      ${task.model === plan.model ? null : html`<span class="quiet"> is ${plan.model}</span>`}
    <//>
    <${Fact} name="Parameters">
      ${
        parameters.length
          ? html`<span class="chips">
            ${parameters.map(([name, value]) => html`<code key=${name}>${name}: ${String(value)}</code>`)}
          </span>`
          : html`<span class="quiet">the defaults</span>`
      }
    <//>
    ${media.length ? html`<${Fact} name="Media">${media.map((item) => html`<${MediaItem} item=${item} />`)}<//>` : null}
    <${Fact} name="Result">${describePicture(plan.picture)}<//>
    <${Fact} name="Plan">${describePlan(plan)}<//>
    <${Fact} name="Rule"><${Rule} name=${plan.rule} /><//>
    <${Cost} task=${task} detail=${detail} />
    ${
      callbacks.length
        ? html`<${Fact} name="Callbacks">
          ${callbacks.map((each, place) => html`<${CallbackLine} key=${place} task=${task} callback=${each} />`)}
        <//>`
        : null
    }
    ${plan.notes.length ? html`<${Fact} name="Notes">${plan.notes.join("; ")}<//>` : null}
    <${Fact} name="Kept until">${formatTime(goneAt)}, <${RelativeTime} at=${goneAt} /><//>
  <//>`;
}

const MediaItem = ({ item: { role, type, value } }) => html`<div class="cut">
  ${role ?? type}: <code title=${value}>${value.slice(0, MAX_MEDIA_TEXT)}</code>
</div>`;

/**
 * `864×496, 4.04 s, 16:9, 480p, with sound, mp4`.
 *
 * @param {any} picture
 */
export function describePicture({ width, height, frames, ratio, resolution, audio, container }) {
  const size = width ? [`${width}×${height}`, `${(frames / FRAMES_PER_SECOND).toFixed(2)} s`] : [];
  return [...size, ratio, resolution, audio ? "with sound" : "silent", container].filter(Boolean).join(", ");
}

/** `seed 7, 41,000 tokens, lane …, flex`. */
function describePlan({ seed, usage, lane, tier }) {
  const words = [`seed ${seed}`, `${formatCount(usage.tokens)} tokens`, lane && `lane ${lane}`];
  return [...words, tier !== "default" && tier].filter(Boolean).join(", ");
}

function Rule({ name }) {
  if (!name) return html`<span class="quiet">none: the default outcome</span>`;
  return html`
    <code>${name}</code>
    ${name.startsWith("emu:") ? html`<span class="quiet">, a steering word in the prompt</span>` : null}
  `;
}

function CallbackLine({ task, callback: { state, status, attempts, number } }) {
  const open = () => update({ openCallback: { task: task.id, number } });
  return html`<div class="called-line">
    <${CallbackState} state=${state} /> <span>${status}</span>
    ${attempts > 1 ? html`<span class="quiet">${plural(attempts, "attempt")}</span>` : null}
    ${state === "planned" ? null : html`<button class="link" onClick=${open}>open</button>`}
  </div>`;
}

/** The cost of the task by the price list, and its entries in the ledger of the gateway. */
function Cost({ task, detail }) {
  const world = useStore((state) => state.world);
  const { answer } = useQuery((signal) => api.ledger({ task: nameOf(task) }, signal), `${world}:${task.id}`, {
    dependencies: [task.status],
  });
  const entries = answer?.entries ?? [];
  const spent = entries.reduce((sum, entry) => sum + entry.amount, 0);
  return html`<${Fact} name="Cost">
    <${ListPrice} cost=${detail.cost ?? task.cost} isCharged=${Boolean(detail.cost)} status=${task.status} />
    ${entries.map(
      ({ kind, amount, quota, note }, place) => html`<div key=${place} class="quiet">
        ${kind} ${formatUsd(amount)}
        ${quota ? `, quota ${formatCount(quota)}` : ""}: ${note}
      </div>`,
    )}
    ${entries.length > 1 ? html`<div>total <b>${formatUsd(spent)}</b></div>` : null}
  <//>`;
}

function ListPrice({ cost, isCharged, status }) {
  if (cost?.USD == null) {
    const reason = status === "succeeded" ? ": no price is published" : " unless it succeeds";
    return html`<span class="quiet">nothing${reason}</span>`;
  }
  const yuan = cost.CNY == null ? "" : ` or ¥${cost.CNY.toFixed(3)}`;
  return html`
    <b>${formatUsd(cost.USD)}</b>
    ${yuan}
    <span class="quiet"> by the price list${isCharged ? "" : ", when it succeeds"}</span>
  `;
}
