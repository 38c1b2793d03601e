import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { lifeOf, panToLife } = await load("timeline/pan.js");

test("the life of a task lasts until it ends, or until now", () => {
  assert.deepEqual(lifeOf(task(), 105), [100, 105]);
  assert.deepEqual(lifeOf(task(), 500), [100, 110]);
});

test("the timeline stays where it is while a life is visible", () => {
  assert.equal(panToLife(task(), [task()], { now: 150, span: 120, pan: 0 }), null);
  const visible = task({ created_at: 900, marks: [{ status: "queued", at: 900 }] });
  assert.equal(panToLife(task(), [task(), visible], { now: 1_000, span: 120, pan: 0 }), null);
});

test("a life that is not visible is moved to the middle", () => {
  const view = { now: 1_000, span: 72, pan: 0 };
  const pan = panToLife(task(), [task()], view);
  const left = view.now - view.span - pan;
  assert.equal(left + 50, 105, "the view is 100 s wide");
});
