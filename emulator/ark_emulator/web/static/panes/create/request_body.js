/** The body of the request that the form describes, as a client would write it. */
import { familyOf, gatewayOf } from "./form_state.js";

/** @typedef {import("./form_state.js").FormValues} FormValues */

/** @param {string} text */
const toInteger = (text) => (/^-?\d+$/.test(text.trim()) ? Number(text) : text);
/** @param {string} text */
const toBoolean = (text) => (text === "" ? undefined : text === "true");

/**
 * The fields without those that are left to the service. Empty frames and references stay: the service rejects them.
 *
 * @param {Record<string, unknown>} fields
 * @returns {Record<string, any>}
 */
const withoutEmpty = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""));

/**
 * @param {import("./form_state.js").Catalogue} catalogue
 * @param {FormValues} values
 */
export function requestBody(catalogue, values) {
  const { wire } = gatewayOf(catalogue, values);
  const family = familyOf(catalogue, values);
  const { model, prompt } = values;
  if (wire === "kling") return withoutEmpty({ model, prompt, metadata: klingMetadata(catalogue, values, family) });
  if (wire === "ark") return { model, content: contentOf(values, true), ...parametersOf(values, family) };
  const content = contentOf(values, false);
  const metadata = { ...(content.length ? { content } : {}), ...parametersOf(values, family) };
  return withoutEmpty({ model, prompt, metadata });
}

/**
 * @param {FormValues} values
 * @param {boolean} withText
 */
function contentOf(values, withText) {
  if (values.mode === "draft") return [{ type: "draft_task", draft_task: { id: values.draftTask.trim() } }];
  const text = withText && values.prompt.trim() ? [{ type: "text", text: values.prompt }] : [];
  return [...text, ...mediaOf(values)];
}

/** @param {FormValues} values */
function mediaOf({ mode, first, last, references }) {
  if (mode === "i2v") return [mediaItem("image", first, "first_frame")];
  if (mode === "flf2v") return [mediaItem("image", first, "first_frame"), mediaItem("image", last, "last_frame")];
  if (mode === "r2v") return references.map(({ kind, url }) => mediaItem(kind, url, `reference_${kind}`));
  return mode === "3d" ? [mediaItem("image", first)] : [];
}

/**
 * @param {string} kind
 * @param {string} url
 * @param {string} [role]
 */
const mediaItem = (kind, url, role) =>
  withoutEmpty({ type: `${kind}_url`, [`${kind}_url`]: { url: url.trim() }, role });

/**
 * @param {FormValues} values
 * @param {any} family
 */
function parametersOf(values, family) {
  const isFinalOfDraft = values.mode === "draft";
  const parameters = withoutEmpty({
    resolution: values.resolution,
    ratio: values.ratio,
    duration: toInteger(values.duration),
    generate_audio: family.audio ? toBoolean(values.audio) : undefined,
    seed: toInteger(values.seed),
    camera_fixed: toBoolean(values.camera),
    watermark: values.watermark || undefined,
    return_last_frame: values.lastFrame || undefined,
    draft: (values.draft && !isFinalOfDraft) || undefined,
    service_tier: values.tier,
    priority: toInteger(values.priority),
    output_format: values.mode === "3d" || isFinalOfDraft ? "" : values.format,
    omni_reference_task_type: values.mode === "r2v" ? values.taskType : "",
    execution_expires_after: toInteger(values.expires),
    callback_url: values.callback.trim(),
  });
  for (const inherited of isFinalOfDraft ? family.draft.inherits : []) delete parameters[inherited];
  return parameters;
}

/**
 * @param {import("./form_state.js").Catalogue} catalogue
 * @param {FormValues} values
 * @param {any} family
 */
function klingMetadata({ tiers }, values, family) {
  const hasReferences = values.mode === "r2v";
  const urlsOf = (/** @type {string} */ kind) =>
    hasReferences ? values.references.filter((each) => each.kind === kind).map(({ url }) => url.trim()) : [];
  const images = urlsOf("image").map((url) => ({ image_url: url }));
  const videos = urlsOf("video").map((url) => ({ video_url: url, refer_type: "feature" }));
  return withoutEmpty({
    mode: values.resolution && tiers[values.resolution],
    aspect_ratio: values.ratio,
    duration: values.duration,
    sound: family.audio && values.audio ? (values.audio === "true" ? "on" : "off") : undefined,
    negative_prompt: hasReferences ? "" : values.negative,
    image: ["i2v", "flf2v"].includes(values.mode) ? values.first.trim() : "",
    image_tail: values.mode === "flf2v" ? values.last.trim() : "",
    image_list: images.length ? images : undefined,
    video_list: videos.length ? videos : undefined,
    watermark_info: values.watermark ? { enabled: true } : undefined,
    callback_url: values.callback.trim(),
  });
}
