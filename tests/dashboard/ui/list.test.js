import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { ROW_HEIGHT, removedAtStart, visibleRows } = await load("ui/list.js");

test("the rows in view are drawn, wherever the list is scrolled to", () => {
  for (const top of [0, 1, 23, 24, 500, 12_345]) {
    const { from, count } = visibleRows(top, 200);
    assert.ok(from * ROW_HEIGHT <= top, String(top));
    assert.ok((from + count) * ROW_HEIGHT >= top + 200, String(top));
  }
});

test("the drawn rows change only every few rows", () => {
  assert.deepEqual(visibleRows(0, 200), visibleRows(3 * ROW_HEIGHT, 200));
});

test("rows that were removed at the start are counted", () => {
  const same = (item) => item;
  assert.equal(removedAtStart([1, 2, 3], [1, 2, 3, 4], same), 0);
  assert.equal(removedAtStart([1, 2, 3], [3, 4], same), 2);
  assert.equal(removedAtStart([1, 2], [7], same), -1);
});
