/** One fact with its name, within a `dl`. */
import { html } from "../lib.js";

export const Fact = ({ name, children }) => html`<div><dt>${name}</dt><dd>${children}</dd></div>`;
