import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { neighbour } = await load("ui/tabs.js");
const TABS = [{ name: "a" }, { name: "b" }, { name: "c" }];

test("the arrow keys go round the tabs", () => {
  assert.equal(neighbour(TABS, "a", 1), 1);
  assert.equal(neighbour(TABS, "c", 1), 0);
  assert.equal(neighbour(TABS, "a", -1), 2);
});
