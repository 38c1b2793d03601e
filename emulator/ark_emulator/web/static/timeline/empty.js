/**
 * What an empty world shows: how to send the first task.
 */
import { html } from "../lib.js";
import { copy, demo, open } from "../state/actions.js";
import { ORIGIN } from "../state/api.js";
import { icon } from "../ui/icons.js";
import { useStore } from "../state/store.js";

export function Empty() {
  const world = useStore((state) => state.world);
  const base = `${ORIGIN}${world ? `/w/${encodeURIComponent(world)}` : ""}/api/v3`;
  const curl = `curl -s ${base}/contents/generations/tasks \\
  -H 'Authorization: Bearer ${world || "x"}' -H 'Content-Type: application/json' \\
  -d '{"model":"dreamina-seedance-2-0-260128","content":[{"type":"text","text":"a fox in the snow"}]}'`;
  return html`<div class="empty">
    <h2>No tasks yet</h2>
    <p>
      Point a client at <code>${base}</code> with any API key, or send the first task from here. It appears in this
      timeline with its whole life: what happened, and what is planned.
    </p>
    <pre class="snippet">
      <code>${curl}</code>
      <button class="button is-bare" onClick=${() => copy(curl)} aria-label="Copy the command">${icon("copy")}</button>
    </pre>
    <div class="row">
      <button class="button is-primary" onClick=${() => open("create")}>${icon("plus")}Create a task</button>
      <button class="button" onClick=${() => demo({})}>${icon("wand")}Fill with demo data</button>
    </div>
  </div>`;
}
