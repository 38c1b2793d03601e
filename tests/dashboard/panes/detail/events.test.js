import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { mergePolls } = await load("panes/detail/events.js");
const poll = (number, pollStatus = 200) => ({ at: number, number, rank: 3, pollStatus, text: "polled" });

test("a long series of equal polls becomes one event", () => {
  const [merged, ...others] = mergePolls([poll(1), poll(2), poll(3), poll(4)]);
  assert.equal(others.length, 0);
  assert.deepEqual([merged.at, merged.number], [1, 4], "it begins at the first and links the last");
});

test("short series, other answers and other events stay as they are", () => {
  const events = [poll(1), poll(2), poll(3), poll(4, 503), { at: 5, rank: 2 }, { at: 6, rank: 2 }, { at: 7, rank: 2 }];
  assert.deepEqual(mergePolls([...events, { at: 8, rank: 2 }]), [...events, { at: 8, rank: 2 }]);
});
