/**
 * Which world is shown, and making another one.
 */
import { html } from "../lib.js";
import { open, visit } from "../state/actions.js";
import { api } from "../state/api.js";
import { icon } from "../ui/icons.js";
import { update, useStore } from "../state/store.js";

const NEW = " new";

/** Worlds come and go without a word: they are looked up when somebody is about to choose. */
const look = async () => {
  const { items } = await api.worlds().catch(() => ({}));
  if (items) update({ worlds: items.map((each) => each.api_key) });
};

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
  return html`<label
    class="worlds"
    title="Worlds are isolated from each other: each has its own clock, tasks and scenario"
  >
    ${icon("globe")}
    <span class="unseen">World</span>
    <select value=${world || "default"} onChange=${choose} onFocus=${look}>
      ${all.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      <option value=${NEW}>New world, or drop one…</option>
    </select>
  </label>`;
}
