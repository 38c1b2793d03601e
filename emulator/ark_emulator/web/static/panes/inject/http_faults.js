/** Faults of exchanges: the kind of exchange, the effect, how often it applies, and to which requests. */
import { html, useState } from "../../lib.js";
import { runAction } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useScenarioCheck } from "../../state/query.js";
import { yamlList } from "../../format/yaml.js";
import { Choice, Segments, Text } from "../../ui/fields.js";
import { icon } from "../../ui/icons.js";
import { CheckedYaml, isUsable } from "./checked_yaml.js";
import {
  ARGUMENTS,
  EFFECTS,
  EXCHANGES,
  INITIAL_FORM,
  PRESETS,
  argumentOf,
  faultOf,
  isHiddenBySdks,
  takesRetryAfter,
} from "./effects.js";

const SCOPES = [
  ["next", "Next", "The next matching requests"],
  ["every", "Every", "Every n-th matching request"],
  ["chance", "Chance", "By chance, decided by the seed of the world"],
  ["always", "Until removed", "All matching requests"],
];
const TIMES_LABELS = { next: "How many", every: "Every how many", chance: "Per cent" };
const CONDITIONS = [
  { name: "model", label: "Model", example: "*seedance-2-0*" },
  { name: "prompt", label: "Prompt", example: "*fight*" },
  { name: "key", label: "API key", example: "sk-*" },
  { name: "dialect", label: "Dialect", example: "easyrouter" },
];

/** The last values, kept until the page is left. */
let savedForm = INITIAL_FORM;

export function HttpFaults({ catalogue }) {
  const [form, setForm] = useState(savedForm);
  const put = (patch) => setForm((savedForm = { ...form, ...patch }));
  const codes = catalogue.codes[form.on] ?? [];
  const effects = catalogue.effects.filter((each) => each.on.includes(form.on) && EFFECTS[each.name]);
  const setExchange = (on) => {
    const offered = catalogue.effects.filter((each) => each.on.includes(on));
    const isOffered = offered.some((each) => each.name === form.effect);
    put({ on, effect: isOffered ? form.effect : offered[0].name });
  };
  const fault = faultOf(form, codes);
  const text = yamlList("faults", fault);
  const check = useScenarioCheck(text);
  const onSubmit = (event) => {
    event.preventDefault();
    runAction(() => api.addFault(fault), "The fault is injected");
  };
  return html`<form class="stack" onSubmit=${onSubmit} noValidate>
    <div class="chips" role="group" aria-label="Frequent faults">
      ${PRESETS.map(
        (preset) => html`<button
          key=${preset.title}
          type="button"
          class="chip is-word"
          onClick=${() => put({ ...INITIAL_FORM, ...preset.form })}
        >
          ${preset.title}
        </button>`,
      )}
    </div>
    <${Segments} label="Kind of request" value=${form.on} set=${setExchange} options=${EXCHANGES} />
    <${Effects} value=${form.effect} set=${(effect) => put({ effect })} effects=${effects} />
    <${Arguments} form=${form} put=${put} codes=${codes} />
    <div class="row is-fields">
      <${Segments} label="How often" value=${form.scope} set=${(scope) => put({ scope })} options=${SCOPES} />
      ${
        form.scope === "always"
          ? null
          : html`<${Text}
            narrow
            type="number"
            min="1"
            label=${TIMES_LABELS[form.scope]}
            value=${form.times}
            set=${(times) => put({ times })}
          />`
      }
    </div>
    ${isHiddenBySdks(form, codes) ? html`<${SdkWarning} fix=${() => put({ times: "3" })} />` : null}
    ${
      fault.reset || fault.after_commit === "reset"
        ? html`<p class="hint">
          Browsers, including the one of this page, repeat a request by themselves if a connection that was used before
          is reset.
        </p>`
        : null
    }
    <${Conditions} only=${form.only} put=${put} />
    <${CheckedYaml} label="The same in a scenario" text=${text} check=${check}>
      <button class="button is-primary" disabled=${!isUsable(check)}>${icon("bolt")}Inject</button>
    <//>
  </form>`;
}

const SdkWarning = ({ fix }) => html`<p class="warning" role="note">
  ${icon("warn")}
  <span>
    Official SDKs repeat such a request twice. With fewer than 3 failures in a row their users notice nothing.${" "}
    <button type="button" class="link" onClick=${fix}>Make it 3</button>
  </span>
</p>`;

function Effects({ value, set, effects }) {
  return html`<fieldset class="effects">
    <legend class="unseen">Effect</legend>
    ${effects.map(
      ({ name }) => html`<label key=${name} class="effect">
        <input type="radio" name="effect" checked=${name === value} onChange=${() => set(name)} />
        <span><b>${EFFECTS[name].title}</b><small>${EFFECTS[name].about}</small></span>
      </label>`,
    )}
  </fieldset>`;
}

function Arguments({ form, put, codes }) {
  const { argument } = EFFECTS[form.effect];
  if (!argument) return null;
  const { label, hint, options } = ARGUMENTS[argument];
  const value = argumentOf(form, argument, codes);
  const set = (text) => put({ given: { ...form.given, [argument]: text } });
  const listed = argument === "code" ? codes.map((each) => [each.code, `${each.status} ${each.code}`]) : options;
  return html`<div class="grid">
    ${
      listed
        ? html`<${Choice} label=${label} value=${value} set=${set} options=${listed} />`
        : html`<${Text} label=${label} hint=${hint} value=${value} set=${set} />`
    }
    ${
      takesRetryAfter(form)
        ? html`<${Text}
          label="Retry-After"
          placeholder="none"
          value=${form.retryAfter}
          set=${(retryAfter) => put({ retryAfter })}
        />`
        : null
    }
  </div>`;
}

/** Patterns that limit the fault to some requests. */
function Conditions({ only, put }) {
  return html`<details class="more" open=${Object.values(only).some(Boolean)}>
    <summary>Only for some requests</summary>
    <div class="grid">
      ${CONDITIONS.map(
        ({ name, label, example }) => html`<${Text}
          key=${name}
          label=${label}
          placeholder=${example}
          value=${only[name]}
          set=${(value) => put({ only: { ...only, [name]: value } })}
        />`,
      )}
    </div>
  </details>`;
}
