/**
 * The dashboard: the whole page.
 *
 * Folders, lowest first; a folder imports only from itself and from those above it in this list
 *   lib.js     Preact and htm
 *   task.js    the statuses and names of tasks
 *   format/    texts for people and for the clipboard: times, ids, amounts, curl, Python, YAML; no state, no HTML
 *   state/     the store, the reducers of events, the control API, queries, and the actions of the user
 *   ui/        components without a subject: fields, tabs, lists, JSON, statuses, icons
 *   panes/     one component for each pane or drawer; its parts are in the folder of the same name
 *   timeline/  the timeline and the table of tasks
 *   page/      the frame: header, counters, keyboard, the places of the panes
 *
 * How to add a pane
 *   1. Write `panes/NAME.js`, which exports a component. Its only props are those it is opened with. It reads the state
 *      with `useStore`, asks the server with `useQuery`, and acts with functions of `actions`. It renders one root
 *      element, fills its place, and scrolls itself (class `scrolls`).
 *   2. Add a row to `PANES` in `page/panes.js`: name, title, icon, place (`left`, `middle`, `right` or `drawer`), view.
 *   3. Put its styles into `styles/`, with colours and sizes from `tokens.css` only.
 *   4. Write nothing inline in HTML and load nothing from other hosts: the policy of the page forbids both. Run no
 *      timers while nothing happens. Everything that can be clicked is a button or a link with a name.
 *   5. Run `python tests/web/control/dashboard/test_dashboard_page.py`, which lists the modules in `index.html`.
 */
import { html, render, useEffect } from "./lib.js";
import { Announcer } from "./page/announcer.js";
import { Counters } from "./page/counters.js";
import { Drawer } from "./page/drawer.js";
import { Gate } from "./page/gate.js";
import { Header } from "./page/header.js";
import { listenToKeys } from "./state/keyboard.js";
import { Panes } from "./page/panes.js";
import { selectTask } from "./state/actions.js";
import { getState, update, useStore } from "./state/store.js";
import { start } from "./state/sync.js";
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
  if (phase === "token_required" || phase === "world_missing") return html`<${Gate} phase=${phase} />`;
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

/** Show the world and the task that the URL names. */
async function showUrl() {
  const inPath = /^\/w\/([^/]+)\//.exec(location.pathname);
  const world = inPath ? decodeURIComponent(inPath[1]) : new URLSearchParams(location.search).get("world");
  update({ world: world ?? "" });
  const task = decodeURIComponent(location.hash.slice(1));
  await start();
  if (task && getState().tasks.size) selectTask(task);
}

listenToKeys();
render(html`<${App} />`, /** @type {HTMLElement} */ (document.getElementById("app")));
showUrl();
