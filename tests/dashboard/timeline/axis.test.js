import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { axisLabels } = await load("timeline/axis.js");

test("labels are at round distances from now, and far enough apart", () => {
  const labels = axisLabels({ width: 1_000, rate: 6, pan: 0 });
  const now = labels.find(({ seconds }) => seconds === 0);
  assert.equal(now.left, 720);
  assert.deepEqual(
    labels.map(({ seconds }) => seconds),
    [-105, -90, -75, -60, -45, -30, -15, 0, 15, 30, 45],
  );
  for (const [place, { left }] of labels.slice(1).entries()) assert.ok(left - labels[place].left >= 84);
});

test("now moves to the right when the timeline is moved into the past", () => {
  const labels = axisLabels({ width: 1_000, rate: 6, pan: 60 });
  assert.ok(
    labels.every(({ seconds }) => seconds < 0),
    "now is out of view",
  );
});
