/** Everything that happened to the selected task, and everything that is planned, in order. */
import { formatDuration, formatTime } from "../../format/time.js";
import { html } from "../../lib.js";
import { update } from "../../state/store.js";
import { nameOf } from "../../task.js";
import { icon } from "../../ui/icons.js";
import { useIsPast } from "../../ui/moment.js";
import { HttpStatus, Status } from "../../ui/status.js";

/** Polls in a row with the same answer that are still listed one by one. */
const MAX_SINGLE_POLLS = 3;

/**
 * @typedef {object} TaskEvent
 * @property {number} at
 * @property {number} rank  orders events of the same moment: a cause comes before its effect
 * @property {string} icon
 * @property {unknown} text
 * @property {number} [number]  the number of the exchange
 * @property {{task: string, number: number}} [callback]
 * @property {boolean} [isPlanned]
 * @property {number} [pollStatus]  the HTTP status of a poll that no fault hit
 */

export function Events({ task, detail, lines }) {
  const events = mergePolls(
    [...statusEvents(task), ...factEvents(detail), ...exchangeEvents(lines, task), ...callbackEvents(detail)].sort(
      (a, b) => a.at - b.at || a.rank - b.rank,
    ),
  );
  return html`<ol class="events" aria-label="Events of the task">
    ${events.map((event, place) => html`<${Row} key=${place} event=${event} from=${task.created_at} />`)}
  </ol>`;
}

function Row({ event, from }) {
  const hasHappened = useIsPast(event.at) && !event.isPlanned;
  const offset = event.at - from;
  const { number, callback } = event;
  return html`<li class=${hasHappened ? "" : "is-planned"}>
    <span class="number quiet" title=${formatTime(event.at)}>${offset < 0 ? "−" : "+"}${formatDuration(offset)}</span>
    ${icon(event.icon, 14)}
    <span class="event-text">${event.text}${hasHappened ? null : html`<span class="quiet"> planned</span>`}</span>
    ${
      number
        ? html`<button class="link" onClick=${() => update({ openExchange: number, leftPane: "journal" })}>
          #${number}
        </button>`
        : null
    }
    ${callback ? html`<button class="link" onClick=${() => update({ openCallback: callback })}>open</button>` : null}
  </li>`;
}

/** @returns {Generator<TaskEvent>} */
function* statusEvents(task) {
  for (const mark of task.marks) {
    yield { at: mark.at, rank: 2, icon: "chevron", text: html`<${Status} of=${mark.status} />` };
  }
  if (task.link_expires_at) {
    yield { at: task.link_expires_at, rank: 4, icon: "clock", text: "its links expire: downloads answer 403" };
  }
  yield { at: task.gone_at, rank: 5, icon: "trash", text: "its record is deleted" };
}

/** @returns {Generator<TaskEvent>} */
function* factEvents(detail) {
  for (const { fact, at, status } of detail?.facts ?? []) {
    if (fact === "forced") yield { at, rank: 1, icon: "wand", text: `changed by hand to ${status}` };
    if (fact === "cancelled") yield { at, rank: 1, icon: "slash", text: "cancelled by its creator" };
  }
}

/** @returns {Generator<TaskEvent>} */
function* exchangeEvents(lines, task) {
  for (const line of lines) {
    const { at, number, status, fault } = line;
    const isPoll = line.method === "GET" && line.path.endsWith(`/${nameOf(task)}`);
    const attempt = line.attempts > 1 ? `, attempt ${line.attempt} of ${line.attempts}` : "";
    const flag = fault ? html` <span class="flag is-fault">${icon("bolt", 12)}fault: ${fault}</span>` : null;
    yield {
      at,
      rank: 3,
      icon: isPoll ? "search" : "rows",
      number,
      pollStatus: isPoll && !fault ? status : undefined,
      text: html`${isPoll ? "polled" : operationOf(line)}${attempt} <${HttpStatus} status=${status} />${flag}`,
    };
  }
}

/** What an exchange that is not a poll did. */
function operationOf({ method, dialect }) {
  if (method === "POST") return "created";
  if (method === "DELETE") return "deleted";
  return dialect === "storage" ? "downloaded" : "requested";
}

/** @returns {Generator<TaskEvent>} */
function* callbackEvents(detail) {
  for (const [number, delivery] of (detail?.deliveries ?? []).entries()) {
    const callback = { task: detail.id, number };
    const title = `callback “${delivery.status}”`;
    for (const [place, { at, verdict, response_status: status }] of delivery.attempts.entries()) {
      const words = [title, verdict, status].filter(Boolean).join(" ");
      yield { at, rank: 4, icon: "send", callback, text: place ? `${words}, attempt ${place + 1}` : words };
    }
    if (delivery.state === "pending" && delivery.due !== null) {
      yield { at: delivery.due, rank: 4, icon: "send", callback, isPlanned: true, text: `${title} is sent` };
    }
  }
}

/**
 * Replace a long series of polls with the same answer by one event.
 *
 * @param {TaskEvent[]} events
 * @returns {TaskEvent[]}
 */
export function mergePolls(events) {
  const merged = [];
  for (let start = 0; start < events.length;) {
    const first = events[start];
    let end = start + 1;
    while (first.pollStatus !== undefined && events[end]?.pollStatus === first.pollStatus) end += 1;
    const count = end - start;
    const last = events[end - 1];
    if (count > MAX_SINGLE_POLLS) {
      const length = formatDuration(last.at - first.at);
      const text = html`polled ${count} times in ${length} <${HttpStatus} status=${first.pollStatus} />`;
      merged.push({ ...first, number: last.number, text });
    } else merged.push(...events.slice(start, end));
    start = end;
  }
  return merged;
}
