/** What a task has made, played in the page: no download of a client's, so nothing is counted and no fault strikes it. */
import { html, useEffect, useState } from "../../lib.js";
import { api, Problem } from "../../state/api.js";
import { useStore } from "../../state/store.js";

/** The address of a result as long as it is shown: undefined while it is fetched, null when there is none. */
function useResult(id, what, wanted) {
  const [found, setFound] = useState({});
  const world = useStore((state) => state.world);
  const key = wanted ? `${world}:${id}:${what}` : null;
  useEffect(() => {
    if (!key) return undefined;
    let over = false;
    let url = null;
    api.result(id, what).then(
      (blob) => {
        if (over) return;
        url = URL.createObjectURL(blob);
        setFound({ key, url, type: blob.type, size: blob.size });
      },
      (problem) => {
        if (!(problem instanceof Problem)) throw problem;
        if (!over) setFound({ key, url: null, problem });
      },
    );
    return () => {
      over = true;
      if (url) URL.revokeObjectURL(url);
    };
  }, [key]);
  return key && found.key === key ? found : {};
}

export function Clip({ task, picture }) {
  const done = task.status === "succeeded";
  const clip = useResult(task.id, "clip", done);
  const frame = useResult(task.id, "last-frame", done && picture?.last_frame);
  if (!done) return null;
  const shape = picture?.width ? { aspectRatio: `${picture.width} / ${picture.height}` } : {};
  return html`<div class="results">
    <figure class="result">
      ${
        clip.url && clip.type.startsWith("video/")
          ? html`<video
            class="shown"
            src=${clip.url}
            style=${shape}
            controls
            muted
            loop
            playsinline
            preload="auto"
            aria-label="The clip of the task"
          ></video>`
          : html`<div class="shown is-none" style=${shape}>
            ${
              clip.url
                ? html`<a class="link" href=${clip.url} download=${task.id}>Save the 3D file</a>`
                : (clip.problem?.message ?? "")
            }
          </div>`
      }
      <figcaption>${clip.url ? `clip, ${Math.ceil(clip.size / 1024)} KB` : "clip"}</figcaption>
    </figure>
    ${
      picture?.last_frame
        ? html`<figure class="result">
          ${
            frame.url
              ? html`<img class="shown" src=${frame.url} style=${shape} alt="The last frame of the clip" />`
              : html`<div class="shown is-none" style=${shape}>${frame.problem?.message ?? ""}</div>`
          }
          <figcaption>last frame</figcaption>
        </figure>`
        : html`<p class="result quiet no-frame">No last frame: <code>return_last_frame</code> was not asked for.</p>`
    }
  </div>`;
}
