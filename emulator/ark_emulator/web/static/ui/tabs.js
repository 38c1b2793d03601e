/** Tabs: one stop of the Tab key, arrows go from one to the next. The panel has the id `ID-panel`. */
import { html } from "../lib.js";

/**
 * @param {{id: string, label: string, tabs: {name: string, title: string}[], chosen: string, choose: (name: string) => void}} props
 */
export function Tabs({ id, label, tabs, chosen, choose }) {
  const turn = (event) => {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    const place = (tabs.findIndex((tab) => tab.name === chosen) + by + tabs.length) % tabs.length;
    choose(tabs[place].name);
    event.currentTarget.children[place].focus();
  };
  return html`<div class="tabs" role="tablist" aria-label=${label} onKeyDown=${turn}>
    ${tabs.map(
      ({ name, title }) => html`<button
        key=${name}
        id=${`${id}-${name}`}
        role="tab"
        class="tab"
        aria-selected=${name === chosen}
        aria-controls=${`${id}-panel`}
        tabindex=${name === chosen ? 0 : -1}
        onClick=${() => choose(name)}
      >
        ${title}
      </button>`,
    )}
  </div>`;
}
