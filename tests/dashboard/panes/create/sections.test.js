import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";
import { CATALOGUE } from "./catalogue.js";

const { describeFamily } = await load("panes/create/sections.js");

test("a family is described by what it can do", () => {
  const [large, small] = CATALOGUE.families;
  assert.equal(describeFamily(large), "4 to 12 s · sound · up to 4 reference images · 1 video · drafts · flex tier");
  assert.equal(describeFamily(small), "4 to 4 s");
});
