import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "./load.js";

const { STATUSES, countByStatus, currentMark, isFinal, nameOf } = await load("task.js");

test("every status but queued and running is final", () => {
  assert.deepEqual(
    STATUSES.filter((status) => !isFinal(status)),
    ["queued", "running"],
  );
});

test("a task has the id that its client received", () => {
  assert.equal(nameOf(task()), "cgt-20260101000000-aaaaa");
  assert.equal(nameOf(task({ alias: "task_1" })), "task_1");
});

test("the marks after the current one are planned", () => {
  assert.equal(currentMark(task({ status: "running" })), 1);
});

test("tasks are counted by status", () => {
  assert.deepEqual(countByStatus([{ status: "queued" }, { status: "failed" }, { status: "queued" }]), {
    queued: 2,
    failed: 1,
  });
});
