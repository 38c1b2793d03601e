import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { nextIndent } = await load("panes/scenario/editor.js");

test("a new line is indented like the one before, and deeper after a key", () => {
  assert.equal(nextIndent("version: 1"), "");
  assert.equal(nextIndent("outcomes:"), "  ");
  assert.equal(nextIndent("outcomes:\n  - when: {nth: 1}"), "    ");
  assert.equal(nextIndent("outcomes:\n  - then: "), "      ");
});
