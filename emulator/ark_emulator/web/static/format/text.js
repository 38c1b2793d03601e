/** How ids, paths, amounts of money and counts are written. */

/** Characters at the end of an id that distinguish it from all others. */
const ID_TAIL = 6;

/**
 * The end of an id, without the prefix that all ids share.
 *
 * @param {string} id
 */
export const shortId = (id) => (id.startsWith("cgt-") ? id.slice(-5) : `…${id.slice(-6)}`);

/**
 * Split a path or an id so that its middle can be hidden: the end of the first part is cut where room is short.
 * The second part is the last word, the end of an id, or the end of an id and the word after it (`…xyz/content`).
 *
 * @param {string} text
 * @returns {[string, string]}
 */
export function splitMiddle(text) {
  const words = text.split("/");
  const kept = words.length > 4 ? ["…", ...words.slice(-2)] : words;
  const short = kept.join("/");
  const tail = tailOf(kept.at(-1) ?? "", kept.at(-2));
  return [short.slice(0, short.length - tail.length), tail];
}

/**
 * @param {string} last
 * @param {string} [before]
 */
function tailOf(last, before) {
  const isId = (/** @type {string} */ word) => word.length > 2 * ID_TAIL;
  if (isId(last)) return last.slice(-ID_TAIL);
  if (before !== undefined && isId(before)) return `${before.slice(-ID_TAIL)}/${last}`;
  return before === undefined ? last : `/${last}`;
}

/**
 * An amount in USD, with enough digits to distinguish small amounts from zero.
 *
 * @param {number|null} [amount]
 */
export function formatUsd(amount) {
  if (amount === null || amount === undefined) return "—";
  const size = Math.abs(amount);
  const digits = size >= 100 ? 2 : size >= 0.01 || size === 0 ? 3 : 6;
  return `${amount < 0 ? "−" : ""}$${size.toFixed(digits)}`;
}

/**
 * A count with thousands separators: `1,234`.
 *
 * @param {number} count
 */
export const formatCount = (count) => count.toLocaleString("en");

/**
 * A count and its noun: `1 error`, `2 errors`.
 *
 * @param {number} count
 * @param {string} noun
 */
export const plural = (count, noun) => `${count} ${noun}${count === 1 ? "" : "s"}`;

/**
 * A text with long data URIs shortened, for display.
 *
 * @param {string} text
 */
export const shortenDataUris = (text) =>
  text.replace(
    /(data:[\w/.+-]+;base64,[\w+/]{12})[\w+/=]{40,}/g,
    (whole, start) => `${start}… (${base64Kilobytes(whole)} kB)`,
  );

/**
 * The size in kB of the bytes that a base64 text encodes.
 *
 * @param {string} text
 */
export const base64Kilobytes = (text) => Math.ceil((text.length * 3) / 4096);
