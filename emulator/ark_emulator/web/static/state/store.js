/**
 * The one state of the page. Events and actions change it; components read it by `useStore` and are rendered again when
 * what they read is another value. Everything in it is replaced, never changed in place.
 *
 * @typedef {{status: string, at: number}} Mark
 * @typedef {{number?: number, status: string, state: "planned"|"pending"|"delivered"|"failed", at: number, due?: number,
 *   attempts?: number}} ShortCallback
 * @typedef {{id: string, alias?: string, dialect: string, model: string, mode: string, prompt?: string, key?: string,
 *   rule?: string, status: string, created_at: number, marks: Mark[], waits: boolean, gone_at: number,
 *   ticks?: number[], faults?: {at: number, fault: string, number: number}[], callbacks?: ShortCallback[],
 *   link_expires_at?: number, tokens?: number, cost?: {USD: number|null, CNY: number|null}, error?: string}} Task
 * @typedef {{mode: "live"|"frozen"|"polls", now: number, speed: number, read: number}} Clock
 *   `read` is `performance.now()` when the clock showed `now`.
 * @typedef {{number: number, at: number, kind: string, method: string, path: string, status: number, task?: string,
 *   dialect?: string, fault?: string, attempt?: number}} Line  One exchange, as the event stream tells of it.
 *
 * @typedef {object} State
 * @property {"loading"|"live"|"lost"|"away"|"token"|"gone"} phase  how the page stands to the server
 * @property {string} world  the world that is shown, "" for the default one
 * @property {string[]} worlds
 * @property {Clock} clock
 * @property {string} scenario
 * @property {Map<string, Task>} tasks  by their own ids, newest first, at most 300
 * @property {Map<string, string>} names  own ids by the ids that creators got
 * @property {Record<string, number>} older  how many tasks of each status there are beside `tasks`
 * @property {Line[]} journal  newest last, at most 500
 * @property {{pending: number, delivered: number, failed: number, paused: boolean}} callbacks
 * @property {number} news  counts callback events: panes that list callbacks look again when it moves
 * @property {number} faults  how many faults were added on the spot
 * @property {number} exchanges
 * @property {string|null} selected  the own id of the selected task
 * @property {number|null} exchange  the number of the exchange that the journal pane has open
 * @property {{task: string, number: number}|null} callback  the callback that its pane has open, by the own id of its task
 * @property {string} filter
 * @property {"timeline"|"table"} view
 * @property {number} span  seconds of the past that the timeline shows
 * @property {number} pan  seconds by which the timeline is moved back from now
 * @property {{name: string, props?: object}|null} drawer
 * @property {string} left  the pane that is open at the left
 * @property {"auto"|"dark"|"light"} theme
 * @property {{id: number, text: string, kind: "ok"|"error"}[]} toasts
 */
import { useEffect, useLayoutEffect, useReducer, useRef } from "../lib.js";

/** Seconds of the past that the timeline can show. */
export const SPANS = [30, 120, 600, 3_600, 21_600, 172_800];
export const TASKS = 300;
export const LINES = 500;
/** Milliseconds between two renderings because of news; what a person did is shown at the next frame. */
const CALM = 150;

/** @type {State} */
const first = {
  phase: "loading",
  world: "",
  worlds: [],
  clock: { mode: "frozen", now: 0, speed: 1, read: 0 },
  scenario: "",
  tasks: new Map(),
  names: new Map(),
  older: {},
  journal: [],
  callbacks: { pending: 0, delivered: 0, failed: 0, paused: false },
  news: 0,
  faults: 0,
  exchanges: 0,
  selected: null,
  exchange: null,
  callback: null,
  filter: "",
  view: remembered("view", "timeline"),
  span: Number(remembered("span", "120")),
  pan: 0,
  drawer: null,
  left: "journal",
  theme: remembered("theme", "auto"),
  toasts: [],
};

let state = first;
let frame = 0;
let timer = 0;
let painted = 0;
const listeners = new Set();

/** The state as it is now. */
export const getState = () => state;

/**
 * Change the state. `patch` is what is different, or a function that makes it of the state.
 *
 * @param {Partial<State> | ((state: State) => Partial<State>)} patch
 * @param {{calm?: boolean}} [how] calm: it is news, and may be shown together with what comes a little later
 */
export function update(patch, { calm = false } = {}) {
  state = { ...state, ...(typeof patch === "function" ? patch(state) : patch) };
  const wait = calm ? CALM - (performance.now() - painted) : 0;
  if (wait > 0) {
    timer ||= setTimeout(schedule, wait);
  } else {
    schedule();
  }
}

function schedule() {
  clearTimeout(timer);
  timer = 0;
  frame ||= requestAnimationFrame(tell);
}

function tell() {
  frame = 0;
  painted = performance.now();
  for (const listener of [...listeners]) listener();
}

/**
 * What `select` makes of the state; the component is rendered again when that is another value.
 *
 * @template T
 * @param {(state: State) => T} select
 * @returns {T}
 */
export function useStore(select) {
  const [, again] = useReducer((count) => count + 1, 0);
  const value = select(state);
  const seen = useRef({ select, value });
  useLayoutEffect(() => {
    seen.current = { select, value };
  });
  useEffect(() => {
    const listener = () => {
      if (!Object.is(seen.current.select(state), seen.current.value)) again();
    };
    listeners.add(listener);
    listener();
    return () => listeners.delete(listener);
  }, []);
  return value;
}

/** A choice of this browser's user, kept from visit to visit. */
export function remembered(name, usual) {
  try {
    return localStorage.getItem(`ark-emulator.${name}`) ?? usual;
  } catch {
    return usual;
  }
}

/** Keep a choice. */
export function remember(name, value) {
  try {
    localStorage.setItem(`ark-emulator.${name}`, value);
  } catch {
    // A browser that keeps nothing still shows everything.
  }
}

/** The task of that name, whichever of its ids it is. */
export const taskOf = (name, { tasks, names } = state) => tasks.get(name) ?? tasks.get(names.get(name) ?? "");

/** The selected task in short, undefined when none is selected or it is gone. */
export const useSelected = () => useStore((now) => (now.selected ? now.tasks.get(now.selected) : undefined));
