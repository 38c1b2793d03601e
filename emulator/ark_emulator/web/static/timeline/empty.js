/** What an empty world shows: how to send the first task. */
import { curlCommand } from "../format/curl.js";
import { html } from "../lib.js";
import { copyText, fillWithDemo, openDrawer } from "../state/actions.js";
import { clientUrl } from "../state/api.js";
import { useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";

const EXAMPLE = { model: "dreamina-seedance-2-0-260128", content: [{ type: "text", text: "a fox in the snow" }] };

export function Empty() {
  const world = useStore((state) => state.world);
  const base = clientUrl("/api/v3");
  const command = curlCommand({
    url: `${base}/contents/generations/tasks`,
    silent: true,
    headers: [
      ["Authorization", `Bearer ${world || "x"}`],
      ["Content-Type", "application/json"],
    ],
    body: JSON.stringify(EXAMPLE),
  });
  return html`<div class="empty">
    <h2>No tasks yet</h2>
    <p>
      Send requests to <code>${base}</code> with any API key, or create the first task here. It appears in this timeline
      with its whole life: what happened, and what is planned.
    </p>
    <pre class="snippet">
      <code>${command}</code>
      <button class="button is-bare" onClick=${() => copyText(command)} aria-label="Copy the command">
        ${icon("copy")}
      </button>
    </pre>
    <div class="row">
      <button class="button is-primary" onClick=${() => openDrawer("create")}>${icon("plus")}Create a task</button>
      <button class="button" onClick=${() => fillWithDemo({})}>${icon("wand")}Fill with demo data</button>
    </div>
  </div>`;
}
