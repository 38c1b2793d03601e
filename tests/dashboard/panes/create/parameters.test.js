import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";
import { CATALOGUE } from "./catalogue.js";

const { choicesOf } = await load("panes/create/parameters.js");
const [LARGE, SMALL] = CATALOGUE.families;
const names = (family, mode) => choicesOf(family, mode).map(({ name }) => name);

test("only menus that the model accepts are offered", () => {
  assert.deepEqual(names(LARGE, "t2v"), ["resolution", "ratio", "duration", "audio", "format", "tier", "camera"]);
  assert.deepEqual(names(SMALL, "t2v"), ["resolution", "ratio", "duration"]);
  assert.ok(names(LARGE, "r2v").includes("taskType"));
});

test("what a final clip inherits from its draft is not offered", () => {
  assert.deepEqual(names(LARGE, "draft"), ["resolution", "tier"]);
});

test("the default ratio of a model is named", () => {
  const ratio = choicesOf(LARGE, "t2v").find(({ name }) => name === "ratio");
  assert.deepEqual(ratio.options, [["", "default (16:9)"], "16:9", "1:1"]);
});
