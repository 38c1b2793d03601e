/** The first sections of the form: where the request goes, and what the clip is made from. */
import { plural } from "../../format/text.js";
import { html } from "../../lib.js";
import { useStore } from "../../state/store.js";
import { Choice, Segments, Text } from "../../ui/fields.js";
import { modesOf, steeringWord, withSteeringWord } from "./form_state.js";
import { Medium, References, sampleUrl } from "./media.js";

const STAGES = { active: "", retiring: " · being retired", retired: " · retired" };
const SITES = { volc: "Volcengine", byteplus: "BytePlus", kling: "Kling" };
/** Modes that need a first frame. */
const FRAME_MODES = ["i2v", "flf2v", "3d"];

/** The gateway, the model and the key. `errorOf` returns the error of a field; `put` changes values of the form. */
export function Target({ catalogue, values, put, gateway, family, errorOf, defaultKey }) {
  const groups = catalogue.families
    .map(({ family: name, title }) => ({ title, models: gateway.models.filter((each) => each.family === name) }))
    .filter(({ models }) => models.length)
    .map(({ title, models }) => [
      title,
      models.map((each) => [each.name, `${each.name} · ${SITES[each.site]}${STAGES[each.stage]}`]),
    ]);
  return html`<div class="grid">
    <${Choice}
      label="Gateway"
      value=${values.gateway}
      set=${(value) => put({ gateway: value })}
      options=${catalogue.doors.map((each) => [each.door, each.title])}
    />
    <${Text}
      label="API key"
      value=${values.key}
      set=${(key) => put({ key })}
      placeholder=${defaultKey}
      error=${errorOf("key")}
    />
    <${Choice}
      wide
      label="Model"
      value=${values.model}
      set=${(model) => put({ model })}
      groups=${groups}
      error=${errorOf("model")}
      hint=${describeFamily(family)}
    />
  </div>`;
}

/**
 * What the models of a family can do: `4 to 12 s · sound · drafts`.
 *
 * @param {any} family
 */
export function describeFamily({ lengths, references, audio, draft, flex }) {
  return [
    lengths.length ? `${lengths[0]} to ${lengths.at(-1)} s` : "",
    audio ? "sound" : "",
    references?.images > 1 ? `up to ${references.images} reference images` : "",
    references?.videos ? plural(references.videos, "video") : "",
    draft ? "drafts" : "",
    flex ? "flex tier" : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The mode, the prompt and the media. */
export function Content({ catalogue, values, put, family, errorOf }) {
  const { mode } = values;
  const error = errorOf("media");
  const setMode = (next) => put({ mode: next, ...samplesFor(next, values, family) });
  return html`
    <${Segments} label="Made from" value=${mode} set=${setMode} options=${modesOf(catalogue, values)} />
    ${
      mode === "draft"
        ? html`<${DraftTask} values=${values} put=${put} error=${error} />`
        : html`
          <${Text}
            label="Prompt"
            rows="3"
            value=${values.prompt}
            set=${(prompt) => put({ prompt })}
            error=${errorOf("prompt")}
          />
          <${Steering} outcomes=${catalogue.outcomes} prompt=${values.prompt} set=${(prompt) => put({ prompt })} />
        `
    }
    ${
      FRAME_MODES.includes(mode)
        ? html`<${Medium}
          kind="image"
          label=${mode === "3d" ? "Picture" : "First frame"}
          value=${values.first}
          set=${(first) => put({ first })}
          error=${error}
        />`
        : null
    }
    ${
      mode === "flf2v"
        ? html`<${Medium}
          kind="image"
          sample="last"
          label="Last frame"
          value=${values.last}
          set=${(last) => put({ last })}
          error=${error}
        />`
        : null
    }
    ${
      mode === "r2v"
        ? html`<${References}
          value=${values.references}
          set=${(references) => put({ references })}
          limits=${family.references}
          error=${error}
        />`
        : null
    }
  `;
}

/** The samples with which a mode starts, so that the request can be sent at once. */
function samplesFor(mode, values, family) {
  const needsReference = mode === "r2v" && !values.references.length && family.references;
  return {
    ...(FRAME_MODES.includes(mode) && !values.first ? { first: sampleUrl("image") } : {}),
    ...(mode === "flf2v" && !values.last ? { last: sampleUrl("last") } : {}),
    ...(needsReference ? { references: [{ kind: "image", url: sampleUrl("image") }] } : {}),
  };
}

function DraftTask({ values, put, error }) {
  const tasks = useStore((state) => state.tasks);
  const drafts = [...tasks.values()].filter((task) => task.status === "succeeded" && task.model === values.model);
  return html`
    <${Text}
      label="Draft task"
      list="draft-tasks"
      value=${values.draftTask}
      set=${(draftTask) => put({ draftTask })}
      placeholder="cgt-…"
      error=${error}
      hint="A succeeded task of the same model that was created with “Draft” checked"
    />
    <datalist id="draft-tasks">
      ${drafts.map((task) => html`<option key=${task.id} value=${task.id}>${task.prompt}</option>`)}
    </datalist>
  `;
}

/** Words of the prompt that decide the outcome of the task. */
function Steering({ outcomes, prompt, set }) {
  const word = steeringWord(prompt);
  const known = outcomes.find((each) => each.name === word);
  const about = word ? (known?.about ?? "as the scenario of that name decides") : "as the scenario decides";
  return html`<div class="steering" role="group" aria-label="Outcome">
    <p class="steering-head"><b>Outcome</b><span class="hint" role="status">${about}</span></p>
    <div class="chips">
      ${outcomes.map(
        (outcome) => html`<button
          key=${outcome.name}
          type="button"
          class=${outcome.refused ? "chip is-refusing" : "chip"}
          title=${outcome.about}
          aria-pressed=${outcome.name === word}
          onClick=${() => set(withSteeringWord(prompt, outcome.name === word ? "" : outcome.name))}
        >
          emu:${outcome.name}
        </button>`,
      )}
    </div>
  </div>`;
}
