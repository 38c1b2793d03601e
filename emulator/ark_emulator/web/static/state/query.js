/** Queries: what the server answers to a component, kept up to date without flooding the server. */
import { useEffect, useRef, useState } from "../lib.js";
import { ApiError, api } from "./api.js";

/** Minimum milliseconds between the starts of two requests of a query about the same subject. */
const INTERVAL = 1_000;
/** At most this share of the time is spent waiting for the server: slow queries run less often. */
const BUSY_SHARE = 0.1;
/** Milliseconds without typing after which a text is checked. */
const TYPING_PAUSE = 200;

/**
 * When a query may run again.
 *
 * @param {number} startedAt
 * @param {number} endedAt
 */
export const nextRunAt = (startedAt, endedAt) => startedAt + Math.max(INTERVAL, (endedAt - startedAt) / BUSY_SHARE);

/**
 * Ask the server about `subject`. The request is sent at once for a new subject, and again, at limited frequency, when
 * one of `dependencies` changes. There is at most one request at a time. The last answer about the subject stays until
 * the next one arrives.
 *
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} request
 * @param {unknown} subject  no request is sent while it is null or undefined
 * @param {{dependencies?: unknown[], delay?: number, keepPrevious?: boolean}} [options]  `delay` is how many
 *   milliseconds a subject must be unchanged before the first request; with `keepPrevious` the answer about the
 *   previous subject stays until the next one arrives
 * @returns {{answer?: T, error?: ApiError, isCurrent: boolean}} `isCurrent` is true for an answer about this subject
 */
export function useQuery(request, subject, { dependencies = [], delay = 0, keepPrevious = false } = {}) {
  const [result, setResult] = useState(/** @type {{subject: unknown, answer?: T, error?: ApiError}|null} */ (null));
  const query = useRef({ request, subject: /** @type {unknown} */ (undefined), scheduler: createScheduler() }).current;
  query.request = request;

  useEffect(() => query.scheduler.stop, []);
  useEffect(() => {
    const isNew = query.subject !== subject;
    if (isNew) query.scheduler.stop();
    query.subject = subject;
    if (subject === null || subject === undefined) return;
    query.scheduler.schedule(isNew ? delay : 0, async (signal) => {
      const outcome = await settle(query.request(signal));
      if (!signal.aborted) setResult({ subject, ...outcome });
    });
  }, [subject, ...dependencies]);

  const isCurrent = result !== null && result.subject === subject && subject !== undefined;
  if (!result || (!isCurrent && !keepPrevious)) return { isCurrent: false };
  return { answer: result.answer, error: result.error, isCurrent };
}

/**
 * Return the answer of a request, or the error of the server; other errors are bugs and are thrown.
 *
 * @template T
 * @param {Promise<T>} request
 * @returns {Promise<{answer?: T, error?: ApiError}>}
 */
async function settle(request) {
  try {
    return { answer: await request };
  } catch (error) {
    if (error instanceof ApiError) return { error };
    if (error instanceof Error && error.name === "AbortError") return {};
    throw error;
  }
}

/**
 * Run one task at a time, at limited frequency. A task that is scheduled while another one runs is run after it.
 *
 * @param {object} [clock]
 * @param {() => number} [clock.now]
 * @param {(run: () => void, wait: number) => any} [clock.setTimer]
 * @param {(timer: any) => void} [clock.clearTimer]
 */
export function createScheduler({
  now = () => performance.now(),
  setTimer = setTimeout,
  clearTimer = clearTimeout,
} = {}) {
  /** @type {any} */
  let timer = null;
  /** @type {AbortController|null} */
  let running = null;
  /** @type {((signal: AbortSignal) => Promise<void>)|null} */
  let pending = null;
  let earliest = 0;

  async function run() {
    timer = null;
    const task = pending;
    if (!task) return;
    pending = null;
    const own = (running = new AbortController());
    const startedAt = now();
    try {
      await task(own.signal);
    } finally {
      if (running === own) {
        running = null;
        earliest = nextRunAt(startedAt, now());
        if (pending) arm(0);
      }
    }
  }

  /** @param {number} delay */
  function arm(delay) {
    timer ??= setTimer(run, Math.max(delay, earliest - now(), 0));
  }

  return {
    /**
     * @param {number} delay
     * @param {(signal: AbortSignal) => Promise<void>} task
     */
    schedule(delay, task) {
      pending = task;
      if (!running) arm(delay);
    },
    /** Abort what runs, forget what is scheduled, and allow the next task at once. */
    stop() {
      clearTimer(timer);
      running?.abort();
      timer = null;
      running = null;
      pending = null;
      earliest = 0;
    },
  };
}

/**
 * The verdict of the server on a text of YAML, requested while the text is typed.
 *
 * @typedef {{line: number, column: number, end_column?: number, message: string, hint?: string, text: string,
 *   source?: string}} Complaint
 * @typedef {{ok: boolean, complaints: Complaint[], scenario?: any, error?: string}} Verdict
 * @typedef {{verdict?: Verdict, isCurrent: boolean}} Check  `isCurrent` is true for a verdict on this very text
 *
 * @param {string} text
 * @returns {Check}
 */
export function useScenarioCheck(text) {
  const options = { delay: TYPING_PAUSE, keepPrevious: true };
  const { answer, error, isCurrent } = useQuery(() => api.checkScenario(text), text, options);
  if (error) return { verdict: { ok: false, complaints: [], error: error.message }, isCurrent };
  return { verdict: answer, isCurrent };
}
