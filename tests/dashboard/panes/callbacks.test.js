import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { allCallbacks, filterCallbacks } = await load("panes/callbacks.js");
const TASKS = [
  task({
    id: "a",
    callbacks: [
      { number: 0, status: "running", state: "delivered", at: 1, url: "http://h/good" },
      { status: "succeeded", state: "planned", at: 9 },
    ],
  }),
  task({
    id: "b",
    alias: "task_b",
    callbacks: [{ number: 0, status: "failed", state: "pending", at: 5, verdict: "timeout" }],
  }),
  task({ id: "c" }),
];

test("callbacks are listed with the newest first", () => {
  assert.deepEqual(
    allCallbacks(TASKS).map(({ key, name }) => [key, name]),
    [
      ["a.succeeded", "a"],
      ["b.0", "task_b"],
      ["a.0", "a"],
    ],
  );
});

test("planned callbacks are shown only on request", () => {
  const keys = (filter) =>
    filterCallbacks(allCallbacks(TASKS), { state: "", text: "", ...filter }).map(({ key }) => key);
  assert.deepEqual(keys({}), ["b.0", "a.0"]);
  assert.deepEqual(keys({ state: "planned" }), ["a.succeeded"]);
  assert.deepEqual(keys({ text: " GOOD " }), ["a.0"]);
  assert.deepEqual(keys({ text: "timeout" }), ["b.0"]);
  assert.deepEqual(keys({ text: "task_b", state: "delivered" }), []);
});
