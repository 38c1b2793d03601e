/** Every exchange of the world, live: filters, retries and faults marked, each to be opened. */
import { Fragment, html, memo, useMemo, useState } from "../lib.js";
import { icon } from "../ui/icons.js";
import { taskOf, update, useStore } from "../state/store.js";
import { timeOfDay } from "../format/time.js";
import { Opened } from "./journal/exchange.js";
import { useLines } from "./journal/merge_lines.js";
import { Code, Middle, classOf, took } from "../ui/code.js";
import { List } from "../ui/list.js";

const EVERY = { text: "", method: "", status: "", dialect: "", faulty: false };
const METHODS = ["POST", "GET", "DELETE"];
const CLASSES = { "2xx": "2xx", "4xx": "4xx", "5xx": "5xx", none: "no reply", bad: "all but 2xx" };

/** The filter outlasts a look at another pane. */
let kept = EVERY;

export function Journal() {
  const { lines, tries } = useLines();
  const [filter, choose] = useState(kept);
  const setFilter = (wanted) => choose((kept = wanted));
  const [follow, setFollow] = useState(true);
  const [came, setCame] = useState(null);
  const exchange = useStore((state) => state.exchange);
  const shown = useMemo(() => lines.filter(testOf(filter)), [lines, filter]);
  const close = () => {
    setCame(exchange);
    update({ exchange: null });
  };
  if (exchange) return html`<${Opened} number=${exchange} tries=${tries} close=${close} />`;
  if (!lines.length) return html`<p class="nothing">Requests to the emulated API appear here as they come in.</p>`;
  return html`<${Fragment}>
    <${Filters} lines=${lines} filter=${filter} setFilter=${setFilter} follow=${follow} setFollow=${setFollow} />
    ${
      shown.length
        ? html`<${List}
          label="Requests"
          items=${shown}
          keyOf=${keyOf}
          tone=${toneOf}
          opened=${came ?? undefined}
          follow=${follow}
          setFollow=${setFollow}
          row=${(line) => html`<${Row} line=${line} tries=${tries.get(line.first)} />`}
          open=${(line) => update({ exchange: line.number })}
        />`
        : html`<p class="nothing">
          None of ${lines.length} requests fits.${" "}
          <button class="link" onClick=${() => setFilter(EVERY)}>Show all</button>
        </p>`
    }
  <//>`;
}

const keyOf = (line) => line.number;
const toneOf = (line) => (line.fault ? "is-struck" : line.attempt > 1 ? "is-retry" : "");

function testOf({ text, method, status, dialect, faulty }) {
  const word = text.trim().toLowerCase();
  return (line) =>
    (!method || line.method === method) &&
    (!status || (status === "bad" ? classOf(line.status) !== "2xx" : classOf(line.status) === status)) &&
    (!dialect || line.dialect === dialect) &&
    (!faulty || line.fault) &&
    (!word || wordsOf(line).includes(word));
}

function wordsOf(line) {
  const task = line.task ? taskOf(line.task) : undefined;
  const words = [
    line.number,
    line.path,
    line.task,
    task?.id,
    line.prompt ?? task?.prompt,
    line.model ?? task?.model,
    line.rule,
    line.fault,
  ];
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
      ${Object.entries(CLASSES).map(([name, title]) => html`<option key=${name} value=${name}>${title}</option>`)}
    </select>
    <select aria-label="Requests in dialect" value=${filter.dialect} onChange=${set("dialect")}>
      <option value="">dialect</option>
      ${dialects.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
    </select>
    <button
      class="button is-small"
      aria-pressed=${filter.faulty}
      onClick=${() => setFilter({ ...filter, faulty: !filter.faulty })}
      aria-label="Only faults"
      title="Only requests that a fault struck"
    >
      ${icon("bolt", 14)}
    </button>
    <button
      class="button is-small"
      aria-pressed=${follow}
      onClick=${() => setFollow(!follow)}
      aria-label="Follow"
      title="Keep the newest request in sight"
    >
      ${icon("down", 14)}
    </button>
  </div>`;
}

const Row = memo(
  ({ line, tries }) => html`
    <time>${timeOfDay(line.at)}</time>
    <b class="method">${line.method}</b>
    <span class="path" title=${line.path}><${Middle} text=${line.path} /></span>
    ${line.dialect === "ark" ? null : html`<span class="tag wide">${line.dialect}</span>`}
    ${
      tries > 1
        ? html`<span class="flag" title="The same request, sent again after it failed">
          ${icon("next", 12)}
          <span class="unseen">attempt </span>
          ${line.attempt}/${tries}
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
    <span class="took">${took(line.took)}</span>
    <${Code} status=${line.status} />
  `,
);
