import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { jsonLines, leavesOf, parseJson } = await load("ui/json.js");
const textOf = (value) =>
  jsonLines(value)
    .map(({ depth, parts }) => "  ".repeat(depth) + parts.map(([, text]) => text).join(""))
    .join("\n");

test("the lines of a value are its indented JSON", () => {
  for (const value of [1, "a", null, [], {}, { a: [1, { b: "c" }], d: {}, e: null }]) {
    assert.equal(textOf(value), JSON.stringify(value, null, 2));
  }
});

test("each line has the path of its value", () => {
  assert.deepEqual(
    jsonLines({ a: [true] }).map(({ path }) => path),
    ["", "a", "a.0", "", ""],
  );
});

test("a long value is cut", () => {
  const [{ parts }] = jsonLines("x".repeat(1_000));
  assert.ok(parts[0][1].endsWith("… (1002 characters)"));
});

test("leaves are the values that contain no other", () => {
  assert.deepEqual(leavesOf({ a: [1, { b: null }], c: {} }), [
    ["a.0", 1],
    ["a.1.b", null],
  ]);
});

test("only JSON is parsed", () => {
  assert.deepEqual(parseJson("null"), { value: null });
  assert.equal(parseJson("{"), null);
});
