/** The results of a task. Loading them is not a client's download: no fault applies, and nothing is counted. */
import { html, useEffect, useState } from "../../lib.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { useStore } from "../../state/store.js";

/** Return a result as a URL that is valid while the component shows it, or the error. */
function useResult(id, kind, isWanted) {
  const world = useStore((state) => state.world);
  const { answer: blob, error } = useQuery(
    (signal) => api.result(id, kind, signal),
    isWanted ? `${world}:${id}:${kind}` : null,
  );
  const [url, setUrl] = useState(/** @type {string|null} */ (null));
  useEffect(() => {
    if (!blob) return undefined;
    const created = URL.createObjectURL(blob);
    setUrl(created);
    return () => {
      URL.revokeObjectURL(created);
      setUrl(null);
    };
  }, [blob]);
  return { blob, url: blob ? url : null, error };
}

export function Results({ task, picture }) {
  const isDone = task.status === "succeeded";
  const clip = useResult(task.id, "clip", isDone);
  const frame = useResult(task.id, "last-frame", isDone && picture?.last_frame);
  if (!isDone) return null;
  const style = picture?.width ? { aspectRatio: `${picture.width} / ${picture.height}` } : {};
  return html`<div class="results">
    <figure class="result">
      <${ClipView} id=${task.id} clip=${clip} style=${style} />
      <figcaption>${clip.blob ? `clip, ${Math.ceil(clip.blob.size / 1024)} KB` : "clip"}</figcaption>
    </figure>
    ${
      picture?.last_frame
        ? html`<figure class="result">
          ${
            frame.url
              ? html`<img class="shown" src=${frame.url} style=${style} alt="The last frame of the clip" />`
              : html`<div class="shown is-none" style=${style}>${frame.error?.message ?? ""}</div>`
          }
          <figcaption>last frame</figcaption>
        </figure>`
        : html`<p class="result quiet no-frame">No last frame: <code>return_last_frame</code> was not requested.</p>`
    }
  </div>`;
}

function ClipView({ id, clip: { blob, url, error }, style }) {
  if (url && blob?.type.startsWith("video/")) {
    return html`<video
      class="shown"
      src=${url}
      style=${style}
      controls
      muted
      loop
      playsinline
      preload="auto"
      aria-label="The clip of the task"
    ></video>`;
  }
  return html`<div class="shown is-none" style=${style}>
    ${url ? html`<a class="link" href=${url} download=${id}>Save the 3D file</a>` : (error?.message ?? "")}
  </div>`;
}
