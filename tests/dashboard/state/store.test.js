import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { findTask, loadPreference, savePreference, virtualNow } = await load("state/store.js");

test("a task is found by either of its ids", () => {
  const one = task({ id: "a", alias: "task_a" });
  const state = { tasks: new Map([["a", one]]), aliases: new Map([["task_a", "a"]]) };
  assert.equal(findTask("a", state), one);
  assert.equal(findTask("task_a", state), one);
  assert.equal(findTask("b", state), undefined);
});

test("a live clock advances between two messages, others do not", () => {
  const readAt = performance.now() - 1_000;
  const passed = virtualNow({ clock: { mode: "live", now: 100, speed: 10, readAt } }) - 100;
  assert.ok(passed >= 10 && passed < 1_000, String(passed));
  assert.equal(virtualNow({ clock: { mode: "frozen", now: 100, speed: 10, readAt } }), 100);
});

test("preferences have a fallback where a browser stores nothing", () => {
  savePreference("view", "table");
  assert.equal(loadPreference("view", "timeline"), "timeline");
});
