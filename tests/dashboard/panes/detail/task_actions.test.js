import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { obstacleTo } = await load("panes/detail/task_actions.js");

test("a task that has ended cannot be changed", () => {
  for (const status of ["succeeded", "failed", "expired", "cancelled"]) {
    assert.equal(obstacleTo({ status }, "failed"), `The task has ended: ${status} is a final status.`);
  }
});

test("only a queued task can be cancelled", () => {
  assert.equal(obstacleTo({ status: "queued" }, "cancelled"), null);
  assert.match(obstacleTo({ status: "running" }, "cancelled"), /only a queued task/);
  assert.equal(obstacleTo({ status: "running" }, "failed"), null);
});
