/**
 * The event stream, read with `fetch`: unlike EventSource, it can send the control token. It reconnects with the number
 * of the last event, waits longer after each failure, and closes while the page is hidden.
 */
import { controlUrl, requestHeaders } from "./api.js";

const FIRST_WAIT = 500;
const LONGEST_WAIT = 8_000;
/** Milliseconds of silence after which the connection counts as dead: the server sends a comment every 15 s. */
const SILENCE = 40_000;
/** Milliseconds for which the page may be hidden before the stream is closed. */
const HIDDEN_GRACE = 3_000;

/** The server refused the stream for a reason that a retry does not change. */
class StreamRefused extends Error {
  /** @param {import("./store.js").Phase} phase */
  constructor(phase) {
    super(phase);
    this.phase = phase;
  }
}

/**
 * Follow the events after the one with that number, until the returned function is called.
 *
 * @param {number} lastEvent
 * @param {object} handlers
 * @param {(events: import("./reducers.js").ServerEvent[]) => void} handlers.onEvents  called with each batch
 * @param {(phase: import("./store.js").Phase) => void} handlers.onPhase
 */
export function openStream(lastEvent, { onEvents, onPhase }) {
  let isClosed = false;
  let abort = new AbortController();
  let wake = () => {};
  let hiddenTimer = 0;

  async function run() {
    let wait = FIRST_WAIT;
    while (!isClosed) {
      if (document.hidden) {
        onPhase("hidden");
        await new Promise((resolve) => (wake = () => resolve(undefined)));
        continue;
      }
      abort = new AbortController();
      try {
        await read(() => {
          wait = FIRST_WAIT;
          onPhase("live");
        });
      } catch (error) {
        if (error instanceof StreamRefused) return onPhase(error.phase);
      }
      if (isClosed || document.hidden) continue;
      onPhase("reconnecting");
      await new Promise((resolve) => {
        wake = () => resolve(undefined);
        setTimeout(resolve, wait);
      });
      wait = Math.min(wait * 2, LONGEST_WAIT);
    }
  }

  /** @param {() => void} onOpen */
  async function read(onOpen) {
    const headers = requestHeaders({ Accept: "text/event-stream", "Last-Event-ID": String(lastEvent) });
    const response = await fetch(controlUrl("events"), { headers, signal: abort.signal, cache: "no-store" });
    if (response.status === 401) throw new StreamRefused("token_required");
    if (response.status === 404) throw new StreamRefused("world_missing");
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    onOpen();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const silence = setTimeout(() => abort.abort(), SILENCE);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const parsed = parseEvents(rest + value);
      rest = parsed.rest;
      if (parsed.events.length) {
        lastEvent = parsed.lastEvent;
        onEvents(parsed.events);
      }
    }
  }

  function onVisibilityChange() {
    clearTimeout(hiddenTimer);
    if (document.hidden) hiddenTimer = setTimeout(() => abort.abort(), HIDDEN_GRACE);
    else wake();
  }

  document.addEventListener("visibilitychange", onVisibilityChange);
  run();
  return () => {
    isClosed = true;
    document.removeEventListener("visibilitychange", onVisibilityChange);
    abort.abort();
    wake();
  };
}

/**
 * Read the complete events of a piece of the stream; comments are skipped.
 *
 * @param {string} text
 * @returns {{events: import("./reducers.js").ServerEvent[], lastEvent: number, rest: string}}
 *   `lastEvent` is the number of the last event, `rest` the beginning of an incomplete one
 */
export function parseEvents(text) {
  const blocks = text.split("\n\n");
  const rest = blocks.pop() ?? "";
  const events = [];
  let lastEvent = 0;
  for (const block of blocks) {
    let data = "";
    let id = 0;
    for (const line of block.split("\n")) {
      if (line.startsWith("id: ")) id = Number(line.slice(4));
      else if (line.startsWith("data: ")) data += line.slice(6);
    }
    if (data) {
      events.push(JSON.parse(data));
      lastEvent = id;
    }
  }
  return { events, lastEvent, rest };
}
