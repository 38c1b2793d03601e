/**
 * How overviews and events of the server change the state. Nothing here talks to the server: each function returns the
 * changed state, and the ids of tasks that must be loaded again.
 *
 * @typedef {import("./store.js").State} State
 * @typedef {import("./store.js").Line} Line
 * @typedef {import("../task.js").Task} Task
 * @typedef {{kind: string, at: number, [name: string]: any}} ServerEvent
 *
 * @typedef {object} Changes  what a batch of events comes to, until it is written to the state
 * @property {State} state
 * @property {Map<string, Task|null>} tasks  changed tasks by upstream id; null for a deleted one
 * @property {Line[]} lines
 * @property {Set<string>} reload  ids of tasks to load again
 * @property {boolean} reloadClock
 * @property {number} readAt  `performance.now()` of this batch
 */
import { MAX_LINES, MAX_TASKS, findTask } from "./store.js";
import { countByStatus } from "../task.js";

/** Polls of one task that are kept for the timeline. */
const MAX_POLLS = 120;
/** Seconds by which a planned status and the event that reports it may differ. */
const TOLERANCE = 0.01;

/**
 * The state after the first look at a world, or another complete one.
 *
 * @param {State} state
 * @param {any} overview
 * @param {number} readAt
 * @returns {Partial<State>}
 */
export function applyOverview(state, overview, readAt) {
  /** @type {Map<string, Task>} */
  const tasks = new Map(overview.items.map((/** @type {Task} */ task) => [task.id, task]));
  const shown = countByStatus(tasks.values());
  /** @type {Record<string, number>} */
  const olderCounts = {};
  for (const [status, count] of Object.entries(overview.counts)) olderCounts[status] = count - (shown[status] ?? 0);
  return {
    tasks,
    aliases: aliasesOf(tasks),
    olderCounts,
    clock: { ...overview.clock, readAt },
    scenario: overview.scenario,
    worlds: overview.worlds,
    callbacks: overview.callbacks,
    faults: overview.faults,
    exchanges: overview.exchanges,
    selected: state.selected && tasks.has(state.selected) ? state.selected : null,
    callbackEvents: state.callbackEvents + 1,
  };
}

/**
 * The state with summaries of tasks that were loaded again; the oldest tasks beyond `MAX_TASKS` are only counted.
 *
 * @param {State} state
 * @param {{items: Task[], missing: string[]}} loaded
 * @returns {Partial<State>}
 */
export function applyTasks(state, { items, missing }) {
  // Tasks of the same moment arrive in the order of their creation; the newest comes first here.
  const added = items.filter((task) => !state.tasks.has(task.id)).reverse();
  const tasks = new Map(added.sort((a, b) => b.created_at - a.created_at).map((task) => [task.id, task]));
  const renewed = new Map(items.map((task) => [task.id, task]));
  for (const [id, task] of state.tasks) {
    if (!missing.includes(id)) tasks.set(id, renewed.get(id) ?? task);
  }
  const olderCounts = { ...state.olderCounts };
  for (const [id, { status }] of [...tasks].slice(MAX_TASKS)) {
    olderCounts[status] = (olderCounts[status] ?? 0) + 1;
    tasks.delete(id);
  }
  const selected = state.selected && tasks.has(state.selected) ? state.selected : null;
  return { tasks, aliases: aliasesOf(tasks), olderCounts, selected };
}

/** @param {Map<string, Task>} tasks */
const aliasesOf = (tasks) =>
  new Map([...tasks.values()].flatMap((task) => (task.alias ? [[task.alias, task.id]] : [])));

/**
 * The state after a batch of events.
 *
 * The plan of a task is known in advance, so most events need no request. A task whose plan did not foresee an event is
 * returned in `reload`.
 *
 * @param {State} before
 * @param {ServerEvent[]} events
 * @param {number} readAt
 * @returns {{state: State, reload: Set<string>, reloadClock: boolean}}
 */
export function applyEvents(before, events, readAt) {
  /** @type {Changes} */
  const changes = {
    state: { ...before },
    tasks: new Map(),
    lines: [],
    reload: new Set(),
    reloadClock: false,
    readAt,
  };
  for (const event of events) {
    REDUCERS[event.kind]?.(changes, event);
    followClock(changes, event);
  }
  const { state, reload, reloadClock } = changes;
  if (changes.tasks.size) {
    state.tasks = new Map(before.tasks);
    for (const [id, task] of changes.tasks) {
      if (task) state.tasks.set(id, task);
      else state.tasks.delete(id);
    }
    if (state.selected && !state.tasks.has(state.selected)) state.selected = null;
  }
  if (changes.lines.length) state.journal = [...before.journal, ...changes.lines].slice(-MAX_LINES);
  return { state, reload, reloadClock };
}

/**
 * Set a clock that is not live to the time of the event.
 *
 * @param {Changes} changes
 * @param {ServerEvent} event
 */
function followClock({ state, readAt }, event) {
  if (state.clock.mode !== "live" && event.at > state.clock.now) {
    state.clock = { ...state.clock, now: event.at, readAt };
  }
}

/** @type {Record<string, (changes: Changes, event: ServerEvent) => void>} what each kind of event changes */
const REDUCERS = {
  accepted({ reload }, { task }) {
    reload.add(task);
  },
  move(changes, { task, status, at }) {
    const known = knownTask(changes, task);
    const isPlanned = known?.marks.some((mark) => mark.status === status && Math.abs(mark.at - at) < TOLERANCE);
    if (!isPlanned) changes.reload.add(task);
    if (known) changes.tasks.set(known.id, { ...known, status });
  },
  callback({ state, reload }, { task }) {
    state.callbackEvents += 1;
    reload.add(task);
  },
  callbacks({ state }, { paused }) {
    state.callbacks = { ...state.callbacks, paused };
    state.callbackEvents += 1;
  },
  erased(changes, { task }) {
    const known = knownTask(changes, task);
    if (known) changes.tasks.set(known.id, null);
  },
  exchange(changes, event) {
    changes.lines.push(/** @type {any} */ (event));
    changes.state.exchanges += 1;
    const known = event.task ? knownTask(changes, event.task) : undefined;
    if (!known) return;
    const next = withExchange(known, event);
    if (next !== known) changes.tasks.set(known.id, next);
    if (known.waits || event.method === "DELETE") changes.reload.add(known.id);
  },
  clock({ state, readAt }, { now, mode, speed }) {
    state.clock = { now, mode, speed, readAt };
  },
  scenario(changes, { name }) {
    changes.state.scenario = name;
    // A scenario may bring another clock.
    changes.reloadClock = true;
  },
  faults({ state }, { total }) {
    state.faults = total;
  },
  // These change nothing that the state contains: the plan of a task already has its expiry and timeout, and a gateway
  // still shows a task whose record at Ark was deleted.
  expiry() {},
  timeout() {},
  deleted() {},
};

/**
 * The task with the poll and the fault of an exchange about it.
 *
 * @param {Task} task
 * @param {ServerEvent} event
 * @returns {Task}
 */
function withExchange(task, event) {
  let next = task;
  if (event.method === "GET" && event.path.endsWith(`/${event.task}`)) {
    next = { ...next, ticks: [...(next.ticks ?? []), event.at].slice(-MAX_POLLS) };
  }
  if (event.fault) {
    next = { ...next, faults: [...(next.faults ?? []), { at: event.at, fault: event.fault, number: event.number }] };
  }
  return next;
}

/**
 * The task as the earlier events of this batch left it.
 *
 * @param {Changes} changes
 * @param {string} name
 */
function knownTask({ state, tasks }, name) {
  const task = findTask(name, state);
  return task && (tasks.has(task.id) ? tasks.get(task.id) : task);
}
