/**
 * A long list that draws only the rows in view. It is one stop of the Tab key: the arrow keys move between rows, Enter
 * opens one. With `follow` it stays at its end: scrolling up stops that, scrolling to the end starts it again.
 */
import { classes, html, useEffect, useLayoutEffect, useRef, useState } from "../lib.js";

export const ROW_HEIGHT = 24;
/** Rows that are drawn above and below the view, and the rows by which the drawn window moves. */
const OVERSCAN = 6;
const WINDOW_STEP = 4;
/** Pixels from the end that still count as the end. */
const END_TOLERANCE = 6;

/**
 * The rows to draw for a scroll position.
 *
 * @param {number} scrollTop
 * @param {number} height  of the view
 */
export function visibleRows(scrollTop, height) {
  const from = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT / WINDOW_STEP) * WINDOW_STEP - OVERSCAN);
  return { from, count: Math.ceil(height / ROW_HEIGHT) + WINDOW_STEP + 2 * OVERSCAN };
}

/**
 * @template T
 * @param {object} props
 * @param {T[]} props.items
 * @param {(item: T) => string|number} props.keyOf
 * @param {(item: T) => unknown} props.row
 * @param {(item: T) => string} [props.rowClass]
 * @param {string} props.label
 * @param {(item: T) => void} props.onOpen
 * @param {string|number} [props.lastOpened]  the key of the row that was open before; the list takes the focus back
 * @param {boolean} [props.follow]
 * @param {(follow: boolean) => void} [props.setFollow]
 */
export function List({
  items,
  keyOf,
  row,
  rowClass = () => "",
  label,
  onOpen,
  lastOpened,
  follow = false,
  setFollow = undefined,
}) {
  const box = useRef(/** @type {any} */ (null));
  const [view, setView] = useState({ from: 0, count: 30 });
  const [active, setActive] = useState(lastOpened ?? null);
  const previousItems = useRef(items);

  const updateView = () => {
    if (!box.current) return;
    const next = visibleRows(box.current.scrollTop, box.current.clientHeight);
    if (next.from !== view.from || next.count !== view.count) setView(next);
  };
  const onScroll = () => {
    if (!box.current) return;
    updateView();
    const { scrollTop, clientHeight, scrollHeight } = box.current;
    const isAtEnd = scrollHeight - clientHeight - scrollTop < END_TOLERANCE;
    if (setFollow && isAtEnd !== follow) setFollow(isAtEnd);
  };
  useEffect(() => {
    const observer = new ResizeObserver(updateView);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [view]);
  useEffect(() => {
    const place = lastOpened === undefined ? -1 : items.findIndex((item) => keyOf(item) === lastOpened);
    if (place < 0) return;
    box.current.focus();
    goTo(place);
  }, []);
  useLayoutEffect(() => {
    if (follow) {
      box.current.scrollTop = box.current.scrollHeight;
    } else if (previousItems.current !== items && items.length && previousItems.current.length) {
      box.current.scrollTop -= ROW_HEIGHT * Math.max(0, removedAtStart(previousItems.current, items, keyOf));
    }
    previousItems.current = items;
    updateView();
  }, [items, follow]);

  const goTo = (place) => {
    const next = Math.max(0, Math.min(items.length - 1, place));
    setActive(keyOf(items[next]));
    const { scrollTop, clientHeight } = box.current;
    const top = next * ROW_HEIGHT;
    if (top < scrollTop) box.current.scrollTop = top;
    if (top + ROW_HEIGHT > scrollTop + clientHeight) box.current.scrollTop = top + ROW_HEIGHT - clientHeight;
  };
  const onKeyDown = (event) => {
    const place = items.findIndex((item) => keyOf(item) === active);
    const page = Math.max(1, Math.floor(box.current.clientHeight / ROW_HEIGHT) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -items.length, End: items.length };
    if (event.key in steps && items.length) {
      const start = place < 0 ? (event.key === "ArrowUp" || follow ? items.length : -1) : place;
      goTo(start + steps[event.key]);
    } else if ((event.key === "Enter" || event.key === " ") && place >= 0) onOpen(items[place]);
    else return;
    event.preventDefault();
  };
  const onClick = (item) => {
    setActive(keyOf(item));
    onOpen(item);
  };

  const drawn = items.slice(view.from, view.from + view.count);
  const name = label.replace(/\W+/g, "-").toLowerCase();
  return html`<div
    class="scrolls list"
    ref=${box}
    role="listbox"
    aria-label=${label}
    tabindex="0"
    onScroll=${onScroll}
    onKeyDown=${onKeyDown}
    aria-activedescendant=${drawn.some((item) => keyOf(item) === active) ? `${name}-${active}` : undefined}
  >
    <div class="list-all" role="presentation" style=${{ height: `${items.length * ROW_HEIGHT}px` }}>
      ${drawn.map((item, place) => {
        const key = keyOf(item);
        return html`<div
          key=${key}
          id=${`${name}-${key}`}
          role="option"
          aria-selected=${key === lastOpened}
          aria-setsize=${items.length}
          aria-posinset=${view.from + place + 1}
          class=${classes("line", rowClass(item), key === active && "is-active")}
          style=${{ top: `${(view.from + place) * ROW_HEIGHT}px` }}
          onClick=${() => onClick(item)}
        >
          ${row(item)}
        </div>`;
      })}
    </div>
  </div>`;
}

/**
 * How many rows were removed at the start of a list; -1 if its first row is new.
 *
 * @template T
 * @param {T[]} before
 * @param {T[]} after
 * @param {(item: T) => string|number} keyOf
 */
export function removedAtStart(before, after, keyOf) {
  const first = keyOf(after[0]);
  return before.findIndex((item) => keyOf(item) === first);
}
