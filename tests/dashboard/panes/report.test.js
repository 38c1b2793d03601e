import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { countFindings } = await load("panes/report.js");

test("findings are counted by severity, the worst first", () => {
  const findings = ["note", "error", "error"].map((severity) => ({ severity }));
  assert.equal(countFindings(findings), "2 errors, 1 note");
  assert.equal(countFindings([]), "no mistakes");
});
