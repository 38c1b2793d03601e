import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { announcement, endedSince } = await load("page/announcer.js");
const mapOf = (...tasks) => new Map(tasks.map((each) => [each.id, each]));

test("only tasks that have just ended are announced", () => {
  const before = mapOf(task({ id: "a" }), task({ id: "b", status: "failed" }), task({ id: "c" }));
  const after = mapOf(
    task({ id: "a", status: "succeeded" }),
    task({ id: "b", status: "failed" }),
    task({ id: "c", status: "running" }),
    task({ id: "new", status: "succeeded" }),
  );
  assert.deepEqual(
    endedSince(before, after).map((each) => each.id),
    ["a"],
  );
});

test("several tasks are announced by their counts", () => {
  const failed = task({ status: "failed", alias: "task_a" });
  assert.equal(announcement([failed]), "Task task_a failed");
  assert.equal(announcement([failed, task({ status: "succeeded" }), failed]), "3 tasks ended: 2 failed, 1 succeeded");
});
