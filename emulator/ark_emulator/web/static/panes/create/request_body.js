/**
 * The request that a wish comes to, as a client would write it.
 */
import { doorOf, familyOf } from "./form_state.js";

const whole = (text) => (/^-?\d+$/.test(text.trim()) ? Number(text) : text);
const yes = (text) => (text === "" ? undefined : text === "true");

/** The body of the request. What was left to the service is left out. */
export function bodyOf(catalogue, wish) {
  const { wire } = doorOf(catalogue, wish);
  const family = familyOf(catalogue, wish);
  if (wire === "kling")
    return trimmed({ model: wish.model, prompt: wish.prompt, metadata: klings(catalogue, wish, family) });
  if (wire === "ark")
    return trimmed({ model: wish.model, content: contentOf(wish, true), ...parameters(wish, family) });
  const content = contentOf(wish, false);
  const metadata = { content: content.length ? content : undefined, ...parameters(wish, family) };
  return trimmed({ model: wish.model, prompt: wish.prompt, metadata: trimmed(metadata) });
}

function contentOf(wish, withText) {
  if (wish.mode === "draft") return [{ type: "draft_task", draft_task: { id: wish.draftTask.trim() } }];
  const text = withText && wish.prompt.trim() ? [{ type: "text", text: wish.prompt }] : [];
  const media = {
    i2v: () => [medium("image", wish.first, "first_frame")],
    flf2v: () => [medium("image", wish.first, "first_frame"), medium("image", wish.last, "last_frame")],
    r2v: () => wish.references.map(({ kind, url }) => medium(kind, url, `reference_${kind}`)),
    "3d": () => [medium("image", wish.first)],
  };
  return [...text, ...(media[wish.mode]?.() ?? [])];
}

const medium = (kind, url, role) => trimmed({ type: `${kind}_url`, [`${kind}_url`]: { url: url.trim() }, role });

function parameters(wish, family) {
  const solid = wish.mode === "3d";
  const inherited = wish.mode === "draft" ? family.draft.inherits : [];
  const all = {
    resolution: wish.resolution,
    ratio: wish.ratio,
    duration: whole(wish.duration),
    generate_audio: family.audio ? yes(wish.audio) : undefined,
    seed: whole(wish.seed),
    camera_fixed: yes(wish.camera),
    watermark: wish.watermark || undefined,
    return_last_frame: wish.lastFrame || undefined,
    draft: (wish.draft && wish.mode !== "draft") || undefined,
    service_tier: wish.tier,
    priority: whole(wish.priority),
    output_format: solid || wish.mode === "draft" ? "" : wish.format,
    omni_reference_task_type: wish.mode === "r2v" ? wish.taskType : "",
    execution_expires_after: whole(wish.expires),
    callback_url: wish.callback.trim(),
  };
  for (const name of inherited) delete all[name];
  return trimmed(all);
}

function klings({ tiers }, wish, family) {
  const videos = wish.references.filter(({ kind }) => kind === "video");
  const images = wish.references.filter(({ kind }) => kind === "image");
  const frames = ["i2v", "flf2v"].includes(wish.mode);
  return trimmed({
    mode: wish.resolution && tiers[wish.resolution],
    aspect_ratio: wish.ratio,
    duration: wish.duration,
    sound: family.audio && wish.audio ? (wish.audio === "true" ? "on" : "off") : undefined,
    negative_prompt: wish.mode === "r2v" ? "" : wish.negative,
    image: frames ? wish.first.trim() : "",
    image_tail: wish.mode === "flf2v" ? wish.last.trim() : "",
    image_list: wish.mode === "r2v" && images.length ? images.map(({ url }) => ({ image_url: url.trim() })) : undefined,
    video_list:
      wish.mode === "r2v" && videos.length
        ? videos.map(({ url }) => ({ video_url: url.trim(), refer_type: "feature" }))
        : undefined,
    watermark_info: wish.watermark ? { enabled: true } : undefined,
    callback_url: wish.callback.trim(),
  });
}

/** Without the fields that say nothing; frames and references that are empty stay, for the service to refuse. */
const trimmed = (fields) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ""));

/** The request as a line of shell. */
export function curlOf(url, key, body) {
  const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;
  return [
    `curl ${quoted(url)}`,
    `-H ${quoted(`Authorization: Bearer ${key}`)}`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(body)}`,
  ].join(" \\\n  ");
}

/** A text in which long data URIs are cut, to look at. */
export const shortened = (text) =>
  text.replace(
    /(data:[\w/.+-]+;base64,[\w+/]{12})[\w+/=]{40,}/g,
    (whole, begin) => `${begin}… (${Math.ceil((whole.length * 3) / 4096)} kB)`,
  );
