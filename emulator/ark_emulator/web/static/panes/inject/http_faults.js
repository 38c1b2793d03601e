/** What goes wrong with exchanges: the kind, the effect, how often, and for whom. */
import { html, useState } from "../../lib.js";
import { act } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useCheck } from "../../state/check.js";
import { Choice, Segments, Text } from "../../ui/fields.js";
import { icon } from "../../ui/icons.js";
import { listOf } from "../../format/yaml.js";
import { Checked, usable } from "./checked_yaml.js";
import {
  ARGUMENTS,
  EFFECTS,
  EXCHANGES,
  FAVOURITES,
  FIRST,
  argumentOf,
  faultOf,
  hiddenBySdks,
  takesRetryAfter,
} from "./effects.js";

const SCOPES = [
  ["next", "Next", "The next ones that fit"],
  ["every", "Every", "Every n-th that fits"],
  ["chance", "Chance", "By the dice, which hang on the seed"],
  ["always", "Until taken back", "All that fit"],
];
const TIMES = { next: "How many", every: "Every how many", chance: "Per cent" };
const ONLY = [
  ["model", "Model", "*seedance-2-0*"],
  ["prompt", "Prompt", "*fight*"],
  ["key", "API key", "sk-*"],
  ["dialect", "Dialect", "easyrouter"],
];

let kept = FIRST;

export function Http({ catalogue }) {
  const [wish, setWish] = useState(kept);
  const put = (patch) => setWish((kept = { ...wish, ...patch }));
  const codes = catalogue.codes[wish.on] ?? [];
  const effects = catalogue.effects.filter((each) => each.on.includes(wish.on) && EFFECTS[each.name]);
  const turn = (on) => {
    const fits = catalogue.effects.find((each) => each.name === wish.effect)?.on.includes(on);
    const first = catalogue.effects.find((each) => each.on.includes(on));
    put({ on, effect: fits ? wish.effect : first.name });
  };
  const fault = faultOf(wish, codes);
  const text = listOf("faults", fault);
  const checked = useCheck(text);
  const inject = (event) => {
    event.preventDefault();
    act(() => api.addFault(fault), "Injected");
  };
  return html`<form class="stack" onSubmit=${inject} noValidate>
    <div class="chips" role="group" aria-label="Frequent faults">
      ${FAVOURITES.map(
        ([title, patch]) => html`<button
          key=${title}
          type="button"
          class="chip is-word"
          onClick=${() => put({ ...FIRST, ...patch })}
        >
          ${title}
        </button>`,
      )}
    </div>
    <${Segments} label="What it strikes" value=${wish.on} set=${turn} options=${EXCHANGES} />
    <${Effects} value=${wish.effect} set=${(effect) => put({ effect })} effects=${effects} />
    <${Arguments} wish=${wish} put=${put} codes=${codes} />
    <div class="row is-fields">
      <${Segments} label="How often" value=${wish.scope} set=${(scope) => put({ scope })} options=${SCOPES} />
      ${
        wish.scope === "always"
          ? null
          : html`<${Text}
            narrow
            type="number"
            min="1"
            label=${TIMES[wish.scope]}
            value=${wish.times}
            set=${(times) => put({ times })}
          />`
      }
    </div>
    ${
      hiddenBySdks(wish, codes)
        ? html`<p class="warning" role="note">
          ${icon("warn")}
          <span>
            Official SDKs repeat such a request twice, so with fewer than 3 in a row their users see nothing of
            it.${" "}
            <button type="button" class="link" onClick=${() => put({ times: "3" })}>Make it 3</button>
          </span>
        </p>`
        : null
    }
    ${
      [fault.reset, fault.after_commit === "reset"].includes(true)
        ? html`<p class="hint">
          Browsers, the one of this page too, repeat by themselves what was reset on a connection that they had used
          before.
        </p>`
        : null
    }
    <details class="more" open=${Object.values(wish.only).some(Boolean)}>
      <summary>Only for some</summary>
      <div class="grid">
        ${ONLY.map(
          ([name, label, hint]) => html`<${Text}
            key=${name}
            label=${label}
            placeholder=${hint}
            value=${wish.only[name]}
            set=${(value) => put({ only: { ...wish.only, [name]: value } })}
          />`,
        )}
      </div>
    </details>
    <${Checked} label="The same in a scenario" text=${text} checked=${checked}>
      <button class="button is-primary" disabled=${!usable(checked)}>${icon("bolt")}Inject</button>
    <//>
  </form>`;
}

function Effects({ value, set, effects }) {
  return html`<fieldset class="effects">
    <legend class="unseen">What happens</legend>
    ${effects.map(
      ({ name }) => html`<label key=${name} class="effect">
        <input type="radio" name="effect" checked=${name === value} onChange=${() => set(name)} />
        <span><b>${EFFECTS[name][0]}</b><small>${EFFECTS[name][1]}</small></span>
      </label>`,
    )}
  </fieldset>`;
}

function Arguments({ wish, put, codes }) {
  const [, , name] = EFFECTS[wish.effect];
  const after = takesRetryAfter(wish)
    ? html`<${Text}
      label="Retry-After"
      placeholder="none"
      value=${wish.retryAfter}
      set=${(retryAfter) => put({ retryAfter })}
    />`
    : null;
  if (!name) return null;
  const { label, hint, options } = ARGUMENTS[name];
  const value = argumentOf(wish, name, codes);
  const set = (text) => put({ given: { ...wish.given, [name]: text } });
  const listed = name === "code" ? codes.map((each) => [each.code, `${each.status} ${each.code}`]) : options;
  return html`<div class="grid">
    ${
      listed
        ? html`<${Choice} label=${label} value=${value} set=${set} options=${listed} />`
        : html`<${Text} label=${label} hint=${hint} value=${value} set=${set} />`
    }
    ${after}
  </div>`;
}
