/**
 * Keys that do what buttons do. None works while somebody types, or with a modifier.
 */
import { close, fit, next, open, pauseOrResume, select, setSpan, setView } from "../state/actions.js";
import { shownTasks } from "../state/filter.js";
import { SPANS, getState, update } from "../state/store.js";

/** Every key, what it does, and its name in the help. */
export const KEYS = [
  ["/", "Filter the tasks", () => document.getElementById("filter")?.focus()],
  ["j", "Next task", () => step(1)],
  ["k", "Previous task", () => step(-1)],
  [" ", "Pause the clock, or let it run", pauseOrResume, "space"],
  ["n", "Set the clock to the next event", next],
  ["t", "Timeline or table", () => setView(getState().view === "table" ? "timeline" : "table")],
  ["+", "Show less of the past", () => zoom(-1)],
  ["-", "Show more of the past", () => zoom(1)],
  ["f", "Show as much of the past as the newest tasks take", fit],
  ["c", "Create a task", () => open("create")],
  ["i", "Inject a fault", () => open("inject")],
  ["s", "Scenario", () => open("scenario")],
  ["?", "This help", () => open("help")],
  ["Escape", "Close, or select nothing", leave, "esc"],
];

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const typing = target.closest("input, textarea, select, [contenteditable]");
    if (typing) {
      if (key === "Escape" && target.id === "filter") {
        update({ filter: "" });
        target.blur();
      }
      return;
    }
    if (getState().drawer && key !== "Escape") return;
    if (key === " " && target.closest("button, a, summary, video, [role=tab], [role=separator]")) return;
    const found = KEYS.find(([name]) => name === key);
    if (!found) return;
    event.preventDefault();
    found[2]();
  });
}

function zoom(by) {
  const place = SPANS.indexOf(getState().span);
  setSpan(SPANS[Math.max(0, Math.min(SPANS.length - 1, (place < 0 ? 1 : place) + by))]);
}

function leave() {
  if (getState().drawer) close();
  else if (getState().selected) select(null);
}

function step(by) {
  const state = getState();
  const shown = shownTasks(state);
  if (!shown.length) return;
  const place = shown.findIndex((task) => task.id === state.selected);
  const id = shown[place < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, place + by))].id;
  select(id);
  requestAnimationFrame(() =>
    document.querySelector(`[data-task="${CSS.escape(id)}"]`)?.focus({ preventScroll: false }),
  );
}
