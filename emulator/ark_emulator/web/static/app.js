/**
 * The dashboard: the whole page, put together.
 *
 * How the modules stand to each other
 *   lib       Preact and htm; everything imports them from there
 *   store     the one state, `useStore(select)`, `update(patch)`
 *   stream    the event stream        news     events and first look -> state
 *   api       every control route     actions  what a person can do, told by toasts
 *   header, clock, worlds, counters, timeline, table, panes/*   what is seen
 *
 * How to add a pane
 *   1. Write `panes/NAME.js` that exports a component. It takes no props but those it is opened with; it reads the state
 *      by `useStore`, asks the server by `api`, and acts by `actions`. It renders one root element, fills the place it
 *      is given, and scrolls by itself (class `scrolls`). What it fetched itself it fetches again when the part of the
 *      state it depends on is another value (`useAsked` in `ask.js`).
 *   2. Add a row to `PANES` in `panes.js`: name, title, icon, place (`left`, `middle`, `right` or `drawer`), component.
 *   3. Put its styles into `styles/`, with the colours and sizes of `tokens.css` alone.
 *   4. Nothing inline in HTML and nothing from elsewhere: the policy of the page forbids it. No timers that run while
 *      nothing happens. Whatever can be clicked is a button or a link with a name.
 */
import { html, render, useEffect } from "./lib.js";
import { select } from "./state/actions.js";
import { Announcer } from "./page/announcer.js";
import { Counters } from "./page/counters.js";
import { Header } from "./page/header.js";
import { Drawer } from "./page/drawer.js";
import { listenToKeys } from "./page/keyboard.js";
import { start } from "./state/sync.js";
import { Panes } from "./page/panes.js";
import { Gate } from "./page/gate.js";
import { getState, update, useStore } from "./state/store.js";
import { Table } from "./timeline/table.js";
import { Timeline } from "./timeline/timeline.js";
import { Toasts } from "./ui/toasts.js";

function App() {
  const view = useStore((state) => state.view);
  const theme = useStore((state) => state.theme);
  const phase = useStore((state) => state.phase);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  if (phase === "token" || phase === "gone") return html`<${Gate} phase=${phase} />`;
  return html`
    <div class="page">
      <${Header} />
      <main class="main">
        <${Counters} />
        ${view === "table" ? html`<${Table} />` : html`<${Timeline} />`}
        <${Panes} />
      </main>
    </div>
    <${Drawer} />
    <${Toasts} />
    <${Announcer} />
  `;
}

/** The world and the task that the address names. */
async function begin() {
  const inPath = /^\/w\/([^/]+)\//.exec(location.pathname);
  const world = inPath ? decodeURIComponent(inPath[1]) : new URLSearchParams(location.search).get("world");
  update({ world: world ?? "" });
  const wanted = decodeURIComponent(location.hash.slice(1));
  await start();
  if (wanted && getState().tasks.size) select(wanted);
}

listenToKeys();
render(html`<${App} />`, document.getElementById("app"));
begin();
