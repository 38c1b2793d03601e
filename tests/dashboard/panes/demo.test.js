import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { rangeError } = await load("panes/demo.js");
const LIMITS = { min: 1, max: 86_400 };

test("only whole numbers within the limits are valid", () => {
  for (const text of ["1", "86400"]) assert.equal(rangeError(text, LIMITS), undefined, text);
  for (const text of ["", "0", "86401", "1.5", "-1", "1e3", "x"]) {
    assert.equal(rangeError(text, LIMITS), "from 1 to 86,400", text);
  }
});
