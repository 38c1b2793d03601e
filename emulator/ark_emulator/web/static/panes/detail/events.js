/** Everything that happened to the selected task and everything that is planned, in order. */
import { html } from "../../lib.js";
import { icon } from "../../ui/icons.js";
import { Status } from "../../ui/status.js";
import { update } from "../../state/store.js";
import { lengthOf, timeOfDay } from "../../format/time.js";
import { Code } from "../../ui/code.js";
import { usePast } from "../../ui/moment.js";

/** Polls in a row that are told as one. */
const ALIKE = 3;

export function Events({ task, inside, lines }) {
  const events = gathered([...ofLife(task, inside), ...ofExchanges(lines, task), ...ofCallbacks(inside)].sort(inOrder));
  return html`<ol class="events" aria-label="Events of the task">
    ${events.map((event, place) => html`<${Row} key=${place} event=${event} from=${task.created_at} />`)}
  </ol>`;
}

/** In the order of time; of one moment, what was asked comes before what came of it. */
const inOrder = (one, other) => one.at - other.at || one.rank - other.rank;

function Row({ event, from }) {
  const past = usePast(event.at);
  const after = event.at - from;
  return html`<li class=${past && !event.planned ? "" : "is-planned"}>
    <span class="number quiet" title=${timeOfDay(event.at)}>${after < 0 ? "−" : "+"}${lengthOf(after)}</span>
    ${icon(event.icon, 14)}
    <span class="event-text">
      ${event.told}
      ${past && !event.planned ? null : html`<span class="quiet"> planned</span>`}
    </span>
    ${
      event.number
        ? html`<button class="link" onClick=${() => update({ exchange: event.number, left: "journal" })}>
          #${event.number}
        </button>`
        : null
    }
    ${
      event.callback === undefined
        ? null
        : html`<button class="link" onClick=${() => update({ callback: event.callback })}>open</button>`
    }
  </li>`;
}

function* ofLife(task, inside) {
  for (const mark of task.marks)
    yield { at: mark.at, rank: 2, icon: "chevron", told: html`<${Status} of=${mark.status} />` };
  for (const fact of inside?.facts ?? []) {
    if (fact.fact === "forced") yield { at: fact.at, rank: 1, icon: "wand", told: `moved by hand to ${fact.status}` };
    if (fact.fact === "cancelled") yield { at: fact.at, rank: 1, icon: "slash", told: "cancelled by its creator" };
  }
  if (task.link_expires_at)
    yield { at: task.link_expires_at, rank: 4, icon: "clock", told: "its links expire: downloads answer 403" };
  yield { at: task.gone_at, rank: 5, icon: "trash", told: "its record is deleted" };
}

function* ofExchanges(lines, task) {
  for (const line of lines) {
    const asks = line.method === "GET" && line.path.endsWith(`/${task.alias ?? task.id}`);
    const what = asks
      ? "polled"
      : ({ POST: "created", DELETE: "deleted" }[line.method] ?? (line.dialect === "storage" ? "downloaded" : "asked"));
    const tries = line.attempts > 1 ? `, attempt ${line.attempt} of ${line.attempts}` : "";
    const fault = line.fault ? html` <span class="flag is-fault">${icon("bolt", 12)}fault: ${line.fault}</span>` : null;
    const alike = asks && !fault ? `${line.status}` : null;
    yield {
      at: line.at,
      rank: 3,
      icon: asks ? "search" : "rows",
      number: line.number,
      alike,
      status: line.status,
      told: html`${what}${tries} <${Code} status=${line.status} />${fault}`,
    };
  }
}

function* ofCallbacks(inside) {
  for (const [number, each] of (inside?.deliveries ?? []).entries()) {
    const callback = { task: inside.id, number };
    for (const [place, attempt] of each.attempts.entries()) {
      const retry = place ? `, attempt ${place + 1}` : "";
      yield {
        at: attempt.at,
        rank: 4,
        icon: "send",
        callback,
        told: `callback “${each.status}” ${attempt.verdict}${attempt.response_status ? ` ${attempt.response_status}` : ""}${retry}`,
      };
    }
    if (each.state === "pending" && each.due !== null)
      yield {
        at: each.due,
        rank: 4,
        icon: "send",
        callback,
        planned: true,
        told: `callback “${each.status}” goes out`,
      };
  }
}

/** Polls in a row that were answered alike become one line. */
function gathered(events) {
  const found = [];
  for (let place = 0; place < events.length;) {
    let end = place + 1;
    while (events[place].alike && events[end]?.alike === events[place].alike) end += 1;
    if (end - place > ALIKE) {
      const [first, last] = [events[place], events[end - 1]];
      found.push({
        ...first,
        number: last.number,
        told: html`polled ${end - place} times in ${lengthOf(last.at - first.at)} <${Code} status=${first.status} />`,
      });
    } else found.push(...events.slice(place, end));
    place = end;
  }
  return found;
}
