/**
 * Every pane: its place and what it shows. The panes below the timeline stand side by side, or one above the other in a
 * narrow window. A pane of the drawer is opened by its name: `openDrawer("create")`.
 *
 * @typedef {{name: string, title: string, icon: string, place: "left"|"middle"|"right"|"drawer", view: Function}} Pane
 */
import { html } from "../lib.js";
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
import { update, useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { Tabs } from "../ui/tabs.js";
import { Splitter } from "./splitter.js";

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
const LEFT = PANES.filter((pane) => pane.place === "left");
const BESIDE = PANES.filter((pane) => pane.place === "middle" || pane.place === "right");

export function Panes() {
  return html`
    <${Splitter} />
    <div class="panes">
      <${LeftPane} />
      ${BESIDE.map(
        (pane) => html`<section key=${pane.name} class=${`pane pane-${pane.name}`} aria-label=${pane.title}>
          <div class="pane-head"><h2>${icon(pane.icon, 14)}${pane.title}</h2></div>
          <${pane.view} />
        </section>`,
      )}
    </div>
  `;
}

/** The panes that share the left place, each in its tab. */
function LeftPane() {
  const name = useStore((state) => state.leftPane);
  const pane = LEFT.find((each) => each.name === name) ?? LEFT[0];
  return html`<section class="pane pane-left" aria-label="Requests, report card and ledger">
    <${Tabs}
      id="tab"
      label="Left pane"
      tabs=${LEFT}
      selected=${pane.name}
      onSelect=${(leftPane) => update({ leftPane })}
      listClass="pane-head"
      panelClass="tab-panel"
    >
      <${pane.view} />
    <//>
  </section>`;
}
