/** Every callback of the world: where it went, and what came of it. */
import { html } from "../lib.js";
import { useAsked } from "../ask.js";
import { api } from "../api.js";
import { useStore } from "../store.js";

export function Callbacks() {
  const news = useStore((state) => state.news);
  const world = useStore((state) => state.world);
  const { answer } = useAsked((signal) => api.callbacks({ limit: 200 }, signal), world, [news]);
  if (!answer?.items.length) return html`<p class="nothing">A task that was created with <code>callback_url</code> calls it at every move.</p>`;
  return html`<ol class="scrolls lines">
    ${[...answer.items].reverse().map((each) => html`<li key=${each.id}><div class="line"><b>${each.status}</b><span class="path">${each.url}</span><span>${each.state}</span></div></li>`)}
  </ol>`;
}
