/** The bar between the timeline and the panes below it. It is dragged, or moved with the arrow keys. */
import { html, useEffect, useState } from "../lib.js";
import { loadPreference, savePreference } from "../state/store.js";

/** Share of the height that the panes take, in per cent. */
const MIN_SHARE = 15;
const MAX_SHARE = 80;
const KEY_STEP = 4;

export function Splitter() {
  const [share, setShare] = useState(Number(loadPreference("share", "44")));
  useEffect(() => {
    document.documentElement.style.setProperty("--panes", `${share}%`);
    savePreference("share", String(share));
  }, [share]);
  const resize = (value) => setShare(Math.round(Math.max(MIN_SHARE, Math.min(MAX_SHARE, value))));
  const onPointerMove = (event) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement.getBoundingClientRect();
    resize(((box.bottom - event.clientY) / box.height) * 100);
  };
  const onKeyDown = (event) => {
    const step = { ArrowUp: KEY_STEP, ArrowDown: -KEY_STEP }[/** @type {string} */ (event.key)];
    if (!step) return;
    event.preventDefault();
    resize(share + step);
  };
  return html`<div
    class="splitter"
    role="separator"
    tabindex="0"
    aria-orientation="horizontal"
    aria-label="Height of the panes"
    aria-valuenow=${share}
    aria-valuemin=${MIN_SHARE}
    aria-valuemax=${MAX_SHARE}
    onKeyDown=${onKeyDown}
    onPointerMove=${onPointerMove}
    onPointerDown=${(event) => event.currentTarget.setPointerCapture(event.pointerId)}
  ></div>`;
}
