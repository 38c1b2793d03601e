/** Tabs over a panel. The list is one stop of the Tab key; the arrow keys move between the tabs. */
import { Fragment, html } from "../lib.js";
import { icon } from "./icons.js";

/**
 * @param {object} props
 * @param {string} props.id  the tabs get the ids `ID-NAME`, the panel `ID-panel`
 * @param {string} props.label
 * @param {{name: string, title: string, icon?: string}[]} props.tabs
 * @param {string} props.selected
 * @param {(name: string) => void} props.onSelect
 * @param {string} [props.listClass]
 * @param {string} [props.panelClass]
 * @param {boolean} [props.focusablePanel]  for a panel without controls, so that it can be scrolled by keys
 * @param {unknown} props.children
 */
export function Tabs({
  id,
  label,
  tabs,
  selected,
  onSelect,
  listClass = "tabs",
  panelClass,
  focusablePanel = false,
  children,
}) {
  const onKeyDown = (/** @type {any} */ event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[/** @type {string} */ (event.key)];
    if (!step) return;
    const place = neighbour(tabs, selected, step);
    onSelect(tabs[place].name);
    event.currentTarget.children[place].focus();
  };
  return html`<${Fragment}>
    <div class=${listClass} role="tablist" aria-label=${label} onKeyDown=${onKeyDown}>
      ${tabs.map(
        (tab) => html`<button
          key=${tab.name}
          type="button"
          role="tab"
          class="tab"
          id=${`${id}-${tab.name}`}
          aria-selected=${tab.name === selected}
          aria-controls=${`${id}-panel`}
          tabindex=${tab.name === selected ? 0 : -1}
          onClick=${() => onSelect(tab.name)}
        >
          ${tab.icon ? icon(tab.icon, 14) : null}
          ${tab.title}
        </button>`,
      )}
    </div>
    <div
      class=${panelClass}
      role="tabpanel"
      id=${`${id}-panel`}
      aria-labelledby=${`${id}-${selected}`}
      tabindex=${focusablePanel ? 0 : undefined}
    >
      ${children}
    </div>
  <//>`;
}

/**
 * The place of the tab that is `step` tabs away; the last is followed by the first.
 *
 * @param {{name: string}[]} tabs
 * @param {string} selected
 * @param {number} step
 */
export const neighbour = (tabs, selected, step) =>
  (tabs.findIndex((tab) => tab.name === selected) + step + tabs.length) % tabs.length;
