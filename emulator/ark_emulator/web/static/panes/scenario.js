/**
 * The scenario of the world: choose one among the built-in incidents, see and edit its YAML, and have it checked as you
 * type. What was edited is kept while the page is open. `open("scenario", {text})` begins with a text.
 */
import { html, useRef, useState } from "../lib.js";
import { act, copy } from "../state/actions.js";
import { useAsked } from "../state/ask.js";
import { api } from "../state/api.js";
import { useCheck } from "../state/check.js";
import { icon } from "../ui/icons.js";
import { useStore } from "../state/store.js";
import { COMPLAINTS, ComplaintList } from "./scenario/problems.js";
import { Editor } from "./scenario/editor.js";
import { IN_FORCE, ScenarioList } from "./scenario/scenario_list.js";

/** What was edited and not used, by the names of the list. */
let drafts = {};

export function Scenario({ text: given }) {
  const ruling = useStore((state) => state.scenario);
  const world = useStore((state) => state.world);
  const [again, setAgain] = useState(0);
  const [chosen, setChosen] = useState(IN_FORCE);
  const [edited, setEdited] = useState(() => (given ? { ...drafts, [IN_FORCE]: given } : drafts));
  const keep = (next) => setEdited((drafts = next));
  const { answer: all } = useAsked(() => api.scenarios(), "scenarios");
  const about = `${world} ${chosen} ${chosen === IN_FORCE ? `${ruling} ${again}` : ""}`;
  const { answer } = useAsked(() => (chosen === IN_FORCE ? api.scenario() : api.builtin(chosen)), about);
  const base = answer?.text ?? (answer ? "" : null);
  const text = edited[chosen] ?? base;
  const put = (next) => {
    const { [chosen]: _, ...others } = edited;
    keep(next === base ? others : { ...others, [chosen]: next });
  };
  const used = () => {
    const { [chosen]: _, [IN_FORCE]: __, ...others } = edited;
    keep(others);
    setChosen(IN_FORCE);
    setAgain(again + 1);
  };
  const items = [
    { group: "default", name: "default", about: "Everything succeeds, unless a prompt steers otherwise" },
    ...(all?.items ?? []),
  ];
  return html`<div class="scenario">
    <${ScenarioList} items=${items} chosen=${chosen} choose=${setChosen} ruling=${ruling} edited=${edited} />
    ${
      text === null
        ? html`<p class="nothing" role="status">Reading…</p>`
        : html`<${Sheet}
          key=${chosen}
          name=${chosen}
          text=${text}
          base=${base}
          missing=${answer?.text === null}
          put=${put}
          used=${used}
          reload=${() => setAgain(again + 1)}
        />`
    }
  </div>`;
}

/** One scenario: what it is about, its text, what is wrong with it, and what can be done with it. */
function Sheet({ name, text, base, missing, put, used, reload }) {
  const checked = useCheck(text);
  const editor = useRef(null);
  const { said, fresh } = checked;
  const changed = text !== base;
  const ready = fresh && said.ok && (changed || name !== IN_FORCE);
  const apply = async () => {
    if (!ready) return;
    const unchanged = name !== IN_FORCE && !changed;
    const done = await act(
      () => (unchanged ? api.useScenario(name) : api.useText(text)),
      (now) => `${now.name} rules this world now`,
    );
    if (done) used();
  };
  const jump = ({ line, column, end_column: end }) => editor.current.go(line, column, end);
  const count = said?.complaints.length ?? 0;
  return html`<div class="sheet">
    <${About} of=${said?.scenario} />
    ${
      missing && !changed
        ? html`<p class="warning" role="note">
          ${icon("warn")}This scenario was given as JSON, so there is no text of it to edit. Whatever is written here
          takes its place.
        </p>`
        : null
    }
    <${Editor}
      value=${text}
      set=${put}
      complaints=${said?.complaints ?? []}
      describedBy=${`${COMPLAINTS} editor-keys`}
      apply=${apply}
      handle=${editor}
    />
    <p class="hint editor-keys" id="editor-keys">
      <kbd>tab</kbd> indents, <kbd>esc</kbd> <kbd>tab</kbd> leaves, <kbd>ctrl enter</kbd> applies
      ${
        count
          ? html`<button class="link" onClick=${() => jump(said.complaints[0])}>
            ${count === 1 ? "1 mistake" : `${count} mistakes`}: go there
          </button>`
          : null
      }
    </p>
    <${ComplaintList} checked=${checked} jump=${jump} />
    <div class="sheet-foot row">
      <button class="button is-primary" disabled=${!ready} onClick=${apply}>${icon("check")}Apply</button>
      <button class="button" disabled=${!changed} onClick=${() => put(base)}>Revert</button>
      ${name === IN_FORCE ? html`<button class="button" onClick=${reload}>Reload</button>` : null}
      <span class="grows"></span>
      <button class="button" onClick=${() => copy(text, "YAML copied")}>${icon("copy")}Copy</button>
    </div>
  </div>`;
}

function About({ of: scenario }) {
  const { about, source, expects } = scenario ?? {};
  const listed = (each) => [each ?? []].flat().filter(Boolean);
  return html`<div class="scenario-about">
    ${about ? html`<p>${about}</p>` : null}
    ${listed(expects).map(
      (each) => html`<p key=${each} class="expects"><b>A good client</b> ${each.replace(/^(?:the|a) client /, "")}</p>`,
    )}
    ${
      listed(source).length
        ? html`<p class="sources">
          <span class="quiet">Seen in</span>
          ${listed(source).map((each) => html`<span key=${each} class="tag">${each}</span>`)}
        </p>`
        : null
    }
  </div>`;
}
