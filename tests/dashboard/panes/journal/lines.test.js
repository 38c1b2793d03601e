import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { countAttempts, mergeLines, missingUpTo } = await load("panes/journal/lines.js");
const lines = (...numbers) => numbers.map((number) => ({ number, first: number, attempt: 1 }));
const numbersOf = (list) => list.map(({ number }) => number);

test("lines are merged by number and stay in order", () => {
  assert.deepEqual(numbersOf(mergeLines([], lines(1, 2))), [1, 2]);
  assert.deepEqual(numbersOf(mergeLines(lines(1, 2), lines(3))), [1, 2, 3]);
  assert.deepEqual(numbersOf(mergeLines(lines(4, 6), lines(3, 5, 6, 7))), [3, 4, 5, 6, 7]);
});

test("the same list is returned if nothing is added", () => {
  const known = lines(1, 2, 3);
  assert.equal(mergeLines(known, []), known);
  assert.equal(mergeLines(known, lines(2, 3)), known);
});

test("a gap before the streamed lines is found", () => {
  assert.equal(missingUpTo([], [], 0), -1, "an empty world");
  assert.equal(missingUpTo([], [], 7), 7, "exchanges from before the page was opened");
  assert.equal(missingUpTo([], lines(8, 9), 9), 7);
  assert.equal(missingUpTo(lines(1, 2), lines(3), 3), -1);
  assert.equal(missingUpTo(lines(1, 2), lines(5), 5), 4, "the stream was interrupted");
});

test("attempts are counted by the first of them", () => {
  const attempts = countAttempts([
    { first: 1, attempt: 1 },
    { first: 1, attempt: 2 },
    { first: 3, attempt: 1 },
    { first: 1, attempt: 3 },
  ]);
  assert.deepEqual([...attempts], [[1, 3]]);
});
