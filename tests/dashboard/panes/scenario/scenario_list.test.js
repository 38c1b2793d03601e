import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { searchScenarios } = await load("panes/scenario/scenario_list.js");
const ITEMS = [
  { group: "create", name: "lost-reply", about: "Replies are lost", source: ["bifrost#7004"] },
  { group: "polling", name: "slow", about: "Polls are slow", expects: ["the client waits"] },
];

test("all words are searched in all texts", () => {
  const names = (text) => searchScenarios(ITEMS, text).map(({ name }) => name);
  assert.deepEqual(names(""), ["lost-reply", "slow"]);
  assert.deepEqual(names("BIFROST#7004"), ["lost-reply"]);
  assert.deepEqual(names("waits polling"), ["slow"]);
  assert.deepEqual(names("lost slow"), []);
});
