/**
 * What a person can do here. Each tells how it went by a toast; the state follows from the events that it causes.
 */
import { api, Problem } from "./api.js";
import { shownTasks } from "./filter.js";
import { start } from "./sync.js";
import { SPANS, getState, remember, taskOf, update } from "./store.js";
import { virtualNow } from "../format/time.js";

/** Milliseconds for which a toast stays: what went wrong takes longer to read. */
const LASTS = { ok: 4_000, error: 8_000 };
/** How many tasks `fit` brings into sight, of those that the filter lets through. */
const FITTED = 20;
let toasts = 0;

/** Say something for a few seconds. */
export function toast(text, kind = "ok") {
  const id = ++toasts;
  update((state) => ({ toasts: [...state.toasts, { id, text, kind }].slice(-4) }));
  setTimeout(() => update((state) => ({ toasts: state.toasts.filter((each) => each.id !== id) })), LASTS[kind]);
}

/**
 * Do something and tell how it went: what it comes to, or undefined when it was refused.
 *
 * @template T
 * @param {() => Promise<T>} what
 * @param {string | ((result: T) => string)} [done]
 * @returns {Promise<T|undefined>}
 */
export async function act(what, done) {
  try {
    const result = await what();
    const text = typeof done === "function" ? done(result) : done;
    if (text) toast(text);
    return result;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    toast(error.message, "error");
    return undefined;
  }
}

/** Select a task by any of its ids, or none. */
export const select = (name) => {
  const id = name ? (taskOf(name)?.id ?? null) : null;
  update({ selected: id });
  const url = new URL(location.href);
  url.hash = id ?? "";
  history.replaceState(null, "", url);
};

export const open = (name, props) => update({ drawer: { name, props } });
export const close = () => update({ drawer: null });

/** Show another world. */
export function visit(world) {
  const url = new URL(location.href);
  if (world) url.searchParams.set("world", world);
  else url.searchParams.delete("world");
  url.pathname = url.pathname.replace(/^\/w\/[^/]+/, "");
  url.hash = "";
  history.replaceState(null, "", url);
  update({
    world,
    tasks: new Map(),
    names: new Map(),
    journal: [],
    selected: null,
    exchange: null,
    callback: null,
    phase: "loading",
    pan: 0,
  });
  start();
}

export const pauseOrResume = () => act(() => (getState().clock.mode === "live" ? api.freeze() : api.resume()));
export const setSpeed = (speed) => act(() => api.resume(speed));
export const advance = (seconds) =>
  act(
    () => api.advance(seconds),
    (done) => `${seconds} s later: ${effects(done)}`,
  );
export const next = () =>
  act(
    () => api.next(),
    (done) => (done.effects.length ? `Next: ${effects(done)}` : "Nothing is to come"),
  );

function effects({ effects: found }) {
  if (!found.length) return "nothing happened";
  const told = found.slice(0, 2).map((each) => [each.kind, each.status, each.result].filter(Boolean).join(" "));
  return told.join(", ") + (found.length > 2 ? ` and ${found.length - 2} more` : "");
}

export const reset = () => act(() => api.reset(), "This world is empty now");
export const demo = (wish) =>
  act(
    () => api.demo(wish),
    (done) => `${done.accepted} tasks made, ${done.refused} refused, ${done.polls} polls`,
  );

/** Copy a text, and say so. */
export async function copy(text, what = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    toast(what);
  } catch {
    toast("This browser does not let the page copy", "error");
  }
}

export function setTheme(theme) {
  remember("theme", theme);
  update({ theme });
}

export function setView(view) {
  remember("view", view);
  update({ view });
}

/** Show as much of the past as the newest tasks take. */
export function fit() {
  const state = getState();
  const oldest = shownTasks(state).slice(0, FITTED).at(-1);
  const length = oldest ? virtualNow(state) - oldest.created_at : 0;
  setSpan(SPANS.find((span) => span >= length) ?? SPANS.at(-1));
}

export function setSpan(span) {
  remember("span", String(span));
  update({ span, pan: 0 });
}
