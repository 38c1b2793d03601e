import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { entriesWithSums, totalsByKey } = await load("panes/ledger.js");
const ENTRIES = [
  { key: "a", kind: "hold", amount: 3 },
  { key: "b", kind: "hold", amount: 5 },
  { key: "a", kind: "settle", amount: -1 },
  { key: "b", kind: "refund", amount: -5 },
];

test("each entry has the sum up to it, the newest first", () => {
  assert.deepEqual(
    entriesWithSums(ENTRIES, "").map(({ sum }) => sum),
    [2, 7, 8, 3],
  );
  assert.deepEqual(
    entriesWithSums(ENTRIES, "a").map(({ place, sum }) => [place, sum]),
    [
      [2, 2],
      [0, 3],
    ],
  );
});

test("the totals of all keys are the sums of those of each key", () => {
  const totals = totalsByKey(ENTRIES, { a: 10 });
  assert.deepEqual([...totals.keys()], ["", "a", "b"]);
  assert.deepEqual(totals.get("a"), { hold: 3, settle: -1, refund: 0, spent: 2, count: 2, balance: 10 });
  assert.deepEqual(totals.get("b"), { hold: 5, settle: 0, refund: -5, spent: 0, count: 2, balance: null });
  for (const name of ["hold", "settle", "refund", "spent", "count"]) {
    assert.equal(totals.get("")[name], totals.get("a")[name] + totals.get("b")[name], name);
  }
});

test("an empty ledger has empty totals", () => {
  assert.equal(totalsByKey([], {}).get("").count, 0);
});
