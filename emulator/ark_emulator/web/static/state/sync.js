/**
 * From the server to the state: the first look at a world, then every event. A task's whole life is known in advance, so
 * most events need no question; what the plan did not foresee makes the task be asked for again, many in one request.
 */
import { api, Problem } from "./api.js";
import { LINES, TASKS, getState, taskOf, update } from "./store.js";
import { listen } from "./stream.js";

/** Milliseconds in which tasks to be asked for are gathered. */
const GATHER = 120;
const TICKS = 120;
/** Milliseconds between two looks at a whole world at least, and how many times as long as the last one took. */
const LEAST = 1_000;
const RESTS = 10;

let end = () => {};
let round = 0;
let looked = -Infinity;
let took = 0;
let gathering = 0;
let stale = new Set();

/** Look at the chosen world afresh, and follow it from there. */
export async function start() {
  end();
  const mine = ++round;
  stale = new Set();
  const began = performance.now();
  let seen;
  try {
    seen = await api.overview();
  } catch (error) {
    if (mine !== round) return;
    const gone = error instanceof Problem && error.code === "unknown_world";
    const asked = error instanceof Problem && error.status === 401;
    update({ phase: asked ? "token" : gone ? "gone" : "lost" });
    if (!asked && !gone) setTimeout(() => mine === round && start(), 2_000);
    return;
  }
  if (mine !== round) return;
  looked = performance.now();
  took = looked - began;
  update({ ...overviewed(seen), phase: "live" });
  end = listen(
    seen.event,
    (events) => mine === round && heard(events),
    (phase) => mine === round && stands(phase),
  );
}

/** Whoever was away looks afresh: the server may be another one by now, whose events are numbered from one again. */
function stands(phase) {
  const before = getState().phase;
  if (phase === "live" && (before === "lost" || before === "away")) afresh();
  else if (phase !== before) update({ phase });
}

function overviewed(seen) {
  const tasks = new Map(seen.items.map((task) => [task.id, task]));
  const known = Object.groupBy ? Object.groupBy(seen.items, (task) => task.status) : grouped(seen.items);
  const older = {};
  for (const [status, count] of Object.entries(seen.counts)) older[status] = count - (known[status]?.length ?? 0);
  const { selected } = getState();
  return {
    tasks,
    names: namesOf(tasks),
    older,
    clock: { ...seen.clock, read: performance.now() },
    scenario: seen.scenario,
    worlds: seen.worlds,
    callbacks: seen.callbacks,
    faults: seen.faults,
    exchanges: seen.exchanges,
    selected: selected && tasks.has(selected) ? selected : null,
    news: getState().news + 1,
  };
}

function grouped(items) {
  const found = {};
  for (const task of items) (found[task.status] ??= []).push(task);
  return found;
}

const namesOf = (tasks) =>
  new Map([...tasks.values()].filter((task) => task.alias).map((task) => [task.alias, task.id]));

/** Take in events that came together; the state is changed once. */
function heard(events) {
  if (events.some((event) => event.kind === "resync" || event.kind === "reset")) {
    const emptied = events.some((event) => event.kind === "reset");
    if (emptied) update({ journal: [], selected: null, exchange: null, callback: null });
    (emptied ? start : afresh)();
    return;
  }
  const before = getState();
  const draft = { ...before, changed: new Map(), lines: [] };
  for (const event of events) {
    (HEARD[event.kind] ?? (() => {}))(draft, event);
    follow(draft, event);
  }
  const { changed, lines, ...after } = draft;
  if (changed.size) {
    after.tasks = new Map(before.tasks);
    for (const [id, task] of changed) {
      if (task) after.tasks.set(id, task);
      else after.tasks.delete(id);
    }
    if (after.selected && !after.tasks.has(after.selected)) after.selected = null;
  }
  if (lines.length) after.journal = [...before.journal, ...lines].slice(-LINES);
  update(after, { calm: true });
}

/** Look afresh, but not all the time: a world where more happens than can be told is costly to look at. */
function afresh() {
  const mine = round;
  const wait = looked + Math.max(LEAST, took * RESTS) - performance.now();
  if (wait <= 0) start();
  else setTimeout(() => mine === round && start(), wait);
}

/** A clock that does not flow stands where the last event was. */
function follow(draft, event) {
  if (draft.clock.mode !== "live" && event.at > draft.clock.now) {
    draft.clock = { ...draft.clock, now: event.at, read: performance.now() };
  }
}

/** What each kind of event changes. */
const HEARD = {
  accepted: (draft, { task }) => ask(task),
  move(draft, { task, status, at }) {
    const known = current(draft, task);
    if (!known?.marks.some((mark) => mark.status === status && Math.abs(mark.at - at) < 0.01)) ask(task);
    if (known) draft.changed.set(known.id, { ...known, status });
  },
  callback(draft, { task }) {
    draft.news += 1;
    ask(task);
  },
  callbacks(draft, { paused }) {
    draft.callbacks = { ...draft.callbacks, paused };
    draft.news += 1;
  },
  erased(draft, { task }) {
    const known = current(draft, task);
    if (known) draft.changed.set(known.id, null);
  },
  exchange(draft, event) {
    draft.lines.push(event);
    draft.exchanges += 1;
    const known = event.task ? current(draft, event.task) : undefined;
    if (!known) return;
    let next = known;
    if (event.method === "GET" && event.path.endsWith(`/${event.task}`)) {
      next = { ...next, ticks: [...(next.ticks ?? []), event.at].slice(-TICKS) };
    }
    if (event.fault) {
      next = { ...next, faults: [...(next.faults ?? []), { at: event.at, fault: event.fault, number: event.number }] };
    }
    if (next !== known) draft.changed.set(known.id, next);
    if (known.waits || event.method === "DELETE") ask(known.id);
  },
  clock(draft, { now, mode, speed }) {
    draft.clock = { now, mode, speed, read: performance.now() };
  },
  scenario(draft, { name }) {
    draft.scenario = name;
    again();
  },
  faults(draft, { total }) {
    draft.faults = total;
  },
};

function current(draft, name) {
  const task = taskOf(name, draft);
  return task && (draft.changed.has(task.id) ? draft.changed.get(task.id) : task);
}

/** A scenario may have brought another clock. */
async function again() {
  const mine = round;
  const { clock } = await api.tasks([]).catch(() => ({}));
  if (clock && mine === round) update({ clock: { ...clock, read: performance.now() } });
}

/** Ask for a task soon. */
export function ask(id) {
  stale.add(id);
  gathering ||= setTimeout(fetchStale, GATHER);
}

async function fetchStale() {
  gathering = 0;
  const wanted = [...stale].slice(0, 200);
  const mine = round;
  for (const id of wanted) stale.delete(id);
  if (stale.size) gathering = setTimeout(fetchStale, GATHER);
  const seen = await api.tasks(wanted).catch(() => null);
  if (!seen || mine !== round) return;
  update((state) => merged(state, seen), { calm: true });
}

function merged(state, { items, missing }) {
  // They were asked for in the order in which they came: of those of one moment, the last is the newest.
  const fresh = items.filter((task) => !state.tasks.has(task.id)).reverse();
  const tasks = new Map(fresh.sort((one, other) => other.created_at - one.created_at).map((task) => [task.id, task]));
  const renewed = new Map(items.map((task) => [task.id, task]));
  for (const [id, task] of state.tasks) {
    if (!missing.includes(id)) tasks.set(id, renewed.get(id) ?? task);
  }
  const older = { ...state.older };
  for (const id of [...tasks.keys()].slice(TASKS)) {
    const { status } = tasks.get(id);
    older[status] = (older[status] ?? 0) + 1;
    tasks.delete(id);
  }
  const selected = state.selected && tasks.has(state.selected) ? state.selected : null;
  return { tasks, names: namesOf(tasks), older, selected };
}
