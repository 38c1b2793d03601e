/**
 * What a form for tasks offers, read off the catalogue of the server, and the wish that it fills.
 *
 * @typedef {object} Wish
 * @property {string} door  where the request goes
 * @property {string} model
 * @property {"t2v"|"i2v"|"flf2v"|"r2v"|"3d"|"draft"} mode
 * @property {string} prompt
 * @property {string} first  the address of the first frame, or a data URI of it; `last` likewise
 * @property {{kind: "image"|"video"|"audio", url: string}[]} references
 * @property {string} draftTask  the draft that a final clip is made from
 * @property {string} key
 * @property {string} callback
 *   Every other field is a text, empty for what is left to the service, or true and false for a tick.
 */

/** Each mode: its title, and what it means. */
export const MODES = [
  ["t2v", "Text", "A clip from words alone"],
  ["i2v", "First frame", "A clip that begins with a picture"],
  ["flf2v", "First and last frame", "A clip from one picture to another"],
  ["r2v", "References", "A clip that draws on pictures, clips and sounds"],
  ["3d", "3D", "An object from a picture"],
  ["draft", "Final of a draft", "The full clip of a draft that was liked"],
];

/** What a wish is at first; texts that are empty are left out of the request. */
export const NOTHING = {
  door: "ark",
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

export const doorOf = (catalogue, wish) =>
  catalogue.doors.find((each) => each.door === wish.door) ?? catalogue.doors[0];

export const familyOf = (catalogue, wish) => {
  const named = doorOf(catalogue, wish).models.find((each) => each.name === wish.model);
  return catalogue.families.find((each) => each.family === named?.family) ?? catalogue.families[0];
};

/** The modes of a model at a door: a final of a draft has no clip of its own kind. */
export function modesOf(catalogue, wish) {
  const family = familyOf(catalogue, wish);
  const drafts = family.draft && doorOf(catalogue, wish).wire === "ark";
  return MODES.filter(([mode]) => mode in family.modes || (mode === "draft" && drafts));
}

/** What the model takes in the chosen mode. */
export const rulesOf = (family, mode) => family.modes[mode] ?? Object.values(family.modes)[0];

/** The wish with whatever the model cannot do taken back. */
export function fitted(catalogue, wish) {
  const door = doorOf(catalogue, wish);
  const kept = door.models.some((each) => each.name === wish.model);
  const model = kept ? wish.model : (door.models.find((each) => each.stage === "active") ?? door.models[0]).name;
  const next = { ...wish, door: door.door, model };
  const family = familyOf(catalogue, next);
  const modes = modesOf(catalogue, next).map(([mode]) => mode);
  if (!modes.includes(next.mode)) next.mode = modes[0];
  const rules = rulesOf(family, next.mode);
  const resolutions = next.mode === "draft" ? family.draft.final_resolutions : rules.resolutions;
  if (!resolutions.includes(next.resolution)) next.resolution = "";
  if (!rules.ratios.includes(next.ratio)) next.ratio = "";
  if (!lengthsOf(family).includes(next.duration)) next.duration = "";
  if (!family.task_types.includes(next.taskType)) next.taskType = "";
  if (!family.formats.includes(next.format)) next.format = "";
  if (!family.audio) next.audio = "";
  if (!family.flex) next.tier = "";
  if (!family.draft) next.draft = false;
  if (!rules.camera_fixed) next.camera = "";
  return next;
}

/** The lengths to choose from, as texts. */
export const lengthsOf = (family) => [...(family.by_model ? ["-1"] : []), ...family.lengths.map(String)];

/** The steering word of a prompt, without `emu:`. */
export const steeredBy = (prompt) => /(?:^|\s)emu:([\w-]+)/.exec(prompt)?.[1] ?? "";

/** The prompt with another steering word, or without one. */
export function steered(prompt, name) {
  const plain = prompt.replace(/(^|\s)emu:[\w-]+/g, "").trimEnd();
  return name ? `${plain} emu:${name}`.trimStart() : plain;
}
