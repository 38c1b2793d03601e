/**
 * The timeline: a lane for each task, newest on top. Lanes are drawn once, at their place in virtual time, within one
 * layer; as time goes on, only that layer is moved, and a hatched pane stands over what is still to come.
 */
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";
import { fit, next, pauseOrResume, setSpan } from "../state/actions.js";
import { Empty } from "./empty.js";
import { shownTasks } from "../state/filter.js";
import { Lane, Name } from "./lane.js";
import { isFinal } from "../ui/status.js";
import { SPANS, getState, update, useStore } from "../state/store.js";
import { flows, lengthOf, virtualNow } from "../format/time.js";

/** Where now is, as a share of the width. */
const NOW = 0.72;
const FIT = "fit";
const SPAN_NAMES = ["30 s", "2 m", "10 m", "1 h", "6 h", "2 d"];
/** Pixels by which the layer may be moved before lanes are drawn around another origin. */
const FAR = 100_000;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, 86_400];
const LEAST_STEP = 84;
/** Pixels that a row is high, as the styles have it (`--row`). */
const ROW = 28;
/** Pixels that the mouse is moved before that counts as dragging. */
const GRIP = 4;
/** Milliseconds after which scrolling has come to rest. */
const SETTLES = 150;
/** Pixels by which the layer is moved at least. */
const NUDGE = 0.5;
/** Milliseconds of a frame. */
const FRAME = 17;
/** Rows by which the window of drawn lanes moves; as many are drawn above and below what is seen. */
const JUMP = 10;

export function Timeline() {
  const total = useStore((state) => state.tasks.size);
  return html`<section class=${classes("timeline", !total && "is-empty")} aria-label="Task timeline">
    ${total ? html`<${Lanes} />` : html`<${Empty} />`}
  </section>`;
}

function Lanes() {
  const tasks = useStore(shownTasks);
  const span = useStore((state) => state.span);
  const pan = useStore((state) => state.pan);
  const selected = useStore((state) => state.selected);
  const clock = useStore((state) => state.clock);
  const stage = useRef(null);
  const layer = useRef(null);
  const scroll = useRef(null);
  const width = useWidth(stage);
  const rate = Math.max(1, width * NOW) / span;
  const [origin, setOrigin] = useState(virtualNow());
  const chosen = selected ? tasks.findIndex((task) => task.id === selected) : -1;
  const [from, until] = useWindow(scroll, tasks.length);
  useMotion(layer, { clock, origin, rate, width, pan }, () => setOrigin(virtualNow()));
  usePan(stage, rate);
  useEffect(() => bringIntoSight(tasks[chosen], span), [selected]);
  useCompany(scroll, tasks, span);
  const moved = { "--now": `${width * NOW + pan * rate}px` };
  return html`
    <div class="timeline-head">
      <div class="timeline-corner"><h2>Tasks</h2><${Spans} span=${span} /></div>
      <${Axis} width=${width} rate=${rate} pan=${pan} />
    </div>
    <div class="timeline-scroll" ref=${scroll}>
      <ol class="names" aria-label="Tasks, newest first">
        ${tasks.map((task) => html`<${Name} key=${task.id} task=${task} selected=${task.id === selected} />`)}
        <${Older} />
      </ol>
      <div class="tracks" ref=${stage} aria-hidden="true">
        ${chosen < 0 ? null : html`<i class="chosen" style=${{ top: `${chosen * ROW}px` }}></i>`}
        <div class="layer" ref=${layer}>
          <div style=${{ height: `${from * ROW}px` }}></div>
          ${tasks
            .slice(from, until)
            .map((task) => html`<${Lane} key=${task.id} task=${task} origin=${origin} rate=${rate} />`)}
        </div>
      </div>
    </div>
    <div class="cover" style=${moved} aria-hidden="true"><i class="future"></i><i class="now-line"></i></div>
    ${
      tasks.length
        ? null
        : html`<p class="nothing">
          No task fits the filter. <button class="link" onClick=${() => update({ filter: "" })}>Show all</button>
        </p>`
    }
  `;
}

/** How many tasks there are beside the newest, which alone are shown. */
function Older() {
  const count = useStore((state) => Object.values(state.older).reduce((sum, each) => sum + each, 0));
  return count ? html`<li class="older quiet">and ${count.toLocaleString("en")} older ones</li>` : null;
}

/** From when to when a task has lived so far. */
function lifeOf(task, now) {
  const past = task.marks.filter((mark) => mark.at <= now);
  const last = past[past.length - 1] ?? task.marks[0];
  return [task.created_at, isFinal(last.status) ? last.at : now];
}

/** Move the timeline so that the life of a task is seen, unless that of one of the tasks is. */
function bringIntoSight(task, span, tasks = [task]) {
  if (!task) return;
  const now = virtualNow();
  const left = now - span - getState().pan;
  const right = left + span / NOW;
  const isSeen = (each) => lifeOf(each, now)[1] >= left && lifeOf(each, now)[0] <= right;
  if (tasks.some(isSeen)) return;
  const [from, until] = lifeOf(task, now);
  update({ pan: Math.max(0, now - span - ((from + until) / 2 - span / NOW / 2)) });
}

/** Whoever scrolls down to older tasks goes back in time with them; at the top, now is in sight again. */
function useCompany(scroll, tasks, span) {
  const known = useRef({ tasks, span });
  known.current = { tasks, span };
  useEffect(() => {
    let timer = 0;
    const settled = () => {
      const { scrollTop, clientHeight } = scroll.current ?? {};
      if (scrollTop === 0) update({ pan: 0 });
      if (!scrollTop) return;
      const rows = known.current.tasks.slice(Math.floor(scrollTop / ROW), Math.ceil((scrollTop + clientHeight) / ROW));
      bringIntoSight(rows[rows.length >> 1], known.current.span, rows);
    };
    const scrolled = () => {
      clearTimeout(timer);
      timer = setTimeout(settled, SETTLES);
    };
    const element = scroll.current;
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      clearTimeout(timer);
      element.removeEventListener("scroll", scrolled);
    };
  }, []);
}

/** The choice of how much of the past is shown. */
const Spans = ({ span }) => html`<label class="spans">
  <span class="unseen">How much of the past is shown</span>
  <select
    value=${String(span)}
    onChange=${(event) => (event.target.value === FIT ? fit() : setSpan(Number(event.target.value)))}
  >
    <option value=${FIT}>fit to tasks</option>
    ${SPANS.map((each, place) => html`<option key=${each} value=${String(each)}>last ${SPAN_NAMES[place]}</option>`)}
  </select>
</label>`;

/** Times from now, at round places. They stand still while time goes on. */
function Axis({ width, rate, pan }) {
  const step = STEPS.find((each) => each * rate >= LEAST_STEP) ?? STEPS[STEPS.length - 1];
  const now = width * NOW + pan * rate;
  const places = [];
  for (let count = -Math.ceil(now / rate / step); count * step * rate + now <= width; count += 1) {
    const left = now + count * step * rate;
    if (left >= 24) places.push([count * step, left]);
  }
  return html`<div class="axis">
    ${places.map(
      ([seconds, left]) => html`<span key=${seconds} class=${seconds ? "" : "is-now"} style=${{ left: `${left}px` }}>
        ${seconds ? `${seconds > 0 ? "+" : "−"}${lengthOf(seconds)}` : "now"}
      </span>`,
    )}
    ${
      pan
        ? html`<button class="button back" onClick=${() => update({ pan: 0 })}>Back to now</button>`
        : html`<${Still} />`
    }
  </div>`;
}

/** The width of an element in pixels, as it changes. */
function useWidth(element) {
  const [width, setWidth] = useState(800);
  useLayoutEffect(() => {
    if (!element.current) return undefined;
    const watch = new ResizeObserver(([entry]) => setWidth(Math.round(entry.contentRect.width)));
    watch.observe(element.current);
    return () => watch.disconnect();
  }, []);
  return width;
}

/**
 * Which lanes are drawn: those that are seen, and some above and below. All names are there, for they are what is read
 * aloud and searched; lanes only draw what the table tells in words.
 */
function useWindow(scroll, count) {
  const [place, setPlace] = useState([0, 4 * JUMP]);
  useLayoutEffect(() => {
    const look = () => {
      const { scrollTop, clientHeight } = scroll.current;
      const first = Math.max(0, Math.floor(scrollTop / ROW / JUMP) - 1) * JUMP;
      const last = (Math.ceil((scrollTop + clientHeight) / ROW / JUMP) + 1) * JUMP;
      setPlace((before) => (before[0] === first && before[1] === last ? before : [first, last]));
    };
    look();
    scroll.current.addEventListener("scroll", look, { passive: true });
    const watch = new ResizeObserver(look);
    watch.observe(scroll.current);
    return () => {
      scroll.current?.removeEventListener("scroll", look);
      watch.disconnect();
    };
  }, []);
  return [Math.min(place[0], Math.max(0, count - JUMP)), place[1]];
}

/** Moves the layer as time goes on: at every frame, or four times a second for people who want less motion. */
function useMotion(layer, { clock, origin, rate, width, pan }, rebase) {
  useLayoutEffect(() => {
    if (!layer.current) return undefined;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let frame = 0;
    let timer = 0;
    let shown = NaN;
    const move = () => {
      const away = (virtualNow() - origin) * rate;
      if (Math.abs(away) > FAR) return rebase();
      const x = Math.round((width * NOW + pan * rate - away) / NUDGE) * NUDGE;
      if (x !== shown && layer.current) layer.current.style.transform = `translate3d(${x}px, 0, 0)`;
      shown = x;
      if (!flows(clock)) return undefined;
      // Where a nudge takes longer than a frame, there is nothing to do at most frames.
      const rest = Math.max((1_000 * NUDGE) / (rate * clock.speed), calm ? 250 : 0);
      if (rest > FRAME) timer = setTimeout(move, Math.min(rest, 1_000));
      else frame = requestAnimationFrame(move);
      return undefined;
    };
    move();
    return () => {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
    };
  }, [clock, origin, rate, width, pan]);
}

/** Back into the past and forth again: by a wheel to the side, by a wheel with shift, or by dragging. */
function usePan(stage, rate) {
  useEffect(() => {
    const element = stage.current;
    const by = (pixels) => update({ pan: Math.max(0, getState().pan + pixels / rate) });
    let grip = null;
    const turn = (event) => {
      const aside = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (!aside || (!event.shiftKey && Math.abs(aside) < Math.abs(event.deltaY))) return;
      event.preventDefault();
      by(-aside);
    };
    const hold = (event) => {
      grip = event.button === 0 ? { x: event.clientX, moved: false } : null;
    };
    const drag = (event) => {
      if (!grip || !(event.buttons & 1)) return;
      const pixels = event.clientX - grip.x;
      if (!grip.moved && Math.abs(pixels) < GRIP) return;
      if (!grip.moved) element.setPointerCapture(event.pointerId);
      grip = { x: event.clientX, moved: true };
      by(pixels);
    };
    const release = (event) => {
      if (grip?.moved) event.stopPropagation();
      grip = null;
    };
    element.addEventListener("wheel", turn, { passive: false });
    element.addEventListener("pointerdown", hold);
    element.addEventListener("pointermove", drag);
    element.addEventListener("click", release, { capture: true });
    return () => {
      element.removeEventListener("wheel", turn);
      element.removeEventListener("pointerdown", hold);
      element.removeEventListener("pointermove", drag);
      element.removeEventListener("click", release, { capture: true });
    };
  }, [rate]);
}

/** Where time stands still, tasks do too: that is said where people wait for them. */
function Still() {
  const mode = useStore((state) => state.clock.mode);
  const open = useStore((state) => [...state.tasks.values()].filter((task) => !isFinal(task.status)).length);
  if (mode === "live" || !open) return null;
  const told = mode === "frozen" ? "Time stands still" : "Time moves by polls";
  return html`<span class="still">
    <b>${told}</b>
    <button class="link" onClick=${next}>next event</button>
    <button class="link" onClick=${pauseOrResume}>run</button>
  </span>`;
}
