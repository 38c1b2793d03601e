/** The world's clock: its mode, its time, and the buttons that move it. */
import { formatDay, formatMode, formatTime, isLive } from "../format/time.js";
import { html, useEffect, useRef } from "../lib.js";
import { advance, advanceToNext, pauseOrResume, setSpeed } from "../state/actions.js";
import { useStore, virtualNow } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { setText } from "../ui/moment.js";

const SPEEDS = [1, 10, 60, 600];
const MODES = {
  live: "The clock runs by itself",
  frozen: "The clock is stopped until you move it: tasks do not change",
  polls: "Each poll moves the clock to the next step of the task",
};

export function ClockBar() {
  const clock = useStore((state) => state.clock);
  const live = isLive(clock);
  const speeds = [...new Set([...SPEEDS, clock.speed])].sort((a, b) => a - b);
  return html`<section class="clock" aria-label="Clock">
    <span class=${`mode is-${clock.mode}`} title=${MODES[clock.mode]}>${formatMode(clock)}</span>
    <${Face} clock=${clock} />
    <div class="group" role="group" aria-label="Move the clock">
      <button
        class="button is-icon"
        onClick=${pauseOrResume}
        aria-label=${live ? "Pause the clock" : "Run the clock"}
        title=${live ? "Pause (space)" : "Run (space)"}
      >
        ${icon(live ? "pause" : "play")}
      </button>
      <button class="button" onClick=${() => advance(10)}>+10 s</button>
      <button class="button" onClick=${() => advance(60)}>+1 m</button>
      <button
        class="button"
        onClick=${advanceToNext}
        aria-label="Next event"
        title="Move the clock to the next event (n)"
      >
        ${icon("next")}Next<span class="wide"> event</span>
      </button>
    </div>
    <label class="speed">
      <span class="unseen">Speed</span>
      <select value=${String(clock.speed)} onChange=${(event) => setSpeed(Number(event.target.value))}>
        ${speeds.map((speed) => html`<option key=${speed} value=${String(speed)}>${speed}×</option>`)}
      </select>
    </label>
  </section>`;
}

/** The time and the day, written once for each second that they show: no component is rendered for them. */
function Face({ clock }) {
  const time = useRef(null);
  const day = useRef(null);
  useEffect(() => {
    let timer = 0;
    const write = () => {
      const now = virtualNow();
      setText(time.current, clock.now ? formatTime(now) : "--:--:--");
      setText(day.current, clock.now ? formatDay(now) : "");
      const untilNextSecond = Math.max(50, (1000 * (1 - (now % 1))) / clock.speed);
      if (isLive(clock)) timer = setTimeout(write, Math.min(untilNextSecond, 1000));
    };
    write();
    return () => clearTimeout(timer);
  }, [clock]);
  return html`<div class="face"><time class="figures" ref=${time}></time><span class="day" ref=${day}></span></div>`;
}
