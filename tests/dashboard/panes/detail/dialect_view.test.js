import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { compareBodies } = await load("panes/detail/dialect_view.js");
const ARK = { id: "cgt-1234567", status: "succeeded", content: { video_url: "http://h/clip.mp4" }, duration: 5 };

test("a body is equal to itself", () => {
  assert.deepEqual(compareBodies(ARK, ARK), {
    notes: new Map(),
    counts: { moved: 0, changed: 0, own: 0 },
    missing: [],
  });
});

test("each difference from Ark is noted, and what is left out", () => {
  const body = { data: { task_id: "cgt-1234567", status: "SUCCESS", url: "http://h/clip.mp4", progress: "100%" } };
  const { notes, counts, missing } = compareBodies(body, ARK);
  assert.deepEqual(counts, { moved: 2, changed: 1, own: 1 });
  assert.deepEqual(notes.get("data.task_id"), { kind: "moved", text: "Ark: id" });
  assert.deepEqual(notes.get("data.status"), { kind: "changed", text: 'Ark: "succeeded"' });
  assert.deepEqual(notes.get("data.progress"), { kind: "own", text: "not in Ark" });
  assert.deepEqual(missing, ["duration"]);
});

test("small values that are equal by chance are not the same field", () => {
  assert.equal(compareBodies({ seconds: 5 }, ARK).notes.get("seconds").kind, "own");
});
