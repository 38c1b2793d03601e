import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { highlightPieces } = await load("panes/scenario/highlight.js");
const kindsOf = (line, wrong = []) =>
  highlightPieces(line, wrong).flatMap(({ text, classes }) => (classes ? [[text, classes]] : []));

test("keys, values and comments have different classes", () => {
  assert.deepEqual(kindsOf('  - {first: 3, status: "a # b"} # why'), [
    ["first", "yaml-key"],
    ["3", "yaml-number"],
    ["status", "yaml-key"],
    ['"a # b"', "yaml-text"],
    ["# why", "yaml-comment"],
  ]);
  assert.deepEqual(kindsOf("running: forever"), [
    ["running", "yaml-key"],
    ["forever", "yaml-word"],
  ]);
});

test("a hash within a word begins no comment", () => {
  assert.deepEqual(kindsOf("repo#12"), []);
});

test("a mistake is marked, up to the end of the line", () => {
  assert.deepEqual(kindsOf("on: creat", [[4, 99]]), [
    ["on", "yaml-key"],
    ["creat", " yaml-wrong"],
  ]);
});

test("the pieces are the line", () => {
  const line = '  - when: {prompt: "*x*", nth: 2} # 1..2s';
  assert.equal(
    highlightPieces(line, [[3, 8]])
      .map(({ text }) => text)
      .join(""),
    line,
  );
});
