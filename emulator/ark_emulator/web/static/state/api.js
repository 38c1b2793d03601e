/**
 * The control API, with the world that is shown and the control token, if there is one. Every verb may throw `Problem`.
 */
import { getState, update } from "./store.js";

/** Where the control API is: the page's own address, without a world that may stand in front. */
export const BASE = location.pathname.replace(/^\/w\/[^/]+/, "").replace(/\/_emulator\/.*$/, "/_emulator/");
/** The base of the emulated APIs, for snippets. */
export const ORIGIN = location.origin + BASE.replace(/\/_emulator\/$/, "");
const TOKEN = "ark-emulator.token";

/** What the server refused; `complaints` are mistakes in a scenario or a fault, with their places. */
export class Problem extends Error {
  constructor(status, { code = "unknown", message = "the server cannot be reached", complaints = [] } = {}) {
    super(message);
    this.status = status;
    this.code = code;
    this.complaints = complaints;
  }
}

export const keepToken = (token) => sessionStorage.setItem(TOKEN, token);

/** Headers of every request: the token, and whatever else is given. */
export function headers(more = {}) {
  const token = sessionStorage.getItem(TOKEN);
  return token ? { ...more, "X-Emulator-Token": token } : more;
}

/** The address of a control route in the world that is shown. */
export function address(path, query = {}) {
  const url = new URL(BASE + path, location.origin);
  const { world } = getState();
  for (const [name, value] of Object.entries({ ...query, ...(world ? { world } : {}) })) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, value);
  }
  return url;
}

async function send(method, path, { query, body, text, signal } = {}) {
  const type = text !== undefined ? "application/yaml" : "application/json";
  const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
  const init = {
    method,
    body: content,
    signal,
    headers: headers(content === undefined ? {} : { "Content-Type": type }),
  };
  let response;
  try {
    response = await fetch(address(path, query), init);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0);
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({}));
  if (response.status === 401) update({ phase: "token" });
  throw new Problem(response.status, error);
}

const json = async (method, path, more) => (await send(method, path, more)).json();
const get = (path, query, signal) => json("GET", path, { query, signal });
const post = (path, body) => json("POST", path, { body: body ?? {} });
const named = encodeURIComponent;

/** Where a client of the world that is shown finds a path of the emulated APIs. */
export function clientUrl(path) {
  const { world } = getState();
  return ORIGIN + (world ? `/w/${named(world)}` : "") + path;
}

export const api = {
  overview: () => get("overview"),
  /** Some tasks in short, by any of their ids. */
  tasks: (ids) => get("overview", { ids: ids.join(",") }),
  /** One task from the inside. */
  task: (id, signal) => get(`tasks/${named(id)}`, {}, signal),
  dialects: (id, signal) => get(`tasks/${named(id)}/dialects`, {}, signal),
  /** Move a task now; `code` says why it fails. */
  force: (id, status, code) => post(`tasks/${named(id)}/force`, code ? { status, code } : { status }),
  /** A clip (`clip`) or last frame (`last-frame`) as a Blob: no download of a client's. */
  result: async (id, what) => (await send("GET", `tasks/${named(id)}/${what}`)).blob(),

  freeze: () => post("clock/freeze"),
  resume: (speed) => post("clock/resume", speed ? { speed } : {}),
  advance: (seconds) => post("clock/advance", { seconds }),
  advanceTo: (to) => post("clock/advance", { to }),
  next: () => post("clock/advance", { until: "next" }),

  journal: (query, signal) => get("journal", query, signal),
  clearJournal: () => json("DELETE", "journal"),
  callbacks: (query, signal) => get("callbacks", query, signal),
  redeliver: (id) => post(`callbacks/${named(id)}/redeliver`),
  acknowledge: (id) => post(`callbacks/${named(id)}/acknowledge`),
  drop: (id) => post(`callbacks/${named(id)}/drop`),
  pauseCallbacks: (on) => post(on ? "callbacks/pause" : "callbacks/resume"),

  faults: () => get("faults"),
  addFault: (fault) => post("faults", fault),
  removeFault: (id) => json("DELETE", `faults/${named(id)}`),
  clearFaults: () => json("DELETE", "faults"),

  scenario: () => get("scenario", { text: 1 }),
  scenarios: () => get("scenarios"),
  builtin: (name) => get(`scenarios/${named(name)}`),
  check: (text) => json("POST", "scenario/check", { text }),
  useScenario: (name) => json("PUT", "scenario", { body: { name } }),
  useText: (text) => json("PUT", "scenario", { text }),

  worlds: () => get("worlds"),
  addWorld: (wish) => post("worlds", wish),
  dropWorld: (key) => json("DELETE", `worlds/${named(key)}`),
  demo: (wish) => post("demo", wish),
  reset: () => post("reset"),
  report: (signal) => get("report", {}, signal),
  ledger: (signal, query = {}) => get("ledger", query, signal),
  health: () => get("health"),

  catalogue: () => get("catalogue"),

  /**
   * A request to the emulated API itself, as a client of this world would send it; answers status, headers, text.
   * `body` is JSON, or `text` as it stands. What goes wrong on the way is thrown as `fetch` throws it.
   */
  emulated: async (method, path, { key, body, text, signal }) => {
    const content = text ?? (body === undefined ? undefined : JSON.stringify(body));
    const sent = { Authorization: `Bearer ${key}`, ...(content ? { "Content-Type": "application/json" } : {}) };
    const response = await fetch(clientUrl(path), { method, body: content, headers: sent, signal });
    return { status: response.status, headers: Object.fromEntries(response.headers), text: await response.text() };
  },
};
