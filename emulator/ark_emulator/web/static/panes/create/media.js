/** Media of a task: a URL, a sample of the emulator, or a file as a data URI. */
import { base64Kilobytes } from "../../format/text.js";
import { classes, html, useId, useRef } from "../../lib.js";
import { toast } from "../../state/actions.js";
import { ORIGIN } from "../../state/api.js";
import { icon } from "../../ui/icons.js";

const SAMPLES = { image: "picture.png", last: "other.png", video: "clip.mp4", audio: "sound.wav" };
const ACCEPTED_FILES = { image: "image/*", audio: "audio/*" };
const ICONS = { image: "film", video: "play", audio: "sound" };
/** Bytes of a file that is still read: no service accepts more. */
const MAX_FILE = 30 * 1024 * 1024;
const SHOWN_DATA_URI = 40;

/** @param {keyof SAMPLES} sample */
export const sampleUrl = (sample) => `${ORIGIN}/_emulator/samples/${SAMPLES[sample]}`;

/**
 * Read a file as a data URI.
 *
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
const readDataUri = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(/** @type {string} */ (reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/** True for a picture that the policy of the page allows to show: nothing is loaded from other hosts. */
const isLocal = (/** @type {string} */ url) => url.startsWith("data:") || url.startsWith(`${location.origin}/`);

/**
 * One medium. `kind` is image, video or audio; `sample` names the sample that is offered. A video is always a URL: the
 * services accept none inline.
 */
export function Medium({ kind, sample = kind, label, value, set, remove = undefined, error }) {
  const id = useId();
  const fileInput = useRef(/** @type {HTMLInputElement|null} */ (null));
  const isInline = value.startsWith("data:");
  const shown = isInline ? `${value.slice(0, SHOWN_DATA_URI)}… (${base64Kilobytes(value)} kB)` : value;
  const onFile = async (event) => {
    const [file] = event.target.files;
    event.target.value = "";
    if (!file) return;
    if (file.size > MAX_FILE) toast("The file is larger than any service accepts", "error");
    else set(await readDataUri(file));
  };
  const embedSample = async () => set(await readDataUri(await (await fetch(sampleUrl(sample))).blob()));
  return html`<div class=${classes("medium", error && "is-wrong")}>
    ${
      kind === "image" && value
        ? html`<img class="thumb" src=${isLocal(value) ? value : ""} alt="" />`
        : html`<span class="thumb">${icon(ICONS[kind], 20)}</span>`
    }
    <div class="medium-body">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        value=${shown}
        readonly=${isInline}
        spellcheck=${false}
        placeholder="https://…"
        aria-invalid=${error ? "true" : undefined}
        aria-describedby=${error || undefined}
        onInput=${(event) => set(event.target.value)}
      />
      <div class="medium-actions">
        <button type="button" class="link" onClick=${() => set(sampleUrl(sample))}>Sample</button>
        ${
          kind === "video"
            ? null
            : html`
              <button type="button" class="link" onClick=${embedSample}>Sample, inline</button>
              <button type="button" class="link" onClick=${() => fileInput.current?.click()}>From disk…</button>
              <input
                type="file"
                class="unseen"
                tabindex="-1"
                aria-hidden="true"
                accept=${ACCEPTED_FILES[kind]}
                ref=${fileInput}
                onChange=${onFile}
              />
            `
        }
        ${value ? html`<button type="button" class="link" onClick=${() => set("")}>Clear</button>` : null}
      </div>
    </div>
    ${
      remove
        ? html`<button type="button" class="button is-bare" aria-label=${`Remove: ${label}`} onClick=${remove}>
          ${icon("cross")}
        </button>`
        : null
    }
  </div>`;
}

/** The references of a task, and buttons that add one of each kind that the model accepts. */
export function References({ value, set, limits, error }) {
  const setUrl = (place, url) => set(value.map((each, other) => (other === place ? { ...each, url } : each)));
  const numbers = { image: 0, video: 0, audio: 0 };
  const kinds = [
    { kind: "image", limit: limits.images },
    { kind: "video", limit: limits.videos },
    { kind: "audio", limit: limits.audios },
  ];
  return html`<div class="media" role="group" aria-label="References">
    ${value.map(
      ({ kind, url }, place) => html`<${Medium}
        key=${place}
        kind=${kind}
        value=${url}
        error=${error}
        label=${`Reference ${kind} ${(numbers[kind] += 1)}`}
        set=${(next) => setUrl(place, next)}
        remove=${() => set(value.filter((_, other) => other !== place))}
      />`,
    )}
    <div class="row">
      ${kinds
        .filter(({ limit }) => limit)
        .map(
          ({ kind, limit }) => html`<button
            key=${kind}
            type="button"
            class="button"
            onClick=${() => set([...value, { kind, url: sampleUrl(/** @type {any} */ (kind)) }])}
          >
            ${icon("plus", 14)}Reference ${kind}
            <span class="quiet">${value.filter((each) => each.kind === kind).length} of ${limit}</span>
          </button>`,
        )}
    </div>
  </div>`;
}
