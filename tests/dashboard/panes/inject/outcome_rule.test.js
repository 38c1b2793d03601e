import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { withRule, withoutRule } = await load("panes/inject/outcome_rule.js");
const RULE = { name: "next-tasks", when: { first: 1 }, then: [{ queued: "1s" }, "succeeded"] };
const LINE = "{name: next-tasks, when: {first: 1}, then: [{queued: 1s}, succeeded]}";

test("the rule becomes the first outcome in every style of YAML", () => {
  const expected = [
    ["", `name: own\n\noutcomes:\n  - ${LINE}\n`],
    ["version: 1\n", `version: 1\nname: own\noutcomes:\n  - ${LINE}\n`],
    ["name: x\noutcomes:\n  - then: []\n", `name: x\noutcomes:\n  - ${LINE}\n  - then: []\n`],
    ["name: x\noutcomes: [{then: []}]\n", `name: x\noutcomes: [${LINE}, {then: []}]\n`],
    [
      "name: x\noutcomes: # why\n# because\n- then: []\n",
      `name: x\noutcomes: # why\n- ${LINE}\n# because\n- then: []\n`,
    ],
  ];
  for (const [text, result] of expected) assert.equal(withRule(text, RULE, "own"), result);
});

test("there is one such rule at most, and it can be removed", () => {
  for (const text of ["name: x\n", "name: x\noutcomes:\n  - then: []\n", "name: x\noutcomes: [{then: []}]\n"]) {
    const once = withRule(text, RULE, "own");
    assert.equal(withRule(once, RULE, "own"), once);
    assert.equal(withoutRule(once), text);
  }
});

test("a text in a rule is inserted as it is", () => {
  const odd = { ...RULE, then: [{ failed: "a $& b" }] };
  assert.match(withRule("name: x\noutcomes: [{then: []}]\n", odd), /failed: "a \$& b"/);
});
