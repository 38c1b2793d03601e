/** The menu of worlds: which one is shown, and the way to the drawer that creates and deletes them. */
import { html } from "../lib.js";
import { openDrawer, showWorld } from "../state/actions.js";
import { api } from "../state/api.js";
import { update, useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";

const MANAGE = " manage";

/** Load the names of the worlds when the menu is opened: no event reports a new world. */
async function loadWorlds() {
  const { items } = await api.worlds().catch(() => ({ items: null }));
  if (items) update({ worlds: items.map((each) => each.api_key) });
}

export function WorldMenu() {
  const world = useStore((state) => state.world);
  const worlds = useStore((state) => state.worlds);
  const names = [...new Set(["default", ...worlds, ...(world ? [world] : [])])];
  const onChange = (event) => {
    const { value } = event.target;
    event.target.value = world || "default";
    if (value === MANAGE) openDrawer("world");
    else showWorld(value === "default" ? "" : value);
  };
  return html`<label class="worlds" title="Worlds are isolated: each has its own clock, tasks and scenario">
    ${icon("globe")}
    <span class="unseen">World</span>
    <select value=${world || "default"} onChange=${onChange} onFocus=${loadWorlds}>
      ${names.map((name) => html`<option key=${name} value=${name}>${name}</option>`)}
      <option value=${MANAGE}>Create or delete worlds…</option>
    </select>
  </label>`;
}
