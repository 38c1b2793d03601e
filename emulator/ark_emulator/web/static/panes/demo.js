/** Demo traffic: how much, and of which seed. */
import { html, useState } from "../lib.js";
import { close, demo } from "../state/actions.js";
import { Text } from "../ui/fields.js";
import { icon } from "../ui/icons.js";
import { lengthOf } from "../format/time.js";

const FIELDS = {
  count: ["Tasks", 1, 500],
  seconds: ["Seconds of traffic", 1, 86_400],
  seed: ["Seed", 0, 1_000_000_000],
};
const SIZES = [
  ["A few", { count: "12", seconds: "60" }],
  ["A demo", { count: "40", seconds: "120" }],
  ["Rush hour", { count: "200", seconds: "300" }],
  ["A slow day", { count: "60", seconds: "7200" }],
];

let kept = { ...SIZES[1][1], seed: "0" };

export function Demo() {
  const [wish, setWish] = useState(kept);
  const [busy, setBusy] = useState(false);
  const put = (patch) => setWish((kept = { ...wish, ...patch }));
  const wrong = (name) => {
    const [, least, most] = FIELDS[name];
    const fits = /^\d+$/.test(wish[name]) && Number(wish[name]) >= least && Number(wish[name]) <= most;
    return fits ? undefined : `from ${least} to ${most.toLocaleString("en")}`;
  };
  const names = Object.keys(FIELDS);
  const fits = !names.some(wrong);
  const fill = async (event) => {
    event.preventDefault();
    if (!fits || busy) return;
    setBusy(true);
    const done = await demo(Object.fromEntries(names.map((name) => [name, Number(wish[name])])));
    setBusy(false);
    if (done) close();
  };
  return html`<form class="form" onSubmit=${fill} noValidate>
    <p>
      Made-up clients submit tasks in every dialect and poll them, through the same door as everybody: their requests
      stand in the journal, and faults strike them. The same seed makes the same requests.
    </p>
    <div class="chips" role="group" aria-label="How much">
      ${SIZES.map(
        ([title, patch]) => html`<button
          key=${title}
          type="button"
          class="chip is-word"
          aria-pressed=${patch.count === wish.count && patch.seconds === wish.seconds}
          onClick=${() => put(patch)}
        >
          ${title}
        </button>`,
      )}
    </div>
    <div class="grid is-three">
      ${names.map(
        (name) => html`<${Text}
          key=${name}
          label=${FIELDS[name][0]}
          type="number"
          min=${FIELDS[name][1]}
          max=${FIELDS[name][2]}
          value=${wish[name]}
          set=${(value) => put({ [name]: value })}
          error=${wrong(name)}
        />`,
      )}
    </div>
    <p class="hint">
      ${icon("clock", 14)}
      ${" "}
      ${
        fits
          ? `The clock is set forward by ${lengthOf(Number(wish.seconds))}.`
          : "The clock is set forward by the length of the traffic."
      }
    </p>
    <div class="row">
      <button class="button is-primary" disabled=${busy || !fits}>
        ${icon("wand")}
        ${busy ? "Filling…" : "Fill this world"}
      </button>
    </div>
  </form>`;
}
