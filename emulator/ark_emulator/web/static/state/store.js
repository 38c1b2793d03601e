/**
 * The state of the page. Events and actions change it; components read it with `useStore` and render again when the
 * value they read changes. Every value in it is replaced, never changed in place.
 *
 * @typedef {import("../task.js").Task} Task
 * @typedef {{mode: "live"|"frozen"|"polls", now: number, speed: number, readAt: number}} Clock
 *   `readAt` is the value of `performance.now()` when the clock showed `now`.
 *
 * @typedef {object} Line  one exchange, as the event stream and the journal list it
 * @property {number} number
 * @property {number} at
 * @property {string} kind
 * @property {string} method
 * @property {string} path
 * @property {number} status
 * @property {string} dialect
 * @property {number} first  the number of the first attempt at the same request
 * @property {number} attempt
 * @property {number} [attempts]
 * @property {string} [task]
 * @property {string} [fault]
 * @property {string} [rule]
 * @property {string} [prompt]
 * @property {string} [model]
 * @property {number} [took]
 *
 * @typedef {"loading"|"live"|"reconnecting"|"hidden"|"token_required"|"world_missing"} Phase
 *
 * @typedef {object} State
 * @property {Phase} phase  the state of the connection to the server
 * @property {string} world  the world that is shown, "" for the default world
 * @property {string[]} worlds
 * @property {Clock} clock
 * @property {string} scenario
 * @property {Map<string, Task>} tasks  by upstream id, newest first, at most `MAX_TASKS`
 * @property {Map<string, string>} aliases  upstream ids by the ids that gateways issued
 * @property {Record<string, number>} olderCounts  how many tasks of each status exist that are not in `tasks`
 * @property {Line[]} journal  newest last, at most `MAX_LINES`
 * @property {{pending: number, delivered: number, failed: number, paused: boolean}} callbacks
 * @property {number} callbackEvents  how many callback events arrived: queries about callbacks depend on it
 * @property {number} faults  how many faults were injected
 * @property {number} exchanges
 * @property {string|null} selected  the upstream id of the selected task
 * @property {number|null} openExchange  the number of the exchange that the requests pane shows
 * @property {{task: string, number: number}|null} openCallback  the callback that the callbacks pane shows
 * @property {string} filter
 * @property {"timeline"|"table"} view
 * @property {number} span  seconds of the past that the timeline shows
 * @property {number} pan  seconds by which the timeline is moved into the past
 * @property {{name: string, props?: object}|null} drawer
 * @property {string} leftPane
 * @property {"auto"|"dark"|"light"} theme
 * @property {{id: number, text: string, kind: "ok"|"error"}[]} toasts
 */
import { isLive } from "../format/time.js";
import { useEffect, useLayoutEffect, useReducer, useRef } from "../lib.js";

/** Seconds of the past that the timeline can show. */
export const SPANS = [30, 120, 600, 3_600, 21_600, 172_800];
export const MAX_TASKS = 300;
export const MAX_LINES = 500;
/** Minimum milliseconds between two renderings caused by events; actions of the user are shown in the next frame. */
const BATCH_INTERVAL = 150;

/** @type {State} */
const initialState = {
  phase: "loading",
  world: "",
  worlds: [],
  clock: { mode: "frozen", now: 0, speed: 1, readAt: 0 },
  scenario: "",
  tasks: new Map(),
  aliases: new Map(),
  olderCounts: {},
  journal: [],
  callbacks: { pending: 0, delivered: 0, failed: 0, paused: false },
  callbackEvents: 0,
  faults: 0,
  exchanges: 0,
  selected: null,
  openExchange: null,
  openCallback: null,
  filter: "",
  view: loadPreference("view", "timeline"),
  span: Number(loadPreference("span", "120")),
  pan: 0,
  drawer: null,
  leftPane: "journal",
  theme: loadPreference("theme", "auto"),
  toasts: [],
};

let state = initialState;
let frame = 0;
let timer = 0;
let renderedAt = 0;
/** @type {Set<() => void>} */
const listeners = new Set();

/** The current state. */
export const getState = () => state;

/**
 * Change the state. `patch` holds the values that change, or computes them from the state.
 *
 * @param {Partial<State> | ((state: State) => Partial<State>)} patch
 * @param {{batch?: boolean}} [options]  batch: render together with changes that follow shortly
 */
export function update(patch, { batch = false } = {}) {
  state = { ...state, ...(typeof patch === "function" ? patch(state) : patch) };
  const wait = batch ? BATCH_INTERVAL - (performance.now() - renderedAt) : 0;
  if (wait > 0) timer ||= setTimeout(scheduleFrame, wait);
  else scheduleFrame();
}

function scheduleFrame() {
  clearTimeout(timer);
  timer = 0;
  frame ||= requestAnimationFrame(notifyListeners);
}

function notifyListeners() {
  frame = 0;
  renderedAt = performance.now();
  for (const listener of [...listeners]) listener();
}

/**
 * Return what `select` computes from the state, and render the component again when that value changes.
 *
 * @template T
 * @param {(state: State) => T} select
 * @returns {T}
 */
export function useStore(select) {
  const [, rerender] = useReducer((/** @type {number} */ count) => count + 1, 0);
  const value = select(state);
  const last = useRef({ select, value });
  useLayoutEffect(() => {
    last.current = { select, value };
  });
  useEffect(() => {
    const listener = () => {
      if (!Object.is(last.current.select(state), last.current.value)) rerender(undefined);
    };
    listeners.add(listener);
    listener();
    return () => {
      listeners.delete(listener);
    };
  }, []);
  return value;
}

/**
 * Load a preference of this browser's user.
 *
 * @param {string} name
 * @param {string} fallback
 * @returns {any}
 */
export function loadPreference(name, fallback) {
  try {
    return localStorage.getItem(`ark-emulator.${name}`) ?? fallback;
  } catch {
    return fallback;
  }
}

/**
 * Keep a preference for later visits.
 *
 * @param {string} name
 * @param {string} value
 */
export function savePreference(name, value) {
  try {
    localStorage.setItem(`ark-emulator.${name}`, value);
  } catch {
    // The page works in a browser that stores nothing.
  }
}

/**
 * Find a task by either of its ids.
 *
 * @param {string} name
 * @param {Pick<State, "tasks"|"aliases">} [from]
 * @returns {Task|undefined}
 */
export const findTask = (name, { tasks, aliases } = state) => tasks.get(name) ?? tasks.get(aliases.get(name) ?? "");

/** Return the selected task, or undefined when there is none. */
export const useSelectedTask = () => useStore((now) => (now.selected ? now.tasks.get(now.selected) : undefined));

/**
 * Return the time of the world in unix seconds. A live clock advances between two messages of the server.
 *
 * @param {{clock: Clock}} [from]
 */
export function virtualNow({ clock } = state) {
  return isLive(clock) ? clock.now + ((performance.now() - clock.readAt) / 1000) * clock.speed : clock.now;
}
