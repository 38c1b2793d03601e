import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { ROW_HEIGHT, rowWindow } = await load("timeline/motion.js");

test("the lanes in view are drawn, and some around them", () => {
  for (const top of [0, 27, 280, 4_000]) {
    const [first, last] = rowWindow(top, 400);
    assert.ok(first * ROW_HEIGHT <= top, String(top));
    assert.ok(last * ROW_HEIGHT >= top + 400 + 10 * ROW_HEIGHT, String(top));
  }
});
