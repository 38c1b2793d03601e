/** Keep the state in step with the server: load an overview of the world, then follow its events. */
import { ApiError, api } from "./api.js";
import { applyEvents, applyOverview, applyTasks } from "./reducers.js";
import { getState, update } from "./store.js";
import { openStream } from "./stream.js";

/** Milliseconds for which ids are collected before their tasks are loaded in one request. */
const COLLECT_INTERVAL = 120;
/** Tasks that one request loads. */
const BATCH_SIZE = 200;
/** Minimum milliseconds between two overviews, also as a multiple of the time that the last one took. */
const RELOAD_INTERVAL = 1_000;
const RELOAD_FACTOR = 10;
const RETRY_AFTER = 2_000;

let closeStream = () => {};
/** Counts starts: what belongs to an earlier one is ignored. */
let generation = 0;
let loadedAt = -Infinity;
let loadTime = 0;
let reloadTimer = 0;
/** @type {Set<string>} */
let toReload = new Set();

/** Load the world that is shown, and follow its events from there. */
export async function start() {
  closeStream();
  const own = ++generation;
  toReload = new Set();
  const startedAt = performance.now();
  let overview;
  try {
    overview = await api.overview();
  } catch (error) {
    if (own === generation) handleFailedStart(error, own);
    return;
  }
  if (own !== generation) return;
  loadedAt = performance.now();
  loadTime = loadedAt - startedAt;
  update({ ...applyOverview(getState(), overview, loadedAt), phase: "live" });
  closeStream = openStream(overview.event, {
    onEvents: (events) => own === generation && handleEvents(events),
    onPhase: (phase) => own === generation && handlePhase(phase),
  });
}

/**
 * @param {unknown} error
 * @param {number} own
 */
function handleFailedStart(error, own) {
  const { code, status } = error instanceof ApiError ? error : { code: "", status: 0 };
  if (code === "unknown_world") update({ phase: "world_missing" });
  else if (status === 401) update({ phase: "token_required" });
  else {
    update({ phase: "reconnecting" });
    setTimeout(() => own === generation && start(), RETRY_AFTER);
  }
}

/**
 * Reload the world after an interruption: the server may have been restarted, and its event numbers with it.
 *
 * @param {import("./store.js").Phase} phase
 */
function handlePhase(phase) {
  const before = getState().phase;
  if (phase === "live" && (before === "reconnecting" || before === "hidden")) reload();
  else if (phase !== before) update({ phase });
}

/** @param {import("./reducers.js").ServerEvent[]} events */
function handleEvents(events) {
  if (events.some((event) => event.kind === "reset")) {
    update({ journal: [], selected: null, openExchange: null, openCallback: null });
    start();
    return;
  }
  if (events.some((event) => event.kind === "resync")) {
    reload();
    return;
  }
  const result = applyEvents(getState(), events, performance.now());
  update(result.state, { batch: true });
  for (const id of result.reload) loadTask(id);
  if (result.reloadClock) loadClock();
}

/** Load the world again, but not too often: the overview of a busy world is expensive. */
function reload() {
  const own = generation;
  const wait = loadedAt + Math.max(RELOAD_INTERVAL, loadTime * RELOAD_FACTOR) - performance.now();
  if (wait <= 0) start();
  else setTimeout(() => own === generation && start(), wait);
}

async function loadClock() {
  const own = generation;
  const { clock } = await api.tasks([]).catch(() => ({ clock: null }));
  if (clock && own === generation) update({ clock: { ...clock, readAt: performance.now() } });
}

/**
 * Load the summary of a task soon, together with others.
 *
 * @param {string} id
 */
export function loadTask(id) {
  toReload.add(id);
  reloadTimer ||= setTimeout(loadCollectedTasks, COLLECT_INTERVAL);
}

async function loadCollectedTasks() {
  reloadTimer = 0;
  const ids = [...toReload].slice(0, BATCH_SIZE);
  const own = generation;
  for (const id of ids) toReload.delete(id);
  if (toReload.size) reloadTimer = setTimeout(loadCollectedTasks, COLLECT_INTERVAL);
  const loaded = await api.tasks(ids).catch(() => null);
  if (loaded && own === generation) update((state) => applyTasks(state, loaded), { batch: true });
}
