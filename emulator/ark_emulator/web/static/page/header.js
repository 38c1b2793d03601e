/** The header: the connection to the server, the world, its clock, and buttons for the drawers. */
import { html } from "../lib.js";
import { openDrawer, setTheme } from "../state/actions.js";
import { useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { ClockBar } from "./clock_bar.js";
import { WorldMenu } from "./world_menu.js";

const CONNECTION = {
  loading: ["Connecting", "waits"],
  live: ["Live", "good"],
  reconnecting: ["Reconnecting", "bad"],
  hidden: ["Paused while hidden", "waits"],
};
/** @type {Record<string, {next: "auto"|"dark"|"light", label: string, icon: string}>} */
const THEMES = {
  auto: { next: "dark", label: "Theme: system", icon: "auto" },
  dark: { next: "light", label: "Theme: dark", icon: "moon" },
  light: { next: "auto", label: "Theme: light", icon: "sun" },
};

export function Header() {
  const phase = useStore((state) => state.phase);
  const scenario = useStore((state) => state.scenario);
  const theme = useStore((state) => state.theme);
  const faults = useStore((state) => state.faults);
  const [word, tone] = CONNECTION[phase] ?? CONNECTION.loading;
  const { next, label, icon: themeIcon } = THEMES[theme] ?? THEMES.auto;
  return html`<header class="header">
    <div class="brand">
      <img src="static/icon.svg" alt="" width="24" height="24" />
      <h1>Ark Emulator</h1>
      <span class=${`phase is-${tone}`} role="status"><i class="lamp"></i>${word}</span>
      <${WorldMenu} />
    </div>
    <${ClockBar} />
    <div class="header-actions">
      <button
        class="button scenario-button"
        onClick=${() => openDrawer("scenario")}
        aria-label=${`Scenario ${scenario}`}
        title="The scenario of this world"
      >
        ${icon("script")}
        <span class="quiet wide">Scenario</span>
        <b>${scenario || "…"}</b>
      </button>
      <button class="button" onClick=${() => openDrawer("create")}>${icon("plus")}Create</button>
      <button class="button" onClick=${() => openDrawer("inject")}>
        ${icon("bolt")}Inject
        ${faults ? html`<span class="badge" aria-label=${`${faults} faults are active`}>${faults}</span>` : null}
      </button>
      <button class="button" onClick=${() => openDrawer("demo")}>
        ${icon("wand")}Demo<span class="wide"> data</span>
      </button>
      <button class="button" onClick=${() => openDrawer("reset")} aria-label="Reset" title="Empty this world">
        ${icon("trash")}
        <span class="wide">Reset</span>
      </button>
      <button class="button is-bare" onClick=${() => setTheme(next)} aria-label=${label} title=${label}>
        ${icon(themeIcon)}
      </button>
      <button
        class="button is-bare"
        onClick=${() => openDrawer("help")}
        aria-label="Keyboard and help"
        title="Keyboard and help (?)"
      >
        ${icon("help")}
      </button>
    </div>
  </header>`;
}
