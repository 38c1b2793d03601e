/**
 * One task in the timeline: its name at the left, and its life in its lane. Both are rendered again only when the task,
 * the scale or the selection is another one.
 */
import { classes, html, memo } from "../lib.js";
import { select } from "../state/actions.js";
import { icon } from "../ui/icons.js";
import { Status } from "../ui/status.js";
import { lengthOf, timeOfDay } from "../format/time.js";

/** Pixels from the origin beyond which nothing is drawn. */
const EDGE = 150_000;
const SIGNS = { succeeded: "check", failed: "cross", expired: "clock", cancelled: "slash" };

/** The end of an id, which tells tasks apart. */
export const shortId = (task) => {
  const name = task.alias ?? task.id;
  return name.startsWith("cgt-") ? name.slice(-5) : `…${name.slice(-6)}`;
};

export const Name = memo(
  ({ task, selected }) => html`<li>
    <button
      class=${classes("name", selected && "is-selected")}
      data-task=${task.id}
      aria-current=${selected ? "true" : undefined}
      onClick=${() => select(task.id)}
      title=${task.alias ?? task.id}
    >
      <${Status} of=${task.status} />
      <code>${shortId(task)}</code>
      <span class="prompt">${task.prompt ?? "no prompt"}</span>
      ${
        task.faults
          ? html`<span class="struck" title="A fault struck a request about it">
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
  const at = (moment) => Math.max(-EDGE, Math.min(EDGE, (moment - origin) * rate));
  const { marks } = task;
  const last = marks[marks.length - 1];
  const ends = last.status !== "queued" && last.status !== "running";
  return html`<div class="lane" onClick=${() => select(task.id)}>
    ${marks.map((mark, place) => {
      if (ends && mark === last) return null;
      const from = at(mark.at);
      const until = place + 1 < marks.length ? at(marks[place + 1].at) : EDGE;
      return html`<i
        key=${place}
        class=${`bar is-${mark.status}`}
        style=${{ left: `${from}px`, width: `${Math.max(2, until - from)}px` }}
        title=${barTitle(mark, marks[place + 1])}
      ></i>`;
    })}
    ${
      ends
        ? html`<i
          class=${`end is-${last.status}`}
          style=${{ left: `${at(last.at)}px` }}
          title=${`${last.status} ${timeOfDay(last.at)}`}
        >
          ${icon(SIGNS[last.status], 10)}
        </i>`
        : null
    }
    ${task.ticks ? html`<i class="ticks" style=${{ boxShadow: shadows(task.ticks, at) }}></i>` : null}
    ${(task.callbacks ?? []).map(
      (each, place) => html`<i
        key=${`c${place}`}
        class=${`called is-${each.state}`}
        style=${{ left: `${at(each.at)}px` }}
        title=${`callback ${each.status}: ${each.state} ${timeOfDay(each.at)}`}
      ></i>`,
    )}
    ${(task.faults ?? []).map(
      (each) => html`<i
        key=${`f${each.number}`}
        class="fault"
        style=${{ left: `${at(each.at)}px` }}
        title=${`fault ${each.fault} ${timeOfDay(each.at)}`}
      >
        ${icon("bolt", 12)}
      </i>`,
    )}
  </div>`;
});

/** A mark for each poll, as shadows of one element: far cheaper to draw than an element for each. */
const shadows = (ticks, at) => ticks.map((tick) => `${at(tick).toFixed(1)}px 0 0 0 currentcolor`).join(",");

const barTitle = (mark, next) =>
  next
    ? `${mark.status} ${timeOfDay(mark.at)}, for ${lengthOf(next.at - mark.at)}`
    : `${mark.status} since ${timeOfDay(mark.at)}`;
