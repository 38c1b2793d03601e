/** Faults on the spot: the next request fails, until it is taken back. */
import { html } from "../lib.js";
import { act } from "../actions.js";
import { useAsked } from "../ask.js";
import { api } from "../api.js";
import { useStore } from "../store.js";

export function Inject() {
  const faults = useStore((state) => state.faults);
  const { answer } = useAsked(() => api.faults(), "faults", [faults]);
  return html`<div class="form">
    <button class="button is-primary" onClick=${() => act(() => api.addFault({ on: "create", first: 3, after_commit: "reset" }), "The next three replies to a create are lost")}>
      Lose the reply to the next three creates</button>
    ${(answer?.items ?? []).map((each) => html`<div key=${each.id} class="row"><pre>${each.yaml}</pre>
      <button class="button" onClick=${() => act(() => api.removeFault(each.id))}>Take back</button></div>`)}
  </div>`;
}
