/** Amounts of money, as they are written. */

/** USD with as many digits as it takes to tell small amounts from none. */
export function usd(amount) {
  if (amount === null || amount === undefined) return "—";
  const size = Math.abs(amount);
  const digits = size >= 100 ? 2 : size >= 0.01 || size === 0 ? 3 : 6;
  return `${amount < 0 ? "−" : ""}$${size.toFixed(digits)}`;
}
