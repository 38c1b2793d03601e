/** What the user can do. Each action reports its result in a toast; the state follows from the events it causes. */
import { plural } from "../format/text.js";
import { ApiError, api } from "./api.js";
import { filteredTasks } from "./filter.js";
import { SPANS, findTask, getState, savePreference, update, virtualNow } from "./store.js";
import { start } from "./sync.js";

/** Milliseconds for which a toast is shown: an error takes longer to read. */
const TOAST_TIME = { ok: 4_000, error: 8_000 };
const MAX_TOASTS = 4;
/** Filtered tasks that `fitSpan` brings into view, the newest. */
const FITTED_TASKS = 20;
let lastToast = 0;

/**
 * Show a message for a few seconds.
 *
 * @param {string} text
 * @param {"ok"|"error"} [kind]
 */
export function toast(text, kind = "ok") {
  const id = ++lastToast;
  update((state) => ({ toasts: [...state.toasts, { id, text, kind }].slice(-MAX_TOASTS) }));
  setTimeout(() => update((state) => ({ toasts: state.toasts.filter((each) => each.id !== id) })), TOAST_TIME[kind]);
}

/**
 * Run a request and report how it ended in a toast. Returns the result, or undefined if the server rejected it.
 *
 * @template T
 * @param {() => Promise<T>} request
 * @param {string | ((result: T) => string)} [message]
 * @returns {Promise<T|undefined>}
 */
export async function runAction(request, message) {
  try {
    const result = await request();
    const text = typeof message === "function" ? message(result) : message;
    if (text) toast(text);
    return result;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    toast(error.message, "error");
    return undefined;
  }
}

/**
 * Select a task by either of its ids, or select none.
 *
 * @param {string|null} name
 */
export function selectTask(name) {
  const id = name ? (findTask(name)?.id ?? null) : null;
  update({ selected: id });
  const url = new URL(location.href);
  url.hash = id ?? "";
  history.replaceState(null, "", url);
}

/**
 * @param {string} name
 * @param {object} [props]
 */
export const openDrawer = (name, props) => update({ drawer: { name, props } });
export const closeDrawer = () => update({ drawer: null });

/**
 * Show another world; "" is the default world.
 *
 * @param {string} world
 */
export function showWorld(world) {
  const url = new URL(location.href);
  if (world) url.searchParams.set("world", world);
  else url.searchParams.delete("world");
  url.pathname = url.pathname.replace(/^\/w\/[^/]+/, "");
  url.hash = "";
  history.replaceState(null, "", url);
  update({
    world,
    tasks: new Map(),
    aliases: new Map(),
    journal: [],
    selected: null,
    openExchange: null,
    openCallback: null,
    phase: "loading",
    pan: 0,
  });
  start();
}

export const pauseOrResume = () => runAction(() => (getState().clock.mode === "live" ? api.freeze() : api.resume()));
export const setSpeed = (/** @type {number} */ speed) => runAction(() => api.resume(speed));
export const advance = (/** @type {number} */ seconds) =>
  runAction(
    () => api.advance(seconds),
    (result) => `${seconds} s later: ${describeEffects(result)}`,
  );
export const advanceToNext = () =>
  runAction(
    () => api.advanceToNext(),
    (result) => (result.effects.length ? `Next event: ${describeEffects(result)}` : "No event is planned"),
  );

/**
 * The first effects of moving the clock: `move succeeded, callback 200 and 3 more`.
 *
 * @param {{effects: {kind: string, status?: string, result?: string}[]}} result
 */
export function describeEffects({ effects }) {
  if (!effects.length) return "nothing happened";
  const described = effects
    .slice(0, 2)
    .map(({ kind, status, result }) => [kind, status, result].filter(Boolean).join(" "));
  return described.join(", ") + (effects.length > 2 ? ` and ${effects.length - 2} more` : "");
}

export const resetWorld = () => runAction(() => api.reset(), "This world is empty now");
/** @param {object} settings */
export const fillWithDemo = (settings) =>
  runAction(
    () => api.demo(settings),
    ({ accepted, refused, polls }) =>
      `${plural(accepted, "task")} created, ${refused} rejected, ${plural(polls, "poll")}`,
  );

/**
 * Copy a text to the clipboard.
 *
 * @param {string} text
 * @param {string} [message]
 */
export async function copyText(text, message = "Copied") {
  try {
    await navigator.clipboard.writeText(text);
    toast(message);
  } catch {
    toast("This browser does not allow the page to copy", "error");
  }
}

/** @param {import("./store.js").State["theme"]} theme */
export function setTheme(theme) {
  savePreference("theme", theme);
  update({ theme });
}

/** @param {import("./store.js").State["view"]} view */
export function setView(view) {
  savePreference("view", view);
  update({ view });
}

/** @param {number} span */
export function setSpan(span) {
  savePreference("span", String(span));
  update({ span, pan: 0 });
}

/** Show as much of the past as the newest tasks take. */
export function fitSpan() {
  const state = getState();
  const oldest = filteredTasks(state).slice(0, FITTED_TASKS).at(-1);
  const length = oldest ? virtualNow(state) - oldest.created_at : 0;
  setSpan(SPANS.find((span) => span >= length) ?? SPANS[SPANS.length - 1]);
}
