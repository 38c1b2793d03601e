/** Faults on the spot: what goes wrong with exchanges, what becomes of tasks, and what is in force. */
import { html, useState } from "../lib.js";
import { useAsked } from "../state/ask.js";
import { api } from "../state/api.js";
import { Tabs } from "../ui/fields.js";
import { useStore } from "../state/store.js";
import { Http } from "./inject/http_faults.js";
import { InForce } from "./inject/active_faults.js";
import { Task } from "./inject/task_outcomes.js";

const TABS = [
  ["http", "HTTP", "bolt"],
  ["task", "Task", "film"],
];

/** `tab` is `http` or `task`. */
export function Inject({ tab = "http" }) {
  const [shown, setShown] = useState(tab);
  const world = useStore((state) => state.world);
  const { answer, problem } = useAsked(() => api.catalogue(), world);
  if (problem) return html`<p class="nothing" role="alert">${problem.message}</p>`;
  if (!answer) return html`<p class="nothing" role="status">Asking what can go wrong…</p>`;
  return html`<div class="inject">
    <${Tabs} value=${shown} set=${setShown} tabs=${TABS} label="What to inject">
      ${shown === "http" ? html`<${Http} catalogue=${answer} />` : html`<${Task} catalogue=${answer} />`}
    <//>
    <${InForce} />
  </div>`;
}
