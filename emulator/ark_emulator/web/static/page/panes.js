/**
 * Every pane: where it is and what it shows. Those at the bottom stand side by side, and one above the other where the
 * window is narrow; those of the drawer are opened by their name: `open("create")`.
 *
 * @typedef {{name: string, title: string, icon: string, place: "left"|"middle"|"right"|"drawer", view: Function}} Pane
 */
import { html } from "../lib.js";
import { icon } from "../ui/icons.js";
import { Callbacks } from "../panes/callbacks.js";
import { Create } from "../panes/create.js";
import { Demo } from "../panes/demo.js";
import { Detail } from "../panes/detail.js";
import { Help } from "../panes/help.js";
import { Inject } from "../panes/inject.js";
import { Journal } from "../panes/journal.js";
import { Ledger } from "../panes/ledger.js";
import { Report } from "../panes/report.js";
import { Reset } from "../panes/reset.js";
import { Scenario } from "../panes/scenario.js";
import { World } from "../panes/world.js";
import { Splitter } from "./splitter.js";
import { update, useStore } from "../state/store.js";

/** @type {Pane[]} */
export const PANES = [
  { name: "journal", title: "Requests", icon: "rows", place: "left", view: Journal },
  { name: "report", title: "Report card", icon: "medal", place: "left", view: Report },
  { name: "ledger", title: "Ledger", icon: "coin", place: "left", view: Ledger },
  { name: "detail", title: "Task", icon: "film", place: "middle", view: Detail },
  { name: "callbacks", title: "Callbacks", icon: "send", place: "right", view: Callbacks },
  { name: "create", title: "Create a task", icon: "plus", place: "drawer", view: Create },
  { name: "inject", title: "Inject a fault", icon: "bolt", place: "drawer", view: Inject },
  { name: "scenario", title: "Scenario", icon: "script", place: "drawer", view: Scenario },
  { name: "demo", title: "Demo data", icon: "wand", place: "drawer", view: Demo },
  { name: "reset", title: "Reset this world", icon: "trash", place: "drawer", view: Reset },
  { name: "world", title: "Worlds", icon: "globe", place: "drawer", view: World },
  { name: "help", title: "Keyboard and help", icon: "help", place: "drawer", view: Help },
];

export function Panes() {
  return html`
    <${Splitter} />
    <div class="panes">
      <${LeftPane} />
      ${PANES.filter((pane) => pane.place === "middle" || pane.place === "right").map(
        (pane) => html`<section key=${pane.name} class=${`pane pane-${pane.name}`} aria-label=${pane.title}>
          <div class="pane-head"><h2>${icon(pane.icon, 14)}${pane.title}</h2></div>
          <${pane.view} />
        </section>`,
      )}
    </div>
  `;
}

/** The panes that share a place, each under its tab. */
function LeftPane() {
  const left = useStore((state) => state.left);
  const panes = PANES.filter((pane) => pane.place === "left");
  const chosen = panes.find((pane) => pane.name === left) ?? panes[0];
  const turn = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const place = (panes.indexOf(chosen) + by + panes.length) % panes.length;
    update({ left: panes[place].name });
    event.currentTarget.children[place].focus();
  };
  return html`<section class="pane pane-left" aria-label="Requests, report card and ledger">
    <div class="pane-head" role="tablist" aria-label="Left pane" onKeyDown=${turn}>
      ${panes.map(
        (pane) => html`<button
          key=${pane.name}
          id=${`tab-${pane.name}`}
          role="tab"
          class="tab"
          aria-selected=${pane === chosen}
          aria-controls="left-panel"
          tabindex=${pane === chosen ? 0 : -1}
          onClick=${() => update({ left: pane.name })}
        >
          ${icon(pane.icon, 14)}
          ${pane.title}
        </button>`,
      )}
    </div>
    <div id="left-panel" class="tab-panel" role="tabpanel" aria-labelledby=${`tab-${chosen.name}`}>
      <${chosen.view} />
    </div>
  </section>`;
}
