/**
 * Fields of forms: each with its label, a hint and an error, which assistive technology hears with the field.
 */
import { classes, html, useId } from "../lib.js";
import { copy } from "../state/actions.js";
import { icon } from "./icons.js";

/** A label, whatever `control` makes of the attributes that bind it to its texts, then hint and error. */
function Framed({ label, hint, error, wide, narrow, control }) {
  const id = useId();
  const told = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  const bound = { id, "aria-describedby": told || undefined, "aria-invalid": error ? "true" : undefined };
  return html`<div class=${classes("framed", wide && "is-wide", narrow && "is-narrow", error && "is-wrong")}>
    <label for=${id}>${label}</label>
    ${control(bound)}
    ${hint ? html`<p class="hint" id=${`${id}-hint`}>${hint}</p>` : null}
    ${error ? html`<p class="wrong" id=${`${id}-error`}>${icon("cross", 12)}${error}</p>` : null}
  </div>`;
}

/** A line of text, or several with `rows`. `set` gets the text. */
export function Text({ value, set, rows, label, hint, error, wide, narrow, ...more }) {
  const onInput = (event) => set(event.target.value);
  const control = (bound) =>
    rows
      ? html`<textarea rows=${rows} value=${value} onInput=${onInput} ...${bound} ...${more}></textarea>`
      : html`<input value=${value} onInput=${onInput} spellcheck=${false} autocomplete="off" ...${bound} ...${more} />`;
  return html`<${Framed}
    label=${label}
    hint=${hint}
    error=${error}
    wide=${wide}
    narrow=${narrow}
    control=${control}
  />`;
}

/**
 * A list to choose from. `options` are texts, or pairs of value and title; `groups` pairs of a title and options.
 */
export function Choice({ value, set, options, groups, label, hint, error, wide, narrow, ...more }) {
  const control = (
    bound,
  ) => html`<select value=${value} onChange=${(event) => set(event.target.value)} ...${bound} ...${more}>
    ${options?.map(Option)}
    ${groups?.map(([title, found]) => html`<optgroup key=${title} label=${title}>${found.map(Option)}</optgroup>`)}
  </select>`;
  return html`<${Framed}
    label=${label}
    hint=${hint}
    error=${error}
    wide=${wide}
    narrow=${narrow}
    control=${control}
  />`;
}

function Option(each) {
  const [value, title] = Array.isArray(each) ? each : [each, each];
  return html`<option key=${value} value=${value}>${title}</option>`;
}

/** A box to tick. */
export const Tick = ({ value, set, label, hint }) => html`<label class="tick" title=${hint}>
  <input type="checkbox" checked=${value} onChange=${(event) => set(event.target.checked)} />
  <span>${label}</span>
</label>`;

/** Few choices beside each other, of which one is taken: radio buttons, moved by arrow keys. Rows as in `Choice`. */
export function Segments({ value, set, options, label, hidden = true }) {
  const name = useId();
  return html`<fieldset class="segments">
    <legend class=${hidden ? "unseen" : ""}>${label}</legend>
    ${options.map(
      ([each, title, about]) => html`<label key=${each} class="segment" title=${about}>
        <input type="radio" name=${name} value=${each} checked=${each === value} onChange=${() => set(each)} />
        <span>${title}</span>
      </label>`,
    )}
  </fieldset>`;
}

/** Tabs over what `children` shows of the chosen one. `tabs` are triples of name, title and icon. */
export function Tabs({ value, set, tabs, label, children }) {
  const id = useId();
  const turn = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const place = (tabs.findIndex(([name]) => name === value) + by + tabs.length) % tabs.length;
    set(tabs[place][0]);
    event.currentTarget.children[place].focus();
  };
  return html`<div class="tabbed">
    <div class="tabs" role="tablist" aria-label=${label} onKeyDown=${turn}>
      ${tabs.map(
        ([name, title, drawing]) => html`<button
          key=${name}
          type="button"
          role="tab"
          id=${`${id}-${name}`}
          class="tab"
          aria-selected=${name === value}
          aria-controls=${`${id}-panel`}
          tabindex=${name === value ? 0 : -1}
          onClick=${() => set(name)}
        >
          ${drawing ? icon(drawing, 14) : null}
          ${title}
        </button>`,
      )}
    </div>
    <div class="tabbed-panel" role="tabpanel" id=${`${id}-panel`} aria-labelledby=${`${id}-${value}`} tabindex="-1">
      ${children}
    </div>
  </div>`;
}

/** A text to look at and to copy; `shown` stands for `text` where that is long or coloured. */
export const Snippet = ({ text, shown = text, label, what = "Copied" }) => html`<div class="snippet-frame">
  <pre class="snippet" tabindex="0" role="region" aria-label=${label}>${shown}</pre>
  <button
    type="button"
    class="button is-bare"
    aria-label=${`Copy: ${label}`}
    title="Copy"
    onClick=${() => copy(text, what)}
  >
    ${icon("copy")}
  </button>
</div>`;
