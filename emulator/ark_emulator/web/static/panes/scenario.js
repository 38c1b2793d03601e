/**
 * The scenario of the world: the user chooses a built-in one, edits its YAML, which is checked while it is typed, and
 * applies it. Edits are kept while the page is open. `openDrawer("scenario", {text})` begins with a text.
 */
import { html, useRef, useState } from "../lib.js";
import { copyText, runAction } from "../state/actions.js";
import { api } from "../state/api.js";
import { useQuery, useScenarioCheck } from "../state/query.js";
import { useStore } from "../state/store.js";
import { icon } from "../ui/icons.js";
import { Editor } from "./scenario/editor.js";
import { Problems, PROBLEMS_ID } from "./scenario/problems.js";
import { ACTIVE, ScenarioList } from "./scenario/scenario_list.js";

const EDITOR_KEYS_ID = "editor-keys";
const DEFAULT_SCENARIO = {
  group: "default",
  name: "default",
  about: "Every task succeeds, unless its prompt contains a steering word",
};

/** @type {Record<string, string>} edited texts that were not applied, by the names of the list */
let savedEdits = {};

export function Scenario({ text: given }) {
  const active = useStore((state) => state.scenario);
  const world = useStore((state) => state.world);
  const [version, setVersion] = useState(0);
  const [selected, setSelected] = useState(ACTIVE);
  const [edits, setEditsState] = useState(
    /** @returns {Record<string, string>} */ () => (given ? { ...savedEdits, [ACTIVE]: given } : savedEdits),
  );
  const setEdits = (next) => setEditsState((savedEdits = next));
  const { answer: all } = useQuery(() => api.scenarios(), "scenarios");
  const isActive = selected === ACTIVE;
  const { answer } = useQuery(
    () => (isActive ? api.scenario() : api.builtinScenario(selected)),
    `${world} ${selected} ${isActive ? `${active} ${version}` : ""}`,
  );
  const original = answer ? (answer.text ?? "") : null;
  const text = edits[selected] ?? original;
  const setText = (next) => {
    const { [selected]: _, ...others } = edits;
    setEdits(next === original ? others : { ...others, [selected]: next });
  };
  const onApplied = () => {
    const { [selected]: _, [ACTIVE]: __, ...others } = edits;
    setEdits(others);
    setSelected(ACTIVE);
    setVersion(version + 1);
  };
  return html`<div class="scenario">
    <${ScenarioList}
      items=${[DEFAULT_SCENARIO, ...(all?.items ?? [])]}
      selected=${selected}
      onSelect=${setSelected}
      active=${active}
      edits=${edits}
    />
    ${
      text === null
        ? html`<p class="nothing" role="status">Loading…</p>`
        : html`<${Sheet}
          key=${selected}
          name=${selected}
          text=${text}
          original=${original}
          isJson=${answer?.text === null}
          setText=${setText}
          onApplied=${onApplied}
          reload=${() => setVersion(version + 1)}
        />`
    }
  </div>`;
}

/** One scenario: its description, its text, the mistakes in it, and actions. */
function Sheet({ name, text, original, isJson, setText, onApplied, reload }) {
  const check = useScenarioCheck(text);
  const editor = useRef(/** @type {import("./scenario/editor.js").EditorHandle|null} */ (null));
  const { verdict, isCurrent } = check;
  const complaints = verdict?.complaints ?? [];
  const isChanged = text !== original;
  const isBuiltin = name !== ACTIVE;
  const canApply = isCurrent && Boolean(verdict?.ok) && (isChanged || isBuiltin);
  const apply = async () => {
    if (!canApply) return;
    const request = () => (isBuiltin && !isChanged ? api.applyBuiltinScenario(name) : api.applyScenarioText(text));
    if (await runAction(request, (applied) => `Scenario ${applied.name} applied`)) onApplied();
  };
  /** @param {import("../state/query.js").Complaint} complaint */
  const goTo = ({ line, column, end_column: end }) => editor.current?.goTo(line, column, end);
  return html`<div class="sheet">
    <${About} scenario=${verdict?.scenario} />
    ${isJson && !isChanged ? html`<${JsonWarning} />` : null}
    <${Editor}
      value=${text}
      set=${setText}
      complaints=${complaints}
      describedBy=${`${PROBLEMS_ID} ${EDITOR_KEYS_ID}`}
      apply=${apply}
      handle=${editor}
    />
    <p class="hint editor-keys" id=${EDITOR_KEYS_ID}>
      <kbd>tab</kbd> indents, <kbd>esc</kbd> <kbd>tab</kbd> leaves, <kbd>ctrl enter</kbd> applies
      ${
        complaints.length
          ? html`<button class="link" onClick=${() => goTo(complaints[0])}>
            ${complaints.length === 1 ? "1 mistake" : `${complaints.length} mistakes`}: show
          </button>`
          : null
      }
    </p>
    <${Problems} check=${check} goTo=${goTo} />
    <div class="sheet-foot row">
      <button class="button is-primary" disabled=${!canApply} onClick=${apply}>${icon("check")}Apply</button>
      <button class="button" disabled=${!isChanged} onClick=${() => setText(original)}>Revert</button>
      ${isBuiltin ? null : html`<button class="button" onClick=${reload}>Reload</button>`}
      <span class="grows"></span>
      <button class="button" onClick=${() => copyText(text, "YAML copied")}>${icon("copy")}Copy</button>
    </div>
  </div>`;
}

const JsonWarning = () => html`<p class="warning" role="note">
  ${icon("warn")}This scenario was given as JSON, so it has no text to edit. A text that you write here replaces it.
</p>`;

function About({ scenario }) {
  const { about, source, expects } = scenario ?? {};
  const sources = toList(source);
  return html`<div class="scenario-about">
    ${about ? html`<p>${about}</p>` : null}
    ${toList(expects).map(
      (each) => html`<p key=${each} class="expects"><b>A good client</b> ${each.replace(/^(?:the|a) client /, "")}</p>`,
    )}
    ${
      sources.length
        ? html`<p class="sources">
          <span class="quiet">Seen in</span>
          ${sources.map((each) => html`<span key=${each} class="tag">${each}</span>`)}
        </p>`
        : null
    }
  </div>`;
}

/** A key of a scenario that is one text or a list, as a list. */
const toList = (value) => [value ?? []].flat().filter(Boolean);
