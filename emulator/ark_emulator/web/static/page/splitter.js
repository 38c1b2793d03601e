/**
 * The bar between the timeline and the panes below it: drag it, or move it with the arrow keys.
 */
import { html, useEffect, useState } from "../lib.js";
import { remember, remembered } from "../state/store.js";

const LEAST = 15;
const MOST = 80;

export function Splitter() {
  const [share, setShare] = useState(Number(remembered("share", "44")));
  useEffect(() => {
    document.documentElement.style.setProperty("--panes", `${share}%`);
    remember("share", String(share));
  }, [share]);
  const set = (value) => setShare(Math.round(Math.max(LEAST, Math.min(MOST, value))));
  const drag = (event) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const box = event.currentTarget.parentElement.getBoundingClientRect();
    set(((box.bottom - event.clientY) / box.height) * 100);
  };
  const key = (event) => {
    const by = { ArrowUp: 4, ArrowDown: -4 }[event.key];
    if (by) {
      event.preventDefault();
      set(share + by);
    }
  };
  return html`<div
    class="splitter"
    role="separator"
    tabindex="0"
    aria-orientation="horizontal"
    aria-label="Height of the panes"
    aria-valuenow=${share}
    aria-valuemin=${LEAST}
    aria-valuemax=${MOST}
    onKeyDown=${key}
    onPointerMove=${drag}
    onPointerDown=${(event) => event.currentTarget.setPointerCapture(event.pointerId)}
  ></div>`;
}
