import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { flowYaml, yamlList } = await load("format/yaml.js");

test("only texts that YAML would read as something else are quoted", () => {
  const expected = {
    plain: "plain",
    "2kB/s": "2kB/s",
    "50%": "50%",
    "": '""',
    true: '"true"',
    "a: b": '"a: b"',
    1: '"1"',
  };
  for (const [text, yaml] of Object.entries(expected)) assert.equal(flowYaml(text), yaml);
});

test("a rule is written on one line", () => {
  const rule = { on: "create", first: 3, only: ["a", { running: "4s" }] };
  assert.equal(yamlList("faults", rule), "faults:\n  - {on: create, first: 3, only: [a, {running: 4s}]}\n");
});
