import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { defaultLine, lineTitle } = await load("panes/detail/task_exchanges.js");
const LINES = ["POST", "POST", "GET", "GET", "DELETE"].map((method, place) => ({ number: place + 1, method }));

test("the last create request and the response to the last poll are shown first", () => {
  assert.equal(defaultLine(LINES, "request").number, 2);
  assert.equal(defaultLine(LINES, "response").number, 4);
  assert.equal(defaultLine(LINES.slice(0, 1), "response").number, 1);
  assert.equal(defaultLine([], "response"), undefined);
});

test("a title names what is odd about an exchange", () => {
  const line = { number: 12, method: "POST", status: 0, attempt: 2, attempts: 3, fault: "added-1", at: 0 };
  assert.match(lineTitle(line), /^#12 POST \(create\) no response, attempt 2 of 3, fault, \d\d:\d\d:\d\d$/);
  const poll = { number: 1, method: "GET", status: 200, attempt: 1, at: 0 };
  assert.match(lineTitle(poll), /^#1 GET \(poll\) 200, \d\d:\d\d:\d\d$/);
});
