/** The parameters of the clip. The form offers only those that the model accepts. */
import { html } from "../../lib.js";
import { Checkbox, Choice, Text } from "../../ui/fields.js";
import { durationsOf, rulesOf } from "./form_state.js";

const DEFAULT = ["", "default"];
const ON_OFF = [DEFAULT, ["true", "on"], ["false", "off"]];
/** Fields that are hidden until they are opened, or until one of them has an error. */
const RARE_FIELDS = ["negative", "seed", "priority", "expires"];

export function Parameters({ values, put, family, gateway, errorOf }) {
  const isFinalOfDraft = values.mode === "draft";
  const isKling = gateway.wire === "kling";
  const bind = (name) => ({ value: values[name], set: (value) => put({ [name]: value }), error: errorOf(name) });
  return html`
    <div class="grid is-three">
      ${choicesOf(family, values.mode).map(
        ({ name, ...choice }) => html`<${Choice} key=${name} ...${choice} ...${bind(name)} />`,
      )}
    </div>
    <div class="ticks-row">
      <${Checkbox} label="Watermark" ...${bind("watermark")} />
      ${isKling ? null : html`<${Checkbox} label="Return the last frame" ...${bind("lastFrame")} />`}
      ${
        family.draft && !isFinalOfDraft
          ? html`<${Checkbox}
            label="Draft"
            hint="A cheap preview, from which a final clip can be made"
            ...${bind("draft")}
          />`
          : null
      }
    </div>
    <div class="grid">
      <${Text} wide label="Callback URL" type="url" placeholder="http://localhost:3000/hook" ...${bind("callback")} />
    </div>
    <details class="more" open=${RARE_FIELDS.some(errorOf)}>
      <summary>More parameters</summary>
      <div class="grid is-three">
        ${textsOf(family, values.mode, isKling).map(
          ({ name, ...text }) => html`<${Text} key=${name} ...${text} ...${bind(name)} />`,
        )}
      </div>
    </details>
  `;
}

/**
 * The menus of a mode: the field, its label and its options.
 *
 * @param {any} family
 * @param {import("./form_state.js").Mode} mode
 */
export function choicesOf(family, mode) {
  const rules = rulesOf(family, mode);
  const isFinalOfDraft = mode === "draft";
  const inherited = isFinalOfDraft ? family.draft.inherits : [];
  const resolutions = isFinalOfDraft ? family.draft.final_resolutions : rules.resolutions;
  const defaultRatio = rules.ratio ? ["", `default (${rules.ratio})`] : DEFAULT;
  const choices = [
    {
      name: "resolution",
      label: "Resolution",
      isOffered: resolutions.length,
      options: [DEFAULT, ...resolutions],
    },
    {
      name: "ratio",
      label: "Ratio",
      isOffered: rules.ratios.length && !inherited.includes("ratio"),
      options: [defaultRatio, ...rules.ratios],
    },
    {
      name: "duration",
      label: "Duration",
      isOffered: family.lengths.length && !inherited.includes("duration"),
      options: [DEFAULT, ...durationsOf(family).map(durationOption)],
    },
    {
      name: "audio",
      label: "Sound",
      isOffered: family.audio && !inherited.includes("generate_audio"),
      options: ON_OFF,
    },
    {
      name: "taskType",
      label: "Use of references",
      isOffered: mode === "r2v" && family.task_types.length,
      options: [DEFAULT, ...family.task_types],
    },
    {
      name: "format",
      label: "Format",
      isOffered: family.formats.length > 1 && !isFinalOfDraft && mode !== "3d",
      options: [DEFAULT, ...family.formats],
    },
    {
      name: "tier",
      label: "Service tier",
      isOffered: family.flex,
      options: [DEFAULT, ["default", "standard"], "flex"],
    },
    {
      name: "camera",
      label: "Camera",
      isOffered: rules.camera_fixed && !isFinalOfDraft,
      options: [DEFAULT, ["true", "fixed"], ["false", "moving"]],
    },
  ];
  return choices.filter(({ isOffered }) => isOffered).map(({ name, label, options }) => ({ name, label, options }));
}

const durationOption = (/** @type {string} */ text) => [text, text === "-1" ? "chosen by the model (-1)" : `${text} s`];

/**
 * The rarely used text fields of a mode.
 *
 * @param {any} family
 * @param {import("./form_state.js").Mode} mode
 * @param {boolean} isKling
 */
function textsOf(family, mode, isKling) {
  if (isKling) return [{ name: "negative", label: "Negative prompt", wide: true }];
  const inheritsSeed = mode === "draft" && family.draft.inherits.includes("seed");
  const number = { inputmode: "numeric" };
  return [
    ...(inheritsSeed ? [] : [{ name: "seed", label: "Seed", placeholder: "any", ...number }]),
    ...(family.priority ? [{ name: "priority", label: "Priority", placeholder: "0", ...number }] : []),
    { name: "expires", label: "Expires after (s)", placeholder: "172800", ...number },
  ];
}
