/** Demo traffic: how much of it, and from which seed. */
import { formatCount } from "../format/text.js";
import { formatDuration } from "../format/time.js";
import { html, useState } from "../lib.js";
import { closeDrawer, fillWithDemo } from "../state/actions.js";
import { Text } from "../ui/fields.js";
import { icon } from "../ui/icons.js";

const FIELDS = [
  { name: "count", label: "Tasks", min: 1, max: 500 },
  { name: "seconds", label: "Seconds of traffic", min: 1, max: 86_400 },
  { name: "seed", label: "Seed", min: 0, max: 1_000_000_000 },
];
const SIZES = [
  { title: "A few", count: "12", seconds: "60" },
  { title: "A demo", count: "40", seconds: "120" },
  { title: "Rush hour", count: "200", seconds: "300" },
  { title: "A slow day", count: "60", seconds: "7200" },
];

/** The last values, kept until the page is left. */
let savedValues = { count: SIZES[1].count, seconds: SIZES[1].seconds, seed: "0" };

/**
 * The error of a whole number outside its limits; undefined if it is valid.
 *
 * @param {string} text
 * @param {{min: number, max: number}} limits
 */
export const rangeError = (text, { min, max }) =>
  /^\d+$/.test(text) && Number(text) >= min && Number(text) <= max ? undefined : `from ${min} to ${formatCount(max)}`;

export function Demo() {
  const [values, setValues] = useState(savedValues);
  const [isBusy, setBusy] = useState(false);
  const put = (patch) => setValues((savedValues = { ...values, ...patch }));
  const isValid = !FIELDS.some((field) => rangeError(values[field.name], field));
  const onSubmit = async (event) => {
    event.preventDefault();
    if (!isValid || isBusy) return;
    setBusy(true);
    const result = await fillWithDemo(Object.fromEntries(FIELDS.map(({ name }) => [name, Number(values[name])])));
    setBusy(false);
    if (result) closeDrawer();
  };
  const length = isValid ? formatDuration(Number(values.seconds)) : "the length of the traffic";
  return html`<form class="form" onSubmit=${onSubmit} noValidate>
    <p>
      Simulated clients submit tasks in every dialect and poll them through the emulated API. Their requests appear in
      the journal, and faults apply to them. The same seed makes the same requests.
    </p>
    <div class="chips" role="group" aria-label="Amount of traffic">
      ${SIZES.map(
        ({ title, count, seconds }) => html`<button
          key=${title}
          type="button"
          class="chip is-word"
          aria-pressed=${count === values.count && seconds === values.seconds}
          onClick=${() => put({ count, seconds })}
        >
          ${title}
        </button>`,
      )}
    </div>
    <div class="grid is-three">
      ${FIELDS.map(
        (field) => html`<${Text}
          key=${field.name}
          label=${field.label}
          type="number"
          min=${field.min}
          max=${field.max}
          value=${values[field.name]}
          set=${(value) => put({ [field.name]: value })}
          error=${rangeError(values[field.name], field)}
        />`,
      )}
    </div>
    <p class="hint">${icon("clock", 14)} The clock is moved forward by ${length}.</p>
    <div class="row">
      <button class="button is-primary" disabled=${isBusy || !isValid}>
        ${icon("wand")}
        ${isBusy ? "Filling…" : "Fill this world"}
      </button>
    </div>
  </form>`;
}
