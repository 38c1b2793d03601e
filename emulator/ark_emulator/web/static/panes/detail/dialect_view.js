/** The selected task as each dialect tells of it, with what differs from Ark said beside each line. */
import { html, useMemo, useState } from "../../lib.js";
import { copy } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { icon } from "../../ui/icons.js";
import { useStore } from "../../state/store.js";
import { Body, leavesOf } from "../../ui/json.js";
import { useWatched } from "../../state/query.js";

const KINDS = { moved: "told elsewhere by Ark", changed: "told otherwise by Ark", own: "not told by Ark" };

export function Dialects({ task }) {
  const world = useStore((state) => state.world);
  const [picked, setPicked] = useState(null);
  const { answer, problem } = useWatched((signal) => api.dialects(task.id, signal), `${world}:${task.id}`, [task]);
  const items = (answer?.items ?? []).map((item) => ({ ...item, name: nameOf(item) }));
  const chosen = items.find((item) => item.name === picked) ?? items.find((item) => item.own) ?? items[0];
  const ark = items.find((item) => item.dialect === "ark");
  const told = useMemo(() => (ark && chosen ? compared(chosen.body, ark.body) : null), [answer, chosen?.name]);
  if (problem) return html`<p class="nothing" role="alert">${problem.message}</p>`;
  if (!chosen)
    return html`<p class="nothing">${answer ? "No dialect tells of this task." : "Asking every dialect…"}</p>`;
  return html`<div class="exchanges">
    <div class="row">
      <label class="pick">
        <span>Dialect</span>
        <select value=${chosen.name} onChange=${(event) => setPicked(event.target.value)}>
          ${items.map(
            (item) => html`<option key=${item.name} value=${item.name}>
              ${item.name}
              ${item.own ? " — its own" : ""}
            </option>`,
          )}
        </select>
      </label>
      <span class="fill"></span>
      <button class="button is-small" onClick=${() => copy(JSON.stringify(chosen.body, null, 2))}>
        ${icon("copy", 12)}Copy the body
      </button>
    </div>
    <p class="about"><b>GET</b> <code>${chosen.path}</code></p>
    ${chosen === ark || !ark ? null : html`<${Legend} told=${told} />`}
    <${Body} value=${chosen.body} notes=${chosen === ark ? undefined : told?.notes} />
    ${told?.missing.length ? html`<p class="quiet">Left out: ${told.missing.join(", ")}</p>` : null}
  </div>`;
}

function Legend({ told }) {
  return html`<ul class="flags" aria-label="Differences to Ark">
    ${Object.entries(KINDS).map(([kind, word]) =>
      told.counts[kind] ? html`<li key=${kind} class=${`flag is-${kind}`}>${told.counts[kind]} ${word}</li>` : null,
    )}
  </ul>`;
}

/** `easyrouter /v1/video/generations`: a gateway tells of a task on two paths. */
const nameOf = ({ dialect, path }) =>
  `${dialect} ${path.replace(/\/[^/]+$/, "").replace(/^\/api\/v3\/contents\/generations/, "…")}`;

/**
 * A body held against Ark's: a note for each value that Ark tells elsewhere, otherwise or not at all, and the paths of
 * what Ark tells and this body does not.
 */
export function compared(body, ark) {
  const theirs = leavesOf(ark).map(([path, value]) => ({ path, value, key: lastOf(path) }));
  const notes = new Map();
  const counts = { moved: 0, changed: 0, own: 0 };
  const met = new Set();
  for (const [path, value] of leavesOf(body)) {
    const found = matched(path, value, theirs);
    if (found.met) met.add(found.met.path);
    if (found.kind) {
      counts[found.kind] += 1;
      notes.set(path, { kind: found.kind, word: found.word });
    }
  }
  return { notes, counts, missing: theirs.filter((each) => !met.has(each.path)).map((each) => each.path) };
}

function matched(path, value, theirs) {
  const key = lastOf(path);
  const named = theirs.filter((each) => each.key === key);
  const same = named.find((each) => each.value === value);
  if (same) return { met: same };
  const moved = tells(value) && theirs.find((each) => each.value === value);
  if (moved) return { met: moved, kind: "moved", word: `Ark: ${moved.path}` };
  if (named.length) return { met: named[0], kind: "changed", word: `Ark: ${JSON.stringify(named[0].value)}` };
  return { kind: "own", word: "not in Ark" };
}

const lastOf = (path) => path.slice(path.lastIndexOf(".") + 1);

/** True for a value that is not equal to another by chance. */
const tells = (value) =>
  typeof value === "string" ? value.length > 3 : typeof value === "number" && Math.abs(value) > 100;
