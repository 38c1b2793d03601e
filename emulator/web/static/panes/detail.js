/** The selected task: what was asked, what is planned, what became of it. */
import { html } from "../lib.js";
import { useAsked } from "../ask.js";
import { api } from "../api.js";
import { Status } from "../status.js";
import { useSelected } from "../store.js";

export function Detail() {
  const task = useSelected();
  const { answer } = useAsked((signal) => api.task(task.id, signal), task?.id, [task]);
  if (!task) return html`<p class="nothing">Select a task to see its request, its plan, and what becomes of it.</p>`;
  return html`<div class="scrolls">
    <p><${Status} of=${task.status} /> <code>${task.alias ?? task.id}</code></p>
    <p>${task.prompt}</p>
    <pre>${answer ? JSON.stringify(answer, null, 2) : ""}</pre>
  </div>`;
}
