import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { filteredTasks, parseFilter, toggleWord } = await load("state/filter.js");
const FAILED = task({ id: "b", status: "failed", alias: "task_b", dialect: "newapi", prompt: "A Hare" });

test("all words of a filter must match", () => {
  const matches = (text) => [task({ id: "a" }), FAILED].filter(parseFilter(text)).map((each) => each.id);
  assert.deepEqual(matches(""), ["a", "b"]);
  assert.deepEqual(matches("status:failed"), ["b"]);
  assert.deepEqual(matches("status:failed dialect:ark"), []);
  assert.deepEqual(matches("hare"), ["b"], "case does not matter");
  assert.deepEqual(matches("TASK_B"), ["b"], "an id of a gateway is an id");
  assert.deepEqual(matches("-hare"), ["a"], "a minus excludes");
  assert.deepEqual(matches("is:open"), ["a"]);
  assert.deepEqual(matches("is:ended -status:failed"), []);
  assert.deepEqual(matches("-"), ["a", "b"], "a minus alone is a word: both models contain one");
});

test("an unknown field is searched as a word", () => {
  assert.equal(parseFilter("what:ever")(task({ prompt: "what:ever" })), true);
  assert.equal(parseFilter("is:odd")(task({ prompt: "is:odd" })), true);
});

test("traits read faults and callbacks", () => {
  assert.equal(parseFilter("is:faulty")(task({ faults: [{}] })), true);
  assert.equal(parseFilter("is:faulty")(task()), false);
  assert.equal(parseFilter("is:called")(task({ callbacks: [{}] })), true);
});

test("a word is added to a filter and removed from it", () => {
  assert.equal(toggleWord("", "status:failed"), "status:failed");
  assert.equal(toggleWord("fox status:failed", "status:failed"), "fox");
  assert.equal(toggleWord("status:failed-late", "status:failed"), "status:failed-late status:failed");
});

test("the same list is returned until tasks or filter change", () => {
  const tasks = new Map([["a", task({ id: "a" })]]);
  const first = filteredTasks({ tasks, filter: "" });
  assert.equal(filteredTasks({ tasks, filter: "" }), first);
  assert.notEqual(filteredTasks({ tasks, filter: "fox" }), first);
  assert.notEqual(filteredTasks({ tasks: new Map(tasks), filter: "fox" }), first);
});
