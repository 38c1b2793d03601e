/** The report card of the clients that called. */
import { html } from "../lib.js";
import { useAsked } from "../ask.js";
import { api } from "../api.js";
import { useStore } from "../store.js";

export function Report() {
  const world = useStore((state) => state.world);
  const exchanges = useStore((state) => state.exchanges);
  const { answer } = useAsked((signal) => api.report(signal), world, [exchanges]);
  if (!answer) return html`<p class="nothing">Reading the journal…</p>`;
  return html`<div class="scrolls"><p class="grade">${answer.grade}</p>
    <ul>${answer.findings.map((each) => html`<li key=${each.code}><b>${each.severity}</b> ${each.message}</li>`)}</ul></div>`;
}
