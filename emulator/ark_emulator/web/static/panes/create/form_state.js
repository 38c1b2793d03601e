/**
 * The values of the form that creates a task, and how they depend on what the chosen model accepts.
 *
 * @typedef {object} FormValues
 *   Every field that is not listed is a text, empty if the service is to decide, or a boolean of a checkbox.
 * @property {string} gateway
 * @property {string} model
 * @property {Mode} mode
 * @property {string} prompt
 * @property {string} first  the URL or the data URI of the first frame
 * @property {string} last  the URL or the data URI of the last frame
 * @property {{kind: "image"|"video"|"audio", url: string}[]} references
 * @property {string} draftTask  the id of the draft from which the final clip is made
 * @property {string} resolution
 * @property {string} ratio
 * @property {string} duration
 * @property {string} audio
 * @property {string} seed
 * @property {string} camera
 * @property {string} tier
 * @property {string} taskType
 * @property {string} format
 * @property {string} priority
 * @property {string} expires
 * @property {string} negative
 * @property {boolean} watermark
 * @property {boolean} lastFrame
 * @property {boolean} draft
 * @property {string} callback
 * @property {string} key
 *
 * @typedef {"t2v"|"i2v"|"flf2v"|"r2v"|"3d"|"draft"} Mode
 * @typedef {any} Catalogue  what `GET /_emulator/catalogue` answers
 */

/** @type {[mode: Mode, title: string, about: string][]} */
const MODES = [
  ["t2v", "Text", "A clip from a prompt"],
  ["i2v", "First frame", "A clip that begins with a picture"],
  ["flf2v", "First and last frame", "A clip from one picture to another"],
  ["r2v", "References", "A clip that uses pictures, clips and sounds"],
  ["3d", "3D", "An object from a picture"],
  ["draft", "Final of a draft", "The full clip of a draft"],
];

/** @type {FormValues} */
export const INITIAL_VALUES = {
  gateway: "ark",
  model: "",
  mode: "t2v",
  prompt: "A fox runs through fresh snow, camera low beside it",
  first: "",
  last: "",
  references: [],
  draftTask: "",
  resolution: "",
  ratio: "",
  duration: "",
  audio: "",
  seed: "",
  camera: "",
  tier: "",
  taskType: "",
  format: "",
  priority: "",
  expires: "",
  negative: "",
  watermark: false,
  lastFrame: false,
  draft: false,
  callback: "",
  key: "",
};

/**
 * The chosen gateway.
 *
 * @param {Catalogue} catalogue
 * @param {FormValues} values
 */
export const gatewayOf = ({ doors }, { gateway }) =>
  doors.find((/** @type {any} */ each) => each.door === gateway) ?? doors[0];

/**
 * The family of the chosen model.
 *
 * @param {Catalogue} catalogue
 * @param {FormValues} values
 */
export function familyOf(catalogue, values) {
  const model = gatewayOf(catalogue, values).models.find((/** @type {any} */ each) => each.name === values.model);
  return catalogue.families.find((/** @type {any} */ each) => each.family === model?.family) ?? catalogue.families[0];
}

/**
 * The modes of the chosen model. Only Ark makes the final clip of a draft.
 *
 * @param {Catalogue} catalogue
 * @param {FormValues} values
 */
export function modesOf(catalogue, values) {
  const family = familyOf(catalogue, values);
  const hasDrafts = family.draft && gatewayOf(catalogue, values).wire === "ark";
  return MODES.filter(([mode]) => mode in family.modes || (mode === "draft" && hasDrafts));
}

/**
 * What a family accepts in a mode.
 *
 * @param {any} family
 * @param {Mode} mode
 */
export const rulesOf = (family, mode) => family.modes[mode] ?? Object.values(family.modes)[0];

/**
 * The durations to choose from, as texts; -1 leaves the choice to the model.
 *
 * @param {any} family
 * @returns {string[]}
 */
export const durationsOf = (family) => [...(family.by_model ? ["-1"] : []), ...family.lengths.map(String)];

/**
 * The values without those that the gateway or the model does not accept.
 *
 * @param {Catalogue} catalogue
 * @param {FormValues} values
 * @returns {FormValues}
 */
export function fitToModel(catalogue, values) {
  const gateway = gatewayOf(catalogue, values);
  const isOffered = gateway.models.some((/** @type {any} */ each) => each.name === values.model);
  const usual = gateway.models.find((/** @type {any} */ each) => each.stage === "active") ?? gateway.models[0];
  const next = { ...values, gateway: gateway.door, model: isOffered ? values.model : usual.name };
  const family = familyOf(catalogue, next);
  const modes = modesOf(catalogue, next).map(([mode]) => mode);
  if (!modes.includes(next.mode)) next.mode = modes[0];
  const rules = rulesOf(family, next.mode);
  const resolutions = next.mode === "draft" ? family.draft.final_resolutions : rules.resolutions;
  if (!resolutions.includes(next.resolution)) next.resolution = "";
  if (!rules.ratios.includes(next.ratio)) next.ratio = "";
  if (!durationsOf(family).includes(next.duration)) next.duration = "";
  if (!family.task_types.includes(next.taskType)) next.taskType = "";
  if (!family.formats.includes(next.format)) next.format = "";
  if (!family.audio) next.audio = "";
  if (!family.flex) next.tier = "";
  if (!family.draft) next.draft = false;
  if (!rules.camera_fixed) next.camera = "";
  return next;
}

/**
 * The steering word of a prompt, without `emu:`; empty if there is none.
 *
 * @param {string} prompt
 */
export const steeringWord = (prompt) => /(?:^|\s)emu:([\w-]+)/.exec(prompt)?.[1] ?? "";

/**
 * The prompt with another steering word, or without one.
 *
 * @param {string} prompt
 * @param {string} word
 */
export function withSteeringWord(prompt, word) {
  const plain = prompt.replace(/(^|\s)emu:[\w-]+/g, "").trimEnd();
  return word ? `${plain} emu:${word}`.trimStart() : plain;
}
