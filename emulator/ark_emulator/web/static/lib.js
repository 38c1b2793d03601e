/** The libraries of the page: Preact, its hooks, and `html` templates. Every module imports them from here. */
import htm from "./vendor/htm.js";
import { Component, Fragment, createContext, h, render } from "./vendor/preact.js";

export * from "./vendor/preact-hooks.js";
export { Component, Fragment, createContext, h, render };
export const html = htm.bind(/** @type {any} */ (h));

/**
 * Return a component that renders again only when one of its props changes.
 *
 * @template P
 * @param {(props: P) => any} view
 */
export function memo(view) {
  return class extends Component {
    /** @param {any} next */
    shouldComponentUpdate(next) {
      const props = /** @type {any} */ (this.props);
      for (const name in next) if (next[name] !== props[name]) return true;
      for (const name in props) if (!(name in next)) return true;
      return false;
    }

    /** @param {any} props */
    render(props) {
      return view(props);
    }
  };
}

/**
 * Join the class names that are not empty.
 *
 * @param {(string|false|null|undefined)[]} names
 */
export const classes = (...names) => names.filter(Boolean).join(" ");
