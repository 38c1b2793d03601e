/**
 * What every module of the page builds on: Preact, its hooks, and `html` templates. Import these from here only.
 */
import { Component, Fragment, createContext, h, render } from "./vendor/preact.js";
import htm from "./vendor/htm.js";

export * from "./vendor/preact-hooks.js";
export { Component, Fragment, createContext, h, render };
export const html = htm.bind(h);

/**
 * A component that is rendered again only when one of its props is another value.
 *
 * @template P
 * @param {(props: P) => unknown} view
 */
export function memo(view) {
  return class extends Component {
    shouldComponentUpdate(next) {
      for (const name in next) if (next[name] !== this.props[name]) return true;
      for (const name in this.props) if (!(name in next)) return true;
      return false;
    }

    render(props) {
      return view(props);
    }
  };
}

/** Class names from the given ones that are not empty. */
export const classes = (...names) => names.filter(Boolean).join(" ");
