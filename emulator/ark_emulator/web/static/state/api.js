/** The control API of the shown world. Calls send the control token, if there is one, and may throw `ApiError`. */
import { getState, update } from "./store.js";

const PAGE = globalThis.location ?? { pathname: "/_emulator/", origin: "http://localhost" };
/** The path of the control API: the path of the page, without a world in front. */
const BASE = PAGE.pathname.replace(/^\/w\/[^/]+/, "").replace(/\/_emulator\/.*$/, "/_emulator/");
/** The base of the emulated APIs in the default world. */
export const ORIGIN = PAGE.origin + BASE.replace(/\/_emulator\/$/, "");
const TOKEN = "ark-emulator.token";

/**
 * A request that the server rejected, or that did not reach it (status 0).
 * `complaints` are the mistakes in a scenario or a fault, with their places.
 */
export class ApiError extends Error {
  /**
   * @param {number} status
   * @param {{code?: string, message?: string, complaints?: object[]}} [error]
   */
  constructor(status, { code = "unknown", message = "the server cannot be reached", complaints = [] } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.complaints = complaints;
  }
}

/** @param {string} token */
export const saveToken = (token) => sessionStorage.setItem(TOKEN, token);

/**
 * The headers of a request: the given ones and the token.
 *
 * @param {Record<string, string>} [more]
 * @returns {Record<string, string>}
 */
export function requestHeaders(more = {}) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, "X-Emulator-Token": token } : more;
}

/**
 * The URL of a control route in the world that is shown.
 *
 * @param {string} path
 * @param {Record<string, unknown>} [query]
 */
export function controlUrl(path, query = {}) {
  const url = new URL(BASE + path, PAGE.origin);
  const { world } = getState();
  for (const [name, value] of Object.entries({ ...query, ...(world ? { world } : {}) })) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}

/**
 * The URL under which a client of the world that is shown finds a path of the emulated APIs.
 *
 * @param {string} path
 */
export function clientUrl(path) {
  const { world } = getState();
  return ORIGIN + (world ? `/w/${encodeURIComponent(world)}` : "") + path;
}

/**
 * The URL to which an exchange of the journal went, in the world that is shown.
 *
 * @param {{path: string, query?: string}} entry
 */
export const exchangeUrl = ({ path, query }) =>
  clientUrl(path.replace(/^\/+w\/[^/]+/, "")) + (query ? `?${query}` : "");

/**
 * @typedef {{query?: Record<string, unknown>, body?: unknown, text?: string, signal?: AbortSignal}} Options
 *   `body` is sent as JSON, `text` as YAML.
 */

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 */
async function send(method, path, { query, body, text, signal } = {}) {
  const type = text !== undefined ? "application/yaml" : "application/json";
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const headers = requestHeaders(content === undefined ? {} : { "Content-Type": type });
  let response;
  try {
    response = await fetch(controlUrl(path, query), { method, body: content, signal, headers });
  } catch (error) {
    if (error instanceof Error && error.name === "AbortError") throw error;
    throw new ApiError(0);
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  if (response.status === 401) update({ phase: "token_required" });
  throw new ApiError(response.status, error);
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<any>}
 */
const sendJson = async (method, path, options) => (await send(method, path, options)).json();

/**
 * @param {string} path
 * @param {Record<string, unknown>} [query]
 * @param {AbortSignal} [signal]
 */
const get = (path, query, signal) => sendJson("GET", path, { query, signal });

/**
 * @param {string} path
 * @param {unknown} [body]
 */
const post = (path, body) => sendJson("POST", path, { body: body ?? {} });
const encode = encodeURIComponent;

/**
 * @typedef {(id: string, signal?: AbortSignal) => Promise<any>} ById
 * @typedef {(query: Record<string, unknown>, signal?: AbortSignal) => Promise<any>} ByQuery
 * @typedef {"clip"|"last-frame"} ResultKind
 */

export const api = {
  overview: () => get("overview"),
  /** Summaries of some tasks, by either of their ids. */
  tasks: (/** @type {string[]} */ ids) => get("overview", { ids: ids.join(",") }),
  /** @type {ById} Everything the emulator knows about one task. */
  task: (id, signal) => get(`tasks/${encode(id)}`, {}, signal),
  /** @type {ById} The task as a poll in each dialect shows it. */
  dialects: (id, signal) => get(`tasks/${encode(id)}/dialects`, {}, signal),
  /** @type {(id: string, status: string, code?: string) => Promise<any>} Move a task now; `code` is its error. */
  force: (id, status, code) => post(`tasks/${encode(id)}/force`, code ? { status, code } : { status }),
  /** @type {(id: string, kind: ResultKind, signal?: AbortSignal) => Promise<Blob>} Not counted as a download. */
  result: async (id, kind, signal) => (await send("GET", `tasks/${encode(id)}/${kind}`, { signal })).blob(),

  freeze: () => post("clock/freeze"),
  /** @type {(speed?: number) => Promise<any>} */
  resume: (speed) => post("clock/resume", speed ? { speed } : {}),
  advance: (/** @type {number} */ seconds) => post("clock/advance", { seconds }),
  advanceToNext: () => post("clock/advance", { until: "next" }),

  /** @type {ByQuery} */
  journal: (query, signal) => get("journal", query, signal),
  /** @type {ByQuery} */
  callbacks: (query, signal) => get("callbacks", query, signal),
  redeliver: (/** @type {string} */ id) => post(`callbacks/${encode(id)}/redeliver`),
  dropCallback: (/** @type {string} */ id) => post(`callbacks/${encode(id)}/drop`),
  pauseCallbacks: (/** @type {boolean} */ paused) => post(paused ? "callbacks/pause" : "callbacks/resume"),

  faults: () => get("faults"),
  addFault: (/** @type {object} */ fault) => post("faults", fault),
  removeFault: (/** @type {string} */ id) => sendJson("DELETE", `faults/${encode(id)}`),
  removeAllFaults: () => sendJson("DELETE", "faults"),

  scenario: () => get("scenario", { text: 1 }),
  scenarios: () => get("scenarios"),
  builtinScenario: (/** @type {string} */ name) => get(`scenarios/${encode(name)}`),
  checkScenario: (/** @type {string} */ text) => sendJson("POST", "scenario/check", { text }),
  applyBuiltinScenario: (/** @type {string} */ name) => sendJson("PUT", "scenario", { body: { name } }),
  applyScenarioText: (/** @type {string} */ text) => sendJson("PUT", "scenario", { text }),

  worlds: () => get("worlds"),
  createWorld: (/** @type {object} */ settings) => post("worlds", settings),
  deleteWorld: (/** @type {string} */ key) => sendJson("DELETE", `worlds/${encode(key)}`),
  demo: (/** @type {object} */ settings) => post("demo", settings),
  reset: () => post("reset"),
  /** @type {(signal?: AbortSignal) => Promise<any>} */
  report: (signal) => get("report", {}, signal),
  /** @type {ByQuery} */
  ledger: (query, signal) => get("ledger", query, signal),
  catalogue: () => get("catalogue"),
};

/**
 * Send a request to the emulated API, as a client of this world would. Errors of `fetch` are passed on.
 *
 * @param {string} method
 * @param {string} path
 * @param {{key: string, text: string, signal: AbortSignal}} options  `text` is the body, sent unchanged
 */
export async function sendAsClient(method, path, { key, text, signal }) {
  const headers = { Authorization: `Bearer ${key}`, "Content-Type": "application/json" };
  const response = await fetch(clientUrl(path), { method, body: text, headers, signal });
  return { status: response.status, text: await response.text() };
}
