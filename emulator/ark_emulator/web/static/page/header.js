/**
 * The head of the page: how it stands to the server, which world, what time it is there, and what can be done at once.
 */
import { html } from "../lib.js";
import { open, setTheme } from "../state/actions.js";
import { ClockBar } from "./clock_bar.js";
import { icon } from "../ui/icons.js";
import { useStore } from "../state/store.js";
import { Worlds } from "./world_menu.js";

const PHASES = {
  loading: ["Connecting", "waits"],
  live: ["Live", "good"],
  lost: ["Reconnecting", "bad"],
  away: ["Paused while hidden", "waits"],
};
const THEMES = {
  auto: ["dark", "Theme: as the system has it"],
  dark: ["light", "Theme: dark"],
  light: ["auto", "Theme: light"],
};
const THEME_ICONS = { auto: "auto", dark: "moon", light: "sun" };

export function Header() {
  const phase = useStore((state) => state.phase);
  const scenario = useStore((state) => state.scenario);
  const theme = useStore((state) => state.theme);
  const faults = useStore((state) => state.faults);
  const [word, tone] = PHASES[phase] ?? PHASES.loading;
  const [following, label] = THEMES[theme] ?? THEMES.auto;
  return html`<header class="header">
    <div class="brand">
      <img src="static/icon.svg" alt="" width="24" height="24" />
      <h1>Ark Emulator</h1>
      <span class=${`phase is-${tone}`} role="status"><i class="lamp"></i>${word}</span>
      <${Worlds} />
    </div>
    <${ClockBar} />
    <div class="deeds">
      <button
        class="button scenario-button"
        onClick=${() => open("scenario")}
        aria-label=${`Scenario ${scenario}`}
        title="The scenario that rules this world"
      >
        ${icon("script")}
        <span class="quiet wide">Scenario</span>
        <b>${scenario || "…"}</b>
      </button>
      <button class="button" onClick=${() => open("create")}>${icon("plus")}Create</button>
      <button class="button" onClick=${() => open("inject")}>
        ${icon("bolt")}Inject
        ${faults ? html`<span class="badge" aria-label=${`${faults} faults are in force`}>${faults}</span>` : null}
      </button>
      <button class="button" onClick=${() => open("demo")}>${icon("wand")}Demo<span class="wide"> data</span></button>
      <button class="button" onClick=${() => open("reset")} aria-label="Reset" title="Empty this world">
        ${icon("trash")}
        <span class="wide">Reset</span>
      </button>
      <button class="button is-bare" onClick=${() => setTheme(following)} aria-label=${label} title=${label}>
        ${icon(THEME_ICONS[theme])}
      </button>
      <button
        class="button is-bare"
        onClick=${() => open("help")}
        aria-label="Keyboard and help"
        title="Keyboard and help (?)"
      >
        ${icon("help")}
      </button>
    </div>
  </header>`;
}
