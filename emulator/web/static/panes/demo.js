/** Demo traffic: how much, and of which seed. */
import { html, useState } from "../lib.js";
import { close, demo } from "../actions.js";

const FIELDS = [
  ["count", "Tasks", 40, 1, 500],
  ["seconds", "Seconds of traffic", 120, 1, 86_400],
  ["seed", "Seed", 0, 0, 1_000_000_000],
];

export function Demo() {
  const [wish, setWish] = useState(Object.fromEntries(FIELDS.map(([name, , usual]) => [name, usual])));
  const [busy, setBusy] = useState(false);
  const fill = async (event) => {
    event.preventDefault();
    setBusy(true);
    const done = await demo(wish);
    setBusy(false);
    if (done) close();
  };
  return html`<form class="form" onSubmit=${fill}>
    <p>Made-up clients submit tasks in every dialect and poll them, through the same door as everybody: their requests stand in the
      journal, and faults strike them. The clock is set forward by the length of the traffic. The same seed makes the same requests.</p>
    <div class="row">${FIELDS.map(([name, title, , least, most]) => html`<label key=${name} class="field"><span>${title}</span>
      <input type="number" min=${least} max=${most} value=${wish[name]} onInput=${(event) => setWish({ ...wish, [name]: Number(event.target.value) })} /></label>`)}</div>
    <button class="button is-primary" disabled=${busy}>${busy ? "Filling…" : "Fill this world"}</button>
  </form>`;
}
