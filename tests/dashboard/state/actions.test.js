import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { describeEffects } = await load("state/actions.js");

test("the first two effects of moving the clock are named", () => {
  const move = { kind: "move", status: "running" };
  const callback = { kind: "callback", result: "200" };
  assert.equal(describeEffects({ effects: [] }), "nothing happened");
  assert.equal(describeEffects({ effects: [move] }), "move running");
  assert.equal(describeEffects({ effects: [move, callback, move, move] }), "move running, callback 200 and 2 more");
});
