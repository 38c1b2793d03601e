/**
 * The world's clock: its mode, its time, and the buttons that move it.
 */
import { html, useEffect, useRef } from "../lib.js";
import { advance, next, pauseOrResume, setSpeed } from "../state/actions.js";
import { icon } from "../ui/icons.js";
import { useStore } from "../state/store.js";
import { dayOf, flows, modeName, timeOfDay, virtualNow } from "../format/time.js";

const SPEEDS = [1, 10, 60, 600];
const MODES = {
  live: "Time passes by itself",
  frozen: "Time stands still until it is moved: tasks stay as they are",
  polls: "Time moves when a task is polled, to its next step",
};

export function ClockBar() {
  const clock = useStore((state) => state.clock);
  const live = flows(clock);
  return html`<section class="clock" aria-label="Clock">
    <span class=${`mode is-${clock.mode}`} title=${MODES[clock.mode]}>${modeName(clock)}</span>
    <${Face} clock=${clock} />
    <div class="group" role="group" aria-label="Move the clock">
      <button
        class="button is-icon"
        onClick=${pauseOrResume}
        aria-label=${live ? "Pause the clock" : "Let the clock run"}
        title=${live ? "Pause (space)" : "Run (space)"}
      >
        ${icon(live ? "pause" : "play")}
      </button>
      <button class="button" onClick=${() => advance(10)}>+10 s</button>
      <button class="button" onClick=${() => advance(60)}>+1 m</button>
      <button
        class="button"
        onClick=${next}
        aria-label="Next event"
        title="Set the clock to the next thing that happens (n)"
      >
        ${icon("next")}Next<span class="wide"> event</span>
      </button>
    </div>
    <label class="speed">
      <span class="unseen">Speed</span>
      <select value=${String(clock.speed)} onChange=${(event) => setSpeed(Number(event.target.value))}>
        ${[...new Set([...SPEEDS, clock.speed])]
          .sort((one, other) => one - other)
          .map((speed) => html`<option key=${speed} value=${String(speed)}>${speed}×</option>`)}
      </select>
    </label>
  </section>`;
}

/** The time in figures, written once for each second that it shows: no component is rendered for it. */
function Face({ clock }) {
  const time = useRef(null);
  const day = useRef(null);
  useEffect(() => {
    let timer = 0;
    const write = () => {
      const now = virtualNow();
      const figures = clock.now ? timeOfDay(now) : "--:--:--";
      if (time.current.textContent !== figures) time.current.textContent = figures;
      const date = clock.now ? dayOf(now) : "";
      if (day.current.textContent !== date) day.current.textContent = date;
      const rest = Math.max(50, (1000 * (1 - (now % 1))) / clock.speed);
      if (flows(clock)) timer = setTimeout(write, Math.min(rest, 1000));
    };
    write();
    return () => clearTimeout(timer);
  }, [clock]);
  return html`<div class="face"><time class="figures" ref=${time}></time><span class="day" ref=${day}></span></div>`;
}
