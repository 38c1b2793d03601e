/** Every exchange of the world, live and filtered; retries and faults are marked. One can be opened. */
import { formatLatency, formatTime } from "../format/time.js";
import { Fragment, html, memo, useMemo, useState } from "../lib.js";
import { findTask, update, useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { List } from "../ui/list.js";
import { HttpStatus, Middle, httpClass } from "../ui/status.js";
import { ExchangeDetail } from "./journal/exchange.js";
import { useLines } from "./journal/lines.js";

/** @typedef {import("../state/store.js").Line} Line */

const NO_FILTER = { text: "", method: "", status: "", dialect: "", faultsOnly: false };
const METHODS = ["POST", "GET", "DELETE"];
const STATUS_FILTERS = { "2xx": "2xx", "4xx": "4xx", "5xx": "5xx", none: "no response", bad: "all but 2xx" };

/** The filter, kept while another pane is shown. */
let savedFilter = NO_FILTER;

export function Journal() {
  const { lines, attempts } = useLines();
  const [filter, setFilterState] = useState(savedFilter);
  const setFilter = (next) => setFilterState((savedFilter = next));
  const [follow, setFollow] = useState(true);
  const [lastOpened, setLastOpened] = useState(/** @type {number|undefined} */ (undefined));
  const number = useStore((state) => state.openExchange);
  const shown = useMemo(() => lines.filter(lineFilter(filter)), [lines, filter]);
  const close = () => {
    setLastOpened(number ?? undefined);
    update({ openExchange: null });
  };
  if (number) return html`<${ExchangeDetail} number=${number} attempts=${attempts} close=${close} />`;
  if (!lines.length) return html`<p class="nothing">Requests to the emulated API appear here as they arrive.</p>`;
  return html`<${Fragment}>
    <${Filters} lines=${lines} filter=${filter} setFilter=${setFilter} follow=${follow} setFollow=${setFollow} />
    ${
      shown.length
        ? html`<${List}
          label="Requests"
          items=${shown}
          keyOf=${keyOf}
          rowClass=${rowClass}
          lastOpened=${lastOpened}
          follow=${follow}
          setFollow=${setFollow}
          row=${(line) => html`<${Row} line=${line} attempts=${attempts.get(line.first)} />`}
          onOpen=${(line) => update({ openExchange: line.number })}
        />`
        : html`<p class="nothing">
          None of ${lines.length} requests matches.${" "}
          <button class="link" onClick=${() => setFilter(NO_FILTER)}>Show all</button>
        </p>`
    }
  <//>`;
}

const keyOf = (line) => line.number;
const rowClass = (line) => (line.fault ? "is-struck" : line.attempt > 1 ? "is-retry" : "");

/**
 * The predicate of a filter.
 *
 * @param {typeof NO_FILTER} filter
 * @returns {(line: Line) => boolean}
 */
export function lineFilter({ text, method, status, dialect, faultsOnly }) {
  const word = text.trim().toLowerCase();
  return (line) =>
    (!method || line.method === method) &&
    (!status || matchesStatus(line, status)) &&
    (!dialect || line.dialect === dialect) &&
    (!faultsOnly || Boolean(line.fault)) &&
    (!word || searchText(line).includes(word));
}

const matchesStatus = (/** @type {Line} */ line, /** @type {string} */ status) =>
  status === "bad" ? httpClass(line.status) !== "2xx" : httpClass(line.status) === status;

/** @param {Line} line */
function searchText(line) {
  const task = line.task ? findTask(line.task) : undefined;
  const prompt = line.prompt ?? task?.prompt;
  const model = line.model ?? task?.model;
  const words = [line.number, line.path, line.task, task?.id, prompt, model, line.rule, line.fault];
  return words.filter(Boolean).join(" ").toLowerCase();
}

function Filters({ lines, filter, setFilter, follow, setFollow }) {
  const dialects = useMemo(() => [...new Set(lines.map((line) => line.dialect))].sort(), [lines]);
  const set = (name) => (event) => setFilter({ ...filter, [name]: event.target.value });
  return html`<div class="bar-filters" role="group" aria-label="Filter requests">
    <input
      type="search"
      aria-label="Text in requests"
      placeholder="path, task, prompt"
      spellcheck=${false}
      value=${filter.text}
      onInput=${set("text")}
    />
    <select aria-label="Method" value=${filter.method} onChange=${set("method")}>
      <option value="">method</option>
      ${METHODS.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select>
    <select aria-label="Status of requests" value=${filter.status} onChange=${set("status")}>
      <option value="">status</option>
      ${Object.entries(STATUS_FILTERS).map(
        ([name, title]) => html`<option key=${name} value=${name}>${title}</option>`,
      )}
    </select>
    <select aria-label="Requests in dialect" value=${filter.dialect} onChange=${set("dialect")}>
      <option value="">dialect</option>
      ${dialects.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select>
    <button
      class="button is-small"
      aria-pressed=${filter.faultsOnly}
      onClick=${() => setFilter({ ...filter, faultsOnly: !filter.faultsOnly })}
      aria-label="Only faults"
      title="Only requests that were hit by a fault"
    >
      ${icon("bolt", 14)}
    </button>
    <button
      class="button is-small"
      aria-pressed=${follow}
      onClick=${() => setFollow(!follow)}
      aria-label="Follow"
      title="Keep the newest request in view"
    >
      ${icon("down", 14)}
    </button>
  </div>`;
}

const Row = memo(
  ({ line, attempts }) => html`
    <time>${formatTime(line.at)}</time>
    <b class="method">${line.method}</b>
    <span class="path" title=${line.path}><${Middle} text=${line.path} /></span>
    ${line.dialect === "ark" ? null : html`<span class="tag wide">${line.dialect}</span>`}
    ${
      attempts > 1
        ? html`<span class="flag" title="The same request, sent again after it failed">
          ${icon("next", 12)}
          <span class="unseen">attempt </span>
          ${line.attempt}/${attempts}
        </span>`
        : null
    }
    ${
      line.fault
        ? html`<span class="flag is-fault" title=${`Fault: ${line.fault}`}>
          ${icon("bolt", 12)}
          <span class="unseen">fault</span>
        </span>`
        : null
    }
    <span class="took">${formatLatency(line.took)}</span>
    <${HttpStatus} status=${line.status} />
  `,
);
