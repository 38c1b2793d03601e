/**
 * Pictures, clips and sounds to go into a task: an address, one of our own samples, or a file as a data URI.
 */
import { classes, html, useId, useRef } from "../../lib.js";
import { toast } from "../../state/actions.js";
import { ORIGIN } from "../../state/api.js";
import { icon } from "../../ui/icons.js";

const SAMPLES = { image: "picture.png", last: "other.png", video: "clip.mp4", audio: "sound.wav" };
const ACCEPTS = { image: "image/*", audio: "audio/*" };
/** Bytes of a file that is still read; the services take no more. */
const LARGEST = 30 * 1024 * 1024;

const addressOf = (sample) => `${ORIGIN}/_emulator/samples/${SAMPLES[sample]}`;

/** A file as a data URI. */
const read = (blob) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });

/**
 * One medium. `kind` is image, video or audio; `sample` the sample that it offers. A clip is given by its address alone:
 * the services take none inline.
 */
export function Medium({ kind, sample = kind, label, value, set, remove, error }) {
  const id = useId();
  const file = useRef(null);
  const inline = value.startsWith("data:");
  const chosen = async (event) => {
    const [found] = event.target.files;
    event.target.value = "";
    if (!found) return;
    if (found.size > LARGEST) toast("That file is larger than any service takes", "error");
    else set(await read(found));
  };
  const embed = async () => set(await read(await (await fetch(addressOf(sample))).blob()));
  return html`<div class=${classes("medium", error && "is-wrong")}>
    ${
      kind === "image" && value
        ? html`<img class="thumb" src=${local(value) ? value : ""} alt="" />`
        : html`<span class="thumb">${icon(ICONS[kind], 20)}</span>`
    }
    <div class="medium-body">
      <label for=${id}>${label}</label>
      <input
        id=${id}
        value=${inline ? `${value.slice(0, 40)}… (${Math.ceil((value.length * 3) / 4096)} kB)` : value}
        readonly=${inline}
        spellcheck=${false}
        placeholder="https://…"
        aria-invalid=${error ? "true" : undefined}
        aria-describedby=${error || undefined}
        onInput=${(event) => set(event.target.value)}
      />
      <div class="medium-deeds">
        <button type="button" class="link" onClick=${() => set(addressOf(sample))}>Sample</button>
        ${
          kind === "video"
            ? null
            : html`
              <button type="button" class="link" onClick=${embed}>Sample, inline</button>
              <button type="button" class="link" onClick=${() => file.current.click()}>From disk…</button>
              <input
                type="file"
                class="unseen"
                tabindex="-1"
                aria-hidden="true"
                accept=${ACCEPTS[kind]}
                ref=${file}
                onChange=${chosen}
              />
            `
        }
        ${value ? html`<button type="button" class="link" onClick=${() => set("")}>Empty</button>` : null}
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

const ICONS = { image: "film", video: "play", audio: "sound" };
/** True for what the page may show: nothing is loaded from elsewhere. */
const local = (url) => url.startsWith("data:") || url.startsWith(`${location.origin}/`);

/** The references of a task, and buttons to add one of each kind that the model takes. */
export function References({ value, set, most, error }) {
  const count = (kind) => value.filter((each) => each.kind === kind).length;
  const put = (place, url) => set(value.map((each, other) => (other === place ? { ...each, url } : each)));
  const numbers = { image: 0, video: 0, audio: 0 };
  return html`<div class="media" role="group" aria-label="References">
    ${value.map(
      ({ kind, url }, place) => html`<${Medium}
        key=${place}
        kind=${kind}
        value=${url}
        error=${error}
        label=${`Reference ${kind} ${(numbers[kind] += 1)}`}
        set=${(next) => put(place, next)}
        remove=${() => set(value.filter((_, other) => other !== place))}
      />`,
    )}
    <div class="row">
      ${[
        ["image", most.images],
        ["video", most.videos],
        ["audio", most.audios],
      ]
        .filter(([, limit]) => limit)
        .map(
          ([kind, limit]) => html`<button
            key=${kind}
            type="button"
            class="button"
            onClick=${() => set([...value, { kind, url: addressOf(kind) }])}
          >
            ${icon("plus", 14)}Reference ${kind}
            <span class="quiet">${count(kind)} of ${limit}</span>
          </button>`,
        )}
    </div>
  </div>`;
}

export const sampleUrl = addressOf;
