/** The timeline: a lane for each task, the newest on top. Left of now is what happened, right of it what is planned. */
import { classes, html, useEffect, useRef, useState } from "../lib.js";
import { fitSpan, setSpan } from "../state/actions.js";
import { filteredTasks } from "../state/filter.js";
import { SPANS, update, useStore, virtualNow } from "../state/store.js";
import { formatCount } from "../format/text.js";
import { Axis } from "./axis.js";
import { Empty } from "./empty.js";
import { Lane, Name } from "./lane.js";
import { NOW_SHARE, ROW_HEIGHT, useMotion, useRowWindow, useWidth } from "./motion.js";
import { showLife, useDragging, useScrollSync } from "./pan.js";

const FIT = "fit";
const SPAN_TITLES = ["30 s", "2 m", "10 m", "1 h", "6 h", "2 d"];

export function Timeline() {
  const total = useStore((state) => state.tasks.size);
  return html`<section class=${classes("timeline", !total && "is-empty")} aria-label="Task timeline">
    ${total ? html`<${Lanes} />` : html`<${Empty} />`}
  </section>`;
}

function Lanes() {
  const tasks = useStore(filteredTasks);
  const span = useStore((state) => state.span);
  const pan = useStore((state) => state.pan);
  const selected = useStore((state) => state.selected);
  const clock = useStore((state) => state.clock);
  const tracks = useRef(null);
  const layer = useRef(null);
  const scroll = useRef(null);
  const width = useWidth(tracks);
  const rate = Math.max(1, width * NOW_SHARE) / span;
  const [origin, setOrigin] = useState(virtualNow());
  const place = selected ? tasks.findIndex((task) => task.id === selected) : -1;
  const [from, until] = useRowWindow(scroll, tasks.length);
  useMotion(layer, { clock, origin, rate, width, pan }, () => setOrigin(virtualNow()));
  useDragging(tracks, rate);
  useEffect(() => showLife(tasks[place], span), [selected]);
  useScrollSync(scroll, tasks, span);
  return html`
    <div class="timeline-head">
      <div class="timeline-corner"><h2>Tasks</h2><${SpanMenu} span=${span} /></div>
      <${Axis} width=${width} rate=${rate} pan=${pan} />
    </div>
    <div class="timeline-scroll" ref=${scroll}>
      <ol class="names" aria-label="Tasks, newest first">
        ${tasks.map((task) => html`<${Name} key=${task.id} task=${task} selected=${task.id === selected} />`)}
        <${OlderCount} />
      </ol>
      <div class="tracks" ref=${tracks} aria-hidden="true">
        ${place < 0 ? null : html`<i class="chosen" style=${{ top: `${place * ROW_HEIGHT}px` }}></i>`}
        <div class="layer" ref=${layer}>
          <div style=${{ height: `${from * ROW_HEIGHT}px` }}></div>
          ${tasks
            .slice(from, until)
            .map((task) => html`<${Lane} key=${task.id} task=${task} origin=${origin} rate=${rate} />`)}
        </div>
      </div>
    </div>
    <div class="cover" style=${{ "--now": `${width * NOW_SHARE + pan * rate}px` }} aria-hidden="true">
      <i class="future"></i>
      <i class="now-line"></i>
    </div>
    ${tasks.length ? null : html`<${NothingMatches} />`}
  `;
}

/** What is shown instead of tasks when none matches the filter. */
export const NothingMatches = () => html`<p class="nothing">
  No task matches the filter.${" "}
  <button class="link" onClick=${() => update({ filter: "" })}>Show all</button>
</p>`;

/** How many tasks exist besides the newest, which are the only ones shown. */
function OlderCount() {
  const count = useStore((state) => Object.values(state.olderCounts).reduce((sum, each) => sum + each, 0));
  return count ? html`<li class="older quiet">and ${formatCount(count)} older ones</li>` : null;
}

/** The menu of how much of the past is shown. */
function SpanMenu({ span }) {
  const onChange = ({ target: { value } }) => (value === FIT ? fitSpan() : setSpan(Number(value)));
  return html`<label class="spans">
    <span class="unseen">Shown part of the past</span>
    <select value=${String(span)} onChange=${onChange}>
      <option value=${FIT}>fit to tasks</option>
      ${SPANS.map((each, place) => html`<option key=${each} value=${String(each)}>last ${SPAN_TITLES[place]}</option>`)}
    </select>
  </label>`;
}
