/** One task of the timeline: its name at the left and its lane. Both render again only when their props change. */
import { shortId } from "../format/text.js";
import { formatDuration, formatTime } from "../format/time.js";
import { classes, html, memo } from "../lib.js";
import { selectTask } from "../state/actions.js";
import { isFinal, nameOf } from "../task.js";
import { icon } from "../ui/icons.js";
import { STATUS_ICONS, Status } from "../ui/status.js";

/** Pixels from the origin beyond which nothing is drawn. */
const EDGE = 150_000;

export const Name = memo(
  ({ task, selected }) => html`<li>
    <button
      class=${classes("name", selected && "is-selected")}
      data-task=${task.id}
      aria-current=${selected ? "true" : undefined}
      onClick=${() => selectTask(task.id)}
      title=${nameOf(task)}
    >
      <${Status} of=${task.status} />
      <code>${shortId(nameOf(task))}</code>
      <span class="prompt">${task.prompt ?? "no prompt"}</span>
      ${
        task.faults
          ? html`<span class="struck" title="A request about this task was hit by a fault">
            ${icon("bolt", 12)}
            <span class="unseen">fault</span>
          </span>`
          : null
      }
      <span class="tag">${task.dialect}</span>
    </button>
  </li>`,
);

export const Lane = memo(({ task, origin, rate }) => {
  const xOf = (/** @type {number} */ time) => Math.max(-EDGE, Math.min(EDGE, (time - origin) * rate));
  const { marks } = task;
  const last = marks[marks.length - 1];
  const bars = isFinal(last.status) ? marks.slice(0, -1) : marks;
  return html`<div class="lane" onClick=${() => selectTask(task.id)}>
    ${bars.map((mark, place) => html`<${Bar} key=${place} mark=${mark} next=${marks[place + 1]} xOf=${xOf} />`)}
    ${isFinal(last.status) ? html`<${End} mark=${last} left=${xOf(last.at)} />` : null}
    ${task.ticks ? html`<i class="ticks" style=${{ boxShadow: pollShadows(task.ticks, xOf) }}></i>` : null}
    ${(task.callbacks ?? []).map(
      (each, place) => html`<i
        key=${`c${place}`}
        class=${`called is-${each.state}`}
        style=${{ left: `${xOf(each.at)}px` }}
        title=${`callback ${each.status}: ${each.state} ${formatTime(each.at)}`}
      ></i>`,
    )}
    ${(task.faults ?? []).map(
      (each) => html`<i
        key=${`f${each.number}`}
        class="fault"
        style=${{ left: `${xOf(each.at)}px` }}
        title=${`fault ${each.fault} ${formatTime(each.at)}`}
      >
        ${icon("bolt", 12)}
      </i>`,
    )}
  </div>`;
});

/** The time that a task spends in one status. */
function Bar({ mark, next, xOf }) {
  const left = xOf(mark.at);
  const right = next ? xOf(next.at) : EDGE;
  const title = next
    ? `${mark.status} ${formatTime(mark.at)}, for ${formatDuration(next.at - mark.at)}`
    : `${mark.status} since ${formatTime(mark.at)}`;
  const style = { left: `${left}px`, width: `${Math.max(2, right - left)}px` };
  return html`<i class=${`bar is-${mark.status}`} style=${style} title=${title}></i>`;
}

const End = ({ mark, left }) => html`<i
  class=${`end is-${mark.status}`}
  style=${{ left: `${left}px` }}
  title=${`${mark.status} ${formatTime(mark.at)}`}
>
  ${icon(STATUS_ICONS[mark.status], 10)}
</i>`;

/** A mark for each poll, as shadows of one element: that is much cheaper to draw than an element for each. */
const pollShadows = (polls, xOf) => polls.map((at) => `${xOf(at).toFixed(1)}px 0 0 0 currentcolor`).join(",");
