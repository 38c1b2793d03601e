import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { timeTaken } = await load("timeline/table.js");

test("only a task that has ended took a time", () => {
  assert.equal(timeTaken(task({ status: "running" })), "—");
  assert.equal(timeTaken(task({ status: "succeeded" })), "10 s");
});
