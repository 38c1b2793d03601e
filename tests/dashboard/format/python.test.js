import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { pythonLiteral, pythonProgram } = await load("format/python.js");
const BASE = "http://127.0.0.1:7333/api/v3";

test("a JSON value becomes a Python literal", () => {
  assert.equal(pythonLiteral({ a: [1, null, true], b: "it's" }), '{"a": [1, None, True], "b": "it\'s"}');
});

test("a long literal is indented", () => {
  const text = "x".repeat(90);
  assert.equal(pythonLiteral({ a: { b: text } }), `{\n    "a": {\n        "b": "${text}",\n    },\n}`);
});

test("Ark is called with the SDK, and parameters that it does not have are extra", () => {
  const program = pythonProgram(`${BASE}/contents/generations/tasks?x=1`, '{"model": "m", "new_field": 1}');
  assert.match(program, /from volcenginesdkarkruntime import Ark/);
  assert.match(program, /^ {4}model="m",$/m);
  assert.match(program, /^ {4}extra_body=\{"new_field": 1\},$/m);
  assert.ok(program.includes(`base_url="${BASE}"`));
});

test("a gateway is called with the standard library", () => {
  const program = pythonProgram("http://h/easyrouter/v1/video/generations", '{"prompt": "a fox"}');
  assert.match(program, /import urllib\.request/);
  assert.match(program, /send\(URL, \{"prompt": "a fox"\}\)/);
});

test("a body that is not a JSON object makes no program", () => {
  for (const body of ["", "not JSON", "[1]", "null", '"text"']) assert.equal(pythonProgram(BASE, body), null, body);
});
