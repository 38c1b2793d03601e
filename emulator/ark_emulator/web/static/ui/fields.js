/** Fields of forms, each with its label, hint and error, which screen readers read with the field. */
import { classes, html, useId } from "../lib.js";
import { copyText } from "../state/actions.js";
import { icon } from "./icons.js";

/** A label, a control, a hint and an error. `control` receives the attributes that bind the control to the others. */
function Field({ label, hint, error, wide, narrow, control }) {
  const id = useId();
  const describedBy = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const bound = { id, "aria-describedby": describedBy || undefined, "aria-invalid": error ? "true" : undefined };
  return html`<div class=${classes("framed", wide && "is-wide", narrow && "is-narrow", error && "is-wrong")}>
    <label for=${id}>${label}</label>
    ${control(bound)}
    ${hint ? html`<p class="hint" id=${`${id}-hint`}>${hint}</p>` : null}
    ${error ? html`<p class="wrong" id=${`${id}-error`}>${icon("cross", 12)}${error}</p>` : null}
  </div>`;
}

/** A line of text, or `rows` lines. `set` receives the text; further props become attributes. */
export function Text({ value, set, rows = undefined, label, hint, error, wide, narrow, ...more }) {
  const onInput = (event) => set(event.target.value);
  const control = (bound) =>
    rows
      ? html`<textarea rows=${rows} value=${value} onInput=${onInput} ...${bound} ...${more}></textarea>`
      : html`<input value=${value} onInput=${onInput} spellcheck=${false} autocomplete="off" ...${bound} ...${more} />`;
  return html`<${Field} ...${{ label, hint, error, wide, narrow, control }} />`;
}

/**
 * A menu. `options` are values, or pairs of value and title; `groups` are pairs of a title and options.
 * `set` receives the value; further props become attributes.
 */
export function Choice({ value, set, options = [], groups = [], label, hint, error, wide, narrow, ...more }) {
  const onChange = (event) => set(event.target.value);
  const control = (bound) =>
    html`<select value=${value} onChange=${onChange} ...${bound} ...${more}>
      ${options.map(Option)}
      ${groups.map(([title, members]) => html`<optgroup key=${title} label=${title}>${members.map(Option)}</optgroup>`)}
    </select>`;
  return html`<${Field} ...${{ label, hint, error, wide, narrow, control }} />`;
}

function Option(option) {
  const [value, title] = Array.isArray(option) ? option : [option, option];
  return html`<option key=${value} value=${value}>${title}</option>`;
}

/** A checkbox. */
export const Checkbox = ({ value, set, label, hint = undefined }) => html`<label class="tick" title=${hint}>
  <input type="checkbox" checked=${value} onChange=${(event) => set(event.target.checked)} />
  <span>${label}</span>
</label>`;

/** Radio buttons in a row. `options` are triples of value, title and description. */
export function Segments({ value, set, options, label }) {
  const name = useId();
  return html`<fieldset class="segments">
    <legend class="unseen">${label}</legend>
    ${options.map(
      ([each, title, about]) => html`<label key=${each} class="segment" title=${about}>
        <input type="radio" name=${name} value=${each} checked=${each === value} onChange=${() => set(each)} />
        <span>${title}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** A text that can be copied; `shown` is displayed instead of `text` if that is long or highlighted. */
export const Snippet = ({ text, shown = text, label }) => html`<div class="snippet-frame">
  <pre class="snippet" tabindex="0" role="region" aria-label=${label}>${shown}</pre>
  <button
    type="button"
    class="button is-bare"
    aria-label=${`Copy: ${label}`}
    title="Copy"
    onClick=${() => copyText(text)}
  >
    ${icon("copy")}
  </button>
</div>`;
