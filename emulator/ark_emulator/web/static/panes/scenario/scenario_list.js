/** The list of the built-in scenarios, each made from an incident. It is searched by all its texts. */
import { classes, html, useState } from "../../lib.js";
import { icon } from "../../ui/icons.js";

/** The name under which the list shows the active scenario. */
export const ACTIVE = " active";

const GROUPS = {
  default: "Ordinary",
  status: "Status",
  create: "Create",
  duplicates: "Duplicates",
  polling: "Polling",
  moderation: "Moderation",
  media: "Media",
  callbacks: "Callbacks",
  cancel: "Cancel",
  money: "Money",
};

/**
 * @typedef {{group: string, name: string, about: string, source?: string[], expects?: string[]}} Item
 *
 * @param {Item[]} items
 * @param {string} text
 */
export function searchScenarios(items, text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return items.filter(({ group, name, about, source = [], expects = [] }) => {
    const content = [group, name, about, ...source, ...expects].join(" ").toLowerCase();
    return words.every((word) => content.includes(word));
  });
}

export function ScenarioList({ items, selected, onSelect, active, edits }) {
  const [text, setText] = useState("");
  const found = searchScenarios(items, text);
  const groups = Object.entries(GROUPS)
    .map(([group, title]) => ({ title, members: found.filter((each) => each.group === group) }))
    .filter(({ members }) => members.length);
  const tagsOf = (name) => [
    ...(name === active || name === ACTIVE ? ["active"] : []),
    ...(name in edits ? ["edited"] : []),
  ];
  /** @param {{name: string, title?: string, about: string, source?: string[]}} props */
  const item = ({ name, title = name, about, source = [] }) => html`<${ScenarioItem}
    key=${name}
    title=${title}
    about=${about}
    source=${source}
    tags=${tagsOf(name)}
    isSelected=${name === selected}
    onClick=${() => onSelect(name)}
  />`;
  const incidents = items.filter((each) => each.group !== "default").length;
  return html`<nav class="scenarios" aria-label="Scenarios" onKeyDown=${moveFocus}>
    <label class="scenarios-search">
      ${icon("search")}
      <span class="unseen">Search scenarios</span>
      <input
        type="search"
        value=${text}
        placeholder="Search ${incidents} incidents"
        spellcheck=${false}
        onInput=${(event) => setText(event.target.value)}
      />
    </label>
    <div class="scenarios-list">
      ${text.trim() ? null : item({ name: ACTIVE, title: active, about: "The scenario of this world now" })}
      ${groups.map(({ title, members }) => html`<section key=${title}><h3>${title}</h3>${members.map(item)}</section>`)}
      ${found.length ? null : html`<p class="hint">No scenario matches.</p>`}
    </div>
  </nav>`;
}

/** Move the focus between the buttons of the list by the arrow keys. */
function moveFocus(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[/** @type {string} */ (event.key)];
  if (!step) return;
  event.preventDefault();
  const buttons = [...event.currentTarget.querySelectorAll("button")];
  const place = buttons.indexOf(document.activeElement);
  buttons[Math.max(0, Math.min(buttons.length - 1, place + step))]?.focus();
}

const ScenarioItem = ({ title, about, source, tags, isSelected, onClick }) => html`<button
  title=${source.length ? `Seen in ${source.join(", ")}` : undefined}
  class=${classes("scenario-item", isSelected && "is-chosen")}
  aria-current=${isSelected ? "true" : undefined}
  onClick=${onClick}
>
  <span class="scenario-name">${title}${tags.map((tag) => html`<span key=${tag} class="tag">${tag}</span>`)}</span>
  <small>${about}</small>
</button>`;
