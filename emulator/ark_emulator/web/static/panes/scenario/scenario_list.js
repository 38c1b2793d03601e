/** The built-in scenarios, each made from an incident: searched by everything that is told of it, moved through by arrow keys. */
import { classes, html, useState } from "../../lib.js";
import { icon } from "../../ui/icons.js";

/** The one in force, whatever it is called. */
export const IN_FORCE = " in force";

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

const textOf = ({ group, name, about, source = [], expects = [] }) =>
  [group, name, about, ...source, ...expects].join(" ").toLowerCase();

export function ScenarioList({ items, chosen, choose, ruling, edited }) {
  const [sought, setSought] = useState("");
  const incidents = items.filter((each) => each.group !== "default").length;
  const words = sought.toLowerCase().split(/\s+/).filter(Boolean);
  const found = items.filter((each) => words.every((word) => textOf(each).includes(word)));
  const groups = Object.entries(GROUPS).map(([group, title]) => [title, found.filter((each) => each.group === group)]);
  const move = (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const buttons = [...event.currentTarget.querySelectorAll("button")];
    const place = buttons.indexOf(document.activeElement);
    buttons[Math.max(0, Math.min(buttons.length - 1, place + by))]?.focus();
  };
  return html`<nav class="scenarios" aria-label="Scenarios" onKeyDown=${move}>
    <label class="scenarios-search">
      ${icon("search")}
      <span class="unseen">Search scenarios</span>
      <input
        type="search"
        value=${sought}
        placeholder="Search ${incidents} incidents"
        spellcheck=${false}
        onInput=${(event) => setSought(event.target.value)}
      />
    </label>
    <div class="scenarios-list">
      ${
        words.length
          ? null
          : html`<${Item}
            name=${IN_FORCE}
            title=${ruling}
            about="What rules this world now"
            chosen=${chosen}
            choose=${choose}
            edited=${edited}
          />`
      }
      ${groups.map(([title, each]) =>
        each.length
          ? html`<section key=${title}>
            <h3>${title}</h3>
            ${each.map(
              ({ name, about, source }) => html`<${Item}
                key=${name}
                name=${name}
                title=${name}
                about=${about}
                source=${source}
                chosen=${chosen}
                choose=${choose}
                ruling=${ruling}
                edited=${edited}
              />`,
            )}
          </section>`
          : null,
      )}
      ${found.length ? null : html`<p class="hint">No incident is like that.</p>`}
    </div>
  </nav>`;
}

function Item({ name, title, about, source, chosen, choose, ruling, edited }) {
  return html`<button
    title=${source?.length ? `Seen in ${source.join(", ")}` : undefined}
    class=${classes("scenario-item", name === chosen && "is-chosen")}
    aria-current=${name === chosen ? "true" : undefined}
    onClick=${() => choose(name)}
  >
    <span class="scenario-name">
      ${title}
      ${name === ruling || name === IN_FORCE ? html`<span class="tag">in force</span>` : null}
      ${name in edited ? html`<span class="tag">edited</span>` : null}
    </span>
    <small>${about}</small>
  </button>`;
}
