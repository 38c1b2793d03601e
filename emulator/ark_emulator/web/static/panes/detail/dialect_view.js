/** The selected task as a poll in each dialect shows it, with the differences from Ark beside each line. */
import { html, useMemo, useState } from "../../lib.js";
import { copyText } from "../../state/actions.js";
import { api } from "../../state/api.js";
import { useQuery } from "../../state/query.js";
import { useStore } from "../../state/store.js";
import { icon } from "../../ui/icons.js";
import { Body, leavesOf } from "../../ui/json.js";

/** @typedef {"moved"|"changed"|"own"} DifferenceKind */

/** @type {Record<DifferenceKind, string>} */
const KINDS = { moved: "elsewhere in Ark", changed: "different in Ark", own: "not in Ark" };
/** Values up to this size may be equal by chance. */
const SHORT_TEXT = 3;
const SMALL_NUMBER = 100;

export function DialectView({ task }) {
  const world = useStore((state) => state.world);
  const [name, setName] = useState(/** @type {string|null} */ (null));
  const { answer, error } = useQuery((signal) => api.dialects(task.id, signal), `${world}:${task.id}`, {
    dependencies: [task],
  });
  const views = (answer?.items ?? []).map((view) => ({ ...view, name: viewName(view) }));
  const shown = views.find((view) => view.name === name) ?? views.find((view) => view.own) ?? views[0];
  const ark = views.find((view) => view.dialect === "ark");
  const comparison = useMemo(
    () => (ark && shown && shown !== ark ? compareBodies(shown.body, ark.body) : null),
    [answer, shown?.name],
  );
  if (error) return html`<p class="nothing" role="alert">${error.message}</p>`;
  if (!shown) return html`<p class="nothing">${answer ? "No dialect shows this task." : "Loading every dialect…"}</p>`;
  return html`<div class="exchanges">
    <div class="row">
      <label class="pick">
        <span>Dialect</span>
        <select value=${shown.name} onChange=${(event) => setName(event.target.value)}>
          ${views.map(
            (view) => html`<option key=${view.name} value=${view.name}>
              ${view.name}
              ${view.own ? " — its own" : ""}
            </option>`,
          )}
        </select>
      </label>
      <span class="fill"></span>
      <button class="button is-small" onClick=${() => copyText(JSON.stringify(shown.body, null, 2))}>
        ${icon("copy", 12)}Copy the body
      </button>
    </div>
    <p class="about"><b>GET</b> <code>${shown.path}</code></p>
    ${comparison ? html`<${Legend} counts=${comparison.counts} />` : null}
    <${Body} value=${shown.body} notes=${comparison?.notes} />
    ${comparison?.missing.length ? html`<p class="quiet">Left out: ${comparison.missing.join(", ")}</p>` : null}
  </div>`;
}

const Legend = ({ counts }) => html`<ul class="flags" aria-label="Differences from Ark">
  ${Object.entries(KINDS)
    .filter(([kind]) => counts[kind])
    .map(([kind, text]) => html`<li key=${kind} class=${`flag is-${kind}`}>${counts[kind]} ${text}</li>`)}
</ul>`;

/** `easyrouter /v1/video/generations`: a gateway shows a task under two paths. */
function viewName({ dialect, path }) {
  const collection = path.replace(/\/[^/]+$/, "").replace(/^\/api\/v3\/contents\/generations/, "…");
  return `${dialect} ${collection}`;
}

/**
 * Compare a body with Ark's: a note for each value that is elsewhere, different or absent in Ark's body, and the paths
 * of Ark's values that the body lacks.
 *
 * @param {unknown} body
 * @param {unknown} ark
 */
export function compareBodies(body, ark) {
  const arkLeaves = leavesOf(ark).map(([path, value]) => ({ path, value, key: lastKey(path) }));
  /** @type {import("../../ui/json.js").Notes} */
  const notes = new Map();
  const counts = { moved: 0, changed: 0, own: 0 };
  const matched = new Set();
  for (const [path, value] of leavesOf(body)) {
    const { match, difference } = findMatch(path, value, arkLeaves);
    if (match) matched.add(match.path);
    if (difference) {
      counts[difference.kind] += 1;
      notes.set(path, difference);
    }
  }
  return { notes, counts, missing: arkLeaves.map((leaf) => leaf.path).filter((path) => !matched.has(path)) };
}

/**
 * @typedef {{path: string, value: unknown, key: string}} Leaf
 *
 * @param {string} path
 * @param {unknown} value
 * @param {Leaf[]} arkLeaves
 * @returns {{match?: Leaf, difference?: {kind: DifferenceKind, text: string}}}
 */
function findMatch(path, value, arkLeaves) {
  const sameKey = arkLeaves.filter((leaf) => leaf.key === lastKey(path));
  const same = sameKey.find((leaf) => leaf.value === value);
  if (same) return { match: same };
  const moved = isDistinct(value) ? arkLeaves.find((leaf) => leaf.value === value) : undefined;
  if (moved) return { match: moved, difference: { kind: "moved", text: `Ark: ${moved.path}` } };
  const [changed] = sameKey;
  if (changed)
    return { match: changed, difference: { kind: "changed", text: `Ark: ${JSON.stringify(changed.value)}` } };
  return { difference: { kind: "own", text: "not in Ark" } };
}

const lastKey = (/** @type {string} */ path) => path.slice(path.lastIndexOf(".") + 1);

/** @param {unknown} value */
function isDistinct(value) {
  if (typeof value === "string") return value.length > SHORT_TEXT;
  return typeof value === "number" && Math.abs(value) > SMALL_NUMBER;
}
