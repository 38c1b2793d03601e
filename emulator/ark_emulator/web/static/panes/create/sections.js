/**
 * The parts of the form: where the request goes, what the clip is made from, and how it shall be.
 */
import { html } from "../../lib.js";
import { Choice, Segments, Text, Tick } from "../../ui/fields.js";
import { useStore } from "../../state/store.js";
import { lengthsOf, modesOf, rulesOf, steered, steeredBy } from "./form_state.js";
import { Medium, References, sampleUrl } from "./media.js";

const STAGES = { active: "", retiring: " · being retired", retired: " · retired" };
const SITES = { volc: "Volcengine", byteplus: "BytePlus", kling: "Kling" };

/** Which door, which model, which key. */
export function Door({ catalogue, wish, put, door, family, wrong, usualKey }) {
  const groups = catalogue.families
    .map(({ family: name, title }) => [title, door.models.filter((each) => each.family === name)])
    .filter(([, found]) => found.length)
    .map(([title, found]) => [
      title,
      found.map((each) => [each.name, `${each.name} · ${SITES[each.site]}${STAGES[each.stage]}`]),
    ]);
  return html`<div class="grid">
    <${Choice}
      label="Gateway"
      value=${wish.door}
      set=${(value) => put({ door: value })}
      options=${catalogue.doors.map((each) => [each.door, each.title])}
    />
    <${Text}
      label="API key"
      value=${wish.key}
      set=${(value) => put({ key: value })}
      placeholder=${usualKey}
      error=${wrong("key")}
    />
    <${Choice}
      wide
      label="Model"
      value=${wish.model}
      set=${(value) => put({ model: value })}
      groups=${groups}
      error=${wrong("model")}
      hint=${skills(family)}
    />
  </div>`;
}

function skills(family) {
  const most = family.references;
  return [
    family.lengths.length ? `${family.lengths[0]} to ${family.lengths.at(-1)} s` : "",
    family.audio ? "sound" : "",
    most?.images > 1 ? `up to ${most.images} reference images` : "",
    most?.videos ? (most.videos === 1 ? "1 video" : `${most.videos} videos`) : "",
    family.draft ? "drafts" : "",
    family.flex ? "flex tier" : "",
  ]
    .filter(Boolean)
    .join(" · ");
}

/** What drives the generation: mode, prompt, media. */
export function Content({ catalogue, wish, put, family, wrong }) {
  const turn = (mode) => put({ mode, ...beginnings(mode, wish, family) });
  return html`
    <${Segments} label="Made from" value=${wish.mode} set=${turn} options=${modesOf(catalogue, wish)} />
    ${
      wish.mode === "draft"
        ? html`<${DraftTask} wish=${wish} put=${put} error=${wrong("media")} />`
        : html`
          <${Text}
            label="Prompt"
            rows="3"
            value=${wish.prompt}
            set=${(value) => put({ prompt: value })}
            error=${wrong("prompt")}
          />
          <${Steering} outcomes=${catalogue.outcomes} prompt=${wish.prompt} set=${(prompt) => put({ prompt })} />
        `
    }
    ${
      ["i2v", "flf2v", "3d"].includes(wish.mode)
        ? html`<${Medium}
          kind="image"
          label=${wish.mode === "3d" ? "Picture" : "First frame"}
          value=${wish.first}
          set=${(first) => put({ first })}
          error=${wrong("media")}
        />`
        : null
    }
    ${
      wish.mode === "flf2v"
        ? html`<${Medium}
          kind="image"
          sample="last"
          label="Last frame"
          value=${wish.last}
          set=${(last) => put({ last })}
          error=${wrong("media")}
        />`
        : null
    }
    ${
      wish.mode === "r2v"
        ? html`<${References}
          value=${wish.references}
          set=${(references) => put({ references })}
          most=${family.references}
          error=${wrong("media")}
        />`
        : null
    }
  `;
}

/** A mode begins with samples, so that there is something to send. */
function beginnings(mode, wish, family) {
  const frames = ["i2v", "flf2v", "3d"].includes(mode) && !wish.first ? { first: sampleUrl("image") } : {};
  const last = mode === "flf2v" && !wish.last ? { last: sampleUrl("last") } : {};
  const none = mode === "r2v" && !wish.references.length && family.references;
  return { ...frames, ...last, ...(none ? { references: [{ kind: "image", url: sampleUrl("image") }] } : {}) };
}

function DraftTask({ wish, put, error }) {
  const tasks = useStore((state) => state.tasks);
  const ready = [...tasks.values()].filter((task) => task.status === "succeeded" && task.model === wish.model);
  return html`
    <${Text}
      label="Draft task"
      list="draft-tasks"
      value=${wish.draftTask}
      set=${(value) => put({ draftTask: value })}
      placeholder="cgt-…"
      error=${error}
      hint="A task that was created with “Draft” ticked, of the same model, and that succeeded"
    />
    <datalist id="draft-tasks">
      ${ready.map((task) => html`<option key=${task.id} value=${task.id}>${task.prompt}</option>`)}
    </datalist>
  `;
}

/** Words that steer what becomes of the task. */
function Steering({ outcomes, prompt, set }) {
  const chosen = steeredBy(prompt);
  const about = outcomes.find((each) => each.name === chosen)?.about;
  return html`<div class="steering" role="group" aria-label="What becomes of it">
    <p class="steering-head">
      <b>What becomes of it</b>
      <span class="hint" role="status">
        ${
          about ??
          (chosen
            ? "whatever the scenario of that name makes of it"
            : "an ordinary life, unless the scenario says otherwise")
        }
      </span>
    </p>
    <div class="chips">
      ${outcomes.map(
        ({ name, about: told, refused }) => html`<button
          key=${name}
          type="button"
          class=${refused ? "chip is-refusing" : "chip"}
          title=${told}
          aria-pressed=${name === chosen}
          onClick=${() => set(steered(prompt, name === chosen ? "" : name))}
        >
          emu:${name}
        </button>`,
      )}
    </div>
  </div>`;
}

const LEFT = ["", "default"];
const SWITCH = [LEFT, ["true", "on"], ["false", "off"]];

/** How the clip shall be. What the model does not know is not there. */
export function Parameters({ wish, put, family, door, wrong }) {
  const rules = rulesOf(family, wish.mode);
  const draft = wish.mode === "draft";
  const kling = door.wire === "kling";
  const given = draft ? family.draft.inherits : [];
  const field = (name) => ({ value: wish[name], set: (value) => put({ [name]: value }), error: wrong(name) });
  const resolutions = draft ? family.draft.final_resolutions : rules.resolutions;
  const usual = rules.ratio ? [["", `default (${rules.ratio})`]] : [LEFT];
  return html`
    <div class="grid is-three">
      ${
        resolutions.length
          ? html`<${Choice} label="Resolution" options=${[LEFT, ...resolutions]} ...${field("resolution")} />`
          : null
      }
      ${
        rules.ratios.length && !given.includes("ratio")
          ? html`<${Choice} label="Ratio" options=${[...usual, ...rules.ratios]} ...${field("ratio")} />`
          : null
      }
      ${
        family.lengths.length && !given.includes("duration")
          ? html`<${Choice}
            label="Duration"
            options=${[LEFT, ...lengthsOf(family).map(lengthTitle)]}
            ...${field("duration")}
          />`
          : null
      }
      ${
        family.audio && !given.includes("generate_audio")
          ? html`<${Choice} label="Sound" options=${SWITCH} ...${field("audio")} />`
          : null
      }
      ${
        wish.mode === "r2v" && family.task_types.length
          ? html`<${Choice}
            label="References are to"
            options=${[LEFT, ...family.task_types]}
            ...${field("taskType")}
          />`
          : null
      }
      ${
        family.formats.length > 1 && !draft && wish.mode !== "3d"
          ? html`<${Choice} label="Format" options=${[LEFT, ...family.formats]} ...${field("format")} />`
          : null
      }
      ${
        family.flex
          ? html`<${Choice}
            label="Service tier"
            options=${[LEFT, ["default", "standard"], "flex"]}
            ...${field("tier")}
          />`
          : null
      }
      ${
        rules.camera_fixed && !draft
          ? html`<${Choice}
            label="Camera"
            options=${[LEFT, ["true", "fixed"], ["false", "moving"]]}
            ...${field("camera")}
          />`
          : null
      }
    </div>
    <div class="ticks-row">
      <${Tick} label="Watermark" value=${wish.watermark} set=${(watermark) => put({ watermark })} />
      ${
        kling
          ? null
          : html`<${Tick}
            label="Return the last frame"
            value=${wish.lastFrame}
            set=${(lastFrame) => put({ lastFrame })}
          />`
      }
      ${
        family.draft && !draft
          ? html`<${Tick}
            label="Draft"
            hint="A cheap preview, from which a final can be made"
            value=${wish.draft}
            set=${(value) => put({ draft: value })}
          />`
          : null
      }
    </div>
    <div class="grid">
      <${Text} wide label="Callback URL" type="url" placeholder="http://localhost:3000/hook" ...${field("callback")} />
    </div>
    <details class="more" open=${RARE.some(wrong)}>
      <summary>More parameters</summary>
      <div class="grid is-three">
        ${kling ? html`<${Text} wide label="Negative prompt" ...${field("negative")} />` : null}
        ${
          kling || given.includes("seed")
            ? null
            : html`<${Text} label="Seed" inputmode="numeric" placeholder="any" ...${field("seed")} />`
        }
        ${
          family.priority && !kling
            ? html`<${Text} label="Priority" inputmode="numeric" placeholder="0" ...${field("priority")} />`
            : null
        }
        ${
          kling
            ? null
            : html`<${Text}
              label="Expires after (s)"
              inputmode="numeric"
              placeholder="172800"
              ...${field("expires")}
            />`
        }
      </div>
    </details>
  `;
}

/** The fields that are hidden until somebody wants them, or until they are wrong. */
const RARE = ["negative", "seed", "priority", "expires"];

const lengthTitle = (text) => [text, text === "-1" ? "as the model chooses (-1)" : `${text} s`];
