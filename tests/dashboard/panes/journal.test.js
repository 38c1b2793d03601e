import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { lineFilter } = await load("panes/journal.js");
const NONE = { text: "", method: "", status: "", dialect: "", faultsOnly: false };
const LINES = [
  { number: 1, method: "POST", path: "/tasks", status: 200, dialect: "ark", prompt: "A Fox" },
  { number: 2, method: "GET", path: "/tasks/a", status: 503, dialect: "ark", fault: "added-1" },
  { number: 3, method: "POST", path: "/v1/videos", status: 0, dialect: "newapi" },
];
const matching = (filter) => LINES.filter(lineFilter({ ...NONE, ...filter })).map(({ number }) => number);

test("every part of the filter must match", () => {
  assert.deepEqual(matching({}), [1, 2, 3]);
  assert.deepEqual(matching({ method: "POST" }), [1, 3]);
  assert.deepEqual(matching({ method: "POST", dialect: "newapi" }), [3]);
  assert.deepEqual(matching({ faultsOnly: true }), [2]);
  assert.deepEqual(matching({ text: "fox" }), [1]);
  assert.deepEqual(matching({ text: "added-1" }), [2]);
});

test("a status filter names a class, no response, or everything but 2xx", () => {
  assert.deepEqual(matching({ status: "5xx" }), [2]);
  assert.deepEqual(matching({ status: "none" }), [3]);
  assert.deepEqual(matching({ status: "bad" }), [2, 3]);
});
