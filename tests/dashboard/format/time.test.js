import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { formatDuration, formatLatency, formatMode, formatMoment, formatRelative, formatTime, isLive } =
  await load("format/time.js");
const DAY = 86_400;
const NOON = new Date(2026, 10, 21, 12, 0, 0).getTime() / 1000;

test("a duration has its two largest units", () => {
  const expected = [
    [0, "0 s"],
    [4.24, "4.2 s"],
    [9.99, "10 s"],
    [59.4, "59 s"],
    [60, "1 m"],
    [200, "3 m 20 s"],
    [3_599, "59 m 59 s"],
    [3_600, "1 h"],
    [23 * 3_600 + 59 * 60, "23 h 59 m"],
    [DAY, "1 d"],
    [6 * DAY + 4 * 3_600, "6 d 4 h"],
  ];
  for (const [seconds, text] of expected) assert.equal(formatDuration(seconds), text);
  assert.equal(formatDuration(-200), "3 m 20 s", "the sign is dropped");
});

test("a time is written relative to now", () => {
  assert.equal(formatRelative(100.4, 100), "now");
  assert.equal(formatRelative(104, 100), "in 4 s");
  assert.equal(formatRelative(96, 100), "4 s ago");
});

test("a moment of another day has its day in front", () => {
  assert.equal(formatMoment(NOON, NOON + 60), formatTime(NOON));
  assert.equal(formatTime(NOON), "12:00:00");
  assert.equal(formatMoment(NOON - DAY, NOON), "20 Nov 12:00:00");
});

test("the mode of a live clock has its speed", () => {
  assert.equal(formatMode({ mode: "live", speed: 10 }), "LIVE ×10");
  assert.equal(formatMode({ mode: "live", speed: 0.125 }), "LIVE ×0.13");
  assert.equal(formatMode({ mode: "polls", speed: 1 }), "POLLS");
  assert.equal(isLive({ mode: "frozen" }), false);
});

test("a latency has three digits at most", () => {
  assert.deepEqual([undefined, 0.0004, 0.0012, 0.012, 1.24].map(formatLatency), [
    "",
    "0.40 ms",
    "1.2 ms",
    "12 ms",
    "1.2 s",
  ]);
});
