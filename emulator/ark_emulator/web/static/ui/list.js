/**
 * A long list of which only the rows in sight are drawn. It is one stop of the Tab key; arrows go from row to row, Enter
 * opens one. It can follow its end: scrolling up stops that, scrolling down to the end begins it again.
 */
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";

export const ROW = 24;
/** Rows that are drawn beyond those in sight, and by how many rows the drawn ones are moved at a time. */
const BEYOND = 6;
const STRIDE = 4;
/** Pixels from the end that still count as being there. */
const NEAR = 6;

/**
 * @template T
 * @param {{items: T[], keyOf: (item: T) => string|number, row: (item: T) => unknown, tone?: (item: T) => string, label: string,
 *   open: (item: T) => void, opened?: string|number, follow?: boolean, setFollow?: (on: boolean) => void}} props
 *   `opened` is the key of the item that was open before: the list takes the focus back
 */
export function List({ items, keyOf, row, tone = () => "", label, open, opened, follow = false, setFollow }) {
  const box = useRef(null);
  const [sight, setSight] = useState({ from: 0, count: 30 });
  const [active, setActive] = useState(opened ?? null);
  const before = useRef(items);

  const look = () => {
    if (!box.current) return;
    const { scrollTop, clientHeight } = box.current;
    const from = Math.max(0, Math.floor(scrollTop / ROW / STRIDE) * STRIDE - BEYOND);
    const count = Math.ceil(clientHeight / ROW) + STRIDE + 2 * BEYOND;
    if (from !== sight.from || count !== sight.count) setSight({ from, count });
  };
  const scrolled = () => {
    if (!box.current) return;
    look();
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    const there = scrollHeight - clientHeight - scrollTop < NEAR;
    if (setFollow && there !== follow) setFollow(there);
  };
  useEffect(() => {
    const watch = new ResizeObserver(look);
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [sight]);
  useEffect(() => {
    const place = opened === undefined ? -1 : items.findIndex((item) => keyOf(item) === opened);
    if (place < 0) return;
    box.current.focus();
    go(place);
  }, []);
  useLayoutEffect(() => {
    if (follow) {
      box.current.scrollTop = box.current.scrollHeight;
    } else if (before.current !== items && items.length && before.current.length) {
      box.current.scrollTop -= ROW * Math.max(0, goneInFront(before.current, items, keyOf));
    }
    before.current = items;
    look();
  }, [items, follow]);

  const go = (place) => {
    const to = Math.max(0, Math.min(items.length - 1, place));
    setActive(keyOf(items[to]));
    const { scrollTop, clientHeight } = box.current;
    if (to * ROW < scrollTop) box.current.scrollTop = to * ROW;
    if ((to + 1) * ROW > scrollTop + clientHeight) box.current.scrollTop = (to + 1) * ROW - clientHeight;
  };
  const pressed = (event) => {
    const place = items.findIndex((item) => keyOf(item) === active);
    const page = Math.max(1, Math.floor(box.current.clientHeight / ROW) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -items.length, End: items.length };
    if (event.key in steps && items.length) {
      const start = place < 0 ? (event.key === "ArrowUp" || follow ? items.length : -1) : place;
      go(start + steps[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && place >= 0) open(items[place]);
    else return;
    event.preventDefault();
  };

  const drawn = items.slice(sight.from, sight.from + sight.count);
  const name = label.replace(/\W+/g, "-").toLowerCase();
  return html`<div
    class="scrolls list"
    ref=${box}
    role="listbox"
    aria-label=${label}
    tabindex="0"
    onScroll=${scrolled}
    onKeyDown=${pressed}
    aria-activedescendant=${drawn.some((item) => keyOf(item) === active) ? `${name}-${active}` : undefined}
  >
    <div class="list-all" role="presentation" style=${{ height: `${items.length * ROW}px` }}>
      ${drawn.map((item, place) => {
        const key = keyOf(item);
        return html`<div
          key=${key}
          id=${`${name}-${key}`}
          role="option"
          aria-selected=${key === opened}
          aria-setsize=${items.length}
          aria-posinset=${sight.from + place + 1}
          class=${classes("line", tone(item), key === active && "is-active")}
          style=${{ top: `${(sight.from + place) * ROW}px` }}
          onClick=${() => (setActive(key), open(item))}
        >
          ${row(item)}
        </div>`;
      })}
    </div>
  </div>`;
}

/** How many rows of the beginning are there no more. */
function goneInFront(earlier, later, keyOf) {
  const first = keyOf(later[0]);
  if (keyOf(earlier[0]) === first) return 0;
  return earlier.findIndex((item) => keyOf(item) === first);
}
