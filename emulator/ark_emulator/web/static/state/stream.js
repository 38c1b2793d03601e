/**
 * The event stream, read by `fetch`: unlike EventSource that can send the control token. It comes back by itself with
 * the number of the last event it saw, waits longer after each failure, and closes while nobody looks at the page.
 *
 * @typedef {{kind: string, at: number, [name: string]: any}} Event
 */
import { address, headers } from "./api.js";

const SHORTEST = 500;
const LONGEST = 8_000;
/** Milliseconds without even a comment after which the connection counts as dead: comments come every 15 s. */
const SILENCE = 40_000;
const AWAY = 3_000;

/**
 * Listen from the event of that number on.
 *
 * @param {number} last
 * @param {(events: Event[]) => void} heard  called with what came in together
 * @param {(phase: "live"|"lost"|"away"|"token"|"gone") => void} stands
 * @returns {() => void} ends it
 */
export function listen(last, heard, stands) {
  let over = false;
  let control = new AbortController();
  let wake = () => {};
  let away = 0;

  async function run() {
    let wait = SHORTEST;
    while (!over) {
      if (document.hidden) {
        stands("away");
        await new Promise((resolve) => (wake = resolve));
        continue;
      }
      control = new AbortController();
      try {
        await read(() => {
          wait = SHORTEST;
          stands("live");
        });
      } catch (error) {
        if (error.fatal) return stands(error.fatal);
      }
      if (over || document.hidden) continue;
      stands("lost");
      await new Promise((resolve) => {
        wake = resolve;
        setTimeout(resolve, wait);
      });
      wait = Math.min(wait * 2, LONGEST);
    }
  }

  async function read(opened) {
    const asked = headers({ Accept: "text/event-stream", "Last-Event-ID": String(last) });
    const response = await fetch(address("events"), { headers: asked, signal: control.signal, cache: "no-store" });
    if (response.status === 401 || response.status === 404) {
      throw Object.assign(new Error("refused"), { fatal: response.status === 401 ? "token" : "gone" });
    }
    if (!response.ok || !response.body) throw new Error(`the stream answered ${response.status}`);
    opened();
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const silence = setTimeout(() => control.abort(), SILENCE);
      const { done, value } = await reader.read().finally(() => clearTimeout(silence));
      if (done) return;
      const blocks = (rest + value).split("\n\n");
      rest = blocks.pop() ?? "";
      const events = blocks.map(parsed).filter(Boolean);
      if (events.length) {
        last = events[events.length - 1].id;
        heard(events.map((each) => each.data));
      }
    }
  }

  function seen() {
    clearTimeout(away);
    if (document.hidden) {
      away = setTimeout(() => control.abort(), AWAY);
    } else {
      wake();
    }
  }

  document.addEventListener("visibilitychange", seen);
  run();
  return () => {
    over = true;
    document.removeEventListener("visibilitychange", seen);
    control.abort();
    wake();
  };
}

function parsed(block) {
  const found = { id: 0, data: "" };
  for (const line of block.split("\n")) {
    if (line.startsWith("id: ")) found.id = Number(line.slice(4));
    else if (line.startsWith("data: ")) found.data += line.slice(6);
  }
  return found.data ? { id: found.id, data: JSON.parse(found.data) } : null;
}
