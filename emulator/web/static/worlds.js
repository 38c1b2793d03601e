/**
 * Which world is shown, and making another one.
 */
import { html } from "./lib.js";
import { open, visit } from "./actions.js";
import { icon } from "./icons.js";
import { useStore } from "./store.js";

const NEW = " new";

export function Worlds() {
  const world = useStore((state) => state.world);
  const worlds = useStore((state) => state.worlds);
  const all = [...new Set(["default", ...worlds, ...(world ? [world] : [])])];
  const choose = (event) => {
    const { value } = event.target;
    event.target.value = world || "default";
    if (value === NEW) open("world");
    else visit(value === "default" ? "" : value);
  };
  return html`<label class="worlds" title="Worlds are isolated from each other: each has its own clock, tasks and scenario">
    ${icon("globe")}<span class="unseen">World</span>
    <select value=${world || "default"} onChange=${choose}>
      ${all.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      <option value=${NEW}>New world…</option>
    </select>
  </label>`;
}
