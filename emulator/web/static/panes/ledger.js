/** Holds, settlements and refunds, and what is left. */
import { html } from "../lib.js";
import { useAsked } from "../ask.js";
import { api } from "../api.js";
import { useStore } from "../store.js";

export function Ledger() {
  const world = useStore((state) => state.world);
  const tasks = useStore((state) => state.tasks);
  const { answer } = useAsked((signal) => api.ledger(signal), world, [tasks]);
  if (!answer?.entries.length) return html`<p class="nothing">Tasks that cost something are booked here: held, settled, given back.</p>`;
  return html`<div class="scrolls"><p>Spent ${answer.spent} ${answer.currency}</p>
    <ol>${answer.entries.slice(-100).reverse().map((each, place) => html`<li key=${place}>${each.kind} ${each.amount} ${each.task}</li>`)}</ol></div>`;
}
