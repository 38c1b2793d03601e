import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { sourceWithCarets } = await load("panes/scenario/problems.js");

test("the carets stand under the mistake", () => {
  const { before, carets } = sourceWithCarets({ line: 12, column: 5, end_column: 8, source: "on: abc" });
  assert.equal(before + carets, "12 | on: abc\n   |     ^^^");
});

test("a mistake without an end has one caret", () => {
  assert.equal(sourceWithCarets({ line: 1, column: 1 }).carets, "^");
});
