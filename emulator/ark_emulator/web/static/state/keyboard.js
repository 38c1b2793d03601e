/** Keyboard shortcuts. None works while the user types, or with a modifier key. */
import {
  advanceToNext,
  closeDrawer,
  fitSpan,
  openDrawer,
  pauseOrResume,
  selectTask,
  setSpan,
  setView,
} from "./actions.js";
import { filteredTasks } from "./filter.js";
import { SPANS, getState, update } from "./store.js";

const TYPING = "input, textarea, select, [contenteditable]";
const USES_SPACE = "button, a, summary, video, [role=tab], [role=separator]";

/** @type {{key: string, label?: string, about: string, run: () => unknown}[]} `label` names a key in the help */
export const KEYS = [
  { key: "/", about: "Filter the tasks", run: () => document.getElementById("filter")?.focus() },
  { key: "j", about: "Next task", run: () => selectNeighbour(1) },
  { key: "k", about: "Previous task", run: () => selectNeighbour(-1) },
  { key: " ", label: "space", about: "Pause or run the clock", run: pauseOrResume },
  { key: "n", about: "Move the clock to the next event", run: advanceToNext },
  { key: "t", about: "Timeline or table", run: () => setView(getState().view === "table" ? "timeline" : "table") },
  { key: "+", about: "Show less of the past", run: () => zoom(-1) },
  { key: "-", about: "Show more of the past", run: () => zoom(1) },
  { key: "f", about: "Fit the timeline to the newest tasks", run: fitSpan },
  { key: "c", about: "Create a task", run: () => openDrawer("create") },
  { key: "i", about: "Inject a fault", run: () => openDrawer("inject") },
  { key: "s", about: "Scenario", run: () => openDrawer("scenario") },
  { key: "?", about: "This help", run: () => openDrawer("help") },
  { key: "Escape", label: "esc", about: "Close the drawer, or clear the selection", run: closeOrDeselect },
];

export function listenToKeys() {
  document.addEventListener("keydown", (event) => {
    const { key } = event;
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (target.closest(TYPING)) {
      if (key === "Escape" && target.id === "filter") {
        update({ filter: "" });
        target.blur();
      }
      return;
    }
    if (getState().drawer && key !== "Escape") return;
    if (key === " " && target.closest(USES_SPACE)) return;
    const shortcut = KEYS.find((each) => each.key === key);
    if (!shortcut) return;
    event.preventDefault();
    shortcut.run();
  });
}

/** @param {number} step  places by which the span moves in `SPANS` */
function zoom(step) {
  const place = SPANS.indexOf(getState().span);
  setSpan(SPANS[clamp((place < 0 ? 1 : place) + step, SPANS.length)]);
}

function closeOrDeselect() {
  if (getState().drawer) closeDrawer();
  else if (getState().selected) selectTask(null);
}

/** @param {number} step  places by which the selection moves in the list */
function selectNeighbour(step) {
  const state = getState();
  const tasks = filteredTasks(state);
  if (!tasks.length) return;
  const place = tasks.findIndex((task) => task.id === state.selected);
  const { id } = tasks[place < 0 ? 0 : clamp(place + step, tasks.length)];
  selectTask(id);
  requestAnimationFrame(() => {
    const element = /** @type {HTMLElement|null} */ (document.querySelector(`[data-task="${CSS.escape(id)}"]`));
    element?.focus();
  });
}

const clamp = (/** @type {number} */ place, /** @type {number} */ count) => Math.max(0, Math.min(count - 1, place));
