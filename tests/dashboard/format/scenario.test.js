import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { scenarioOfTask } = await load("format/scenario.js");
const TASK = { id: "cgt-20260101000000-AbCdE", model: "seedance-2-0" };
const PLAIN = { usage: "plain", video_url: "plain", last_frame_url: "plain", model: null };
const detail = (more = {}) => ({
  prompt: "a fox",
  moves: [{ status: "queued", at: 100 }],
  ahead: [
    { status: "running", at: 101 },
    { status: "succeeded", at: 105.5 },
  ],
  facts: [],
  ...more,
  plan: {
    accepted_at: 100,
    expires_after: 172_800,
    link_life: 86_400,
    shown: {},
    result: PLAIN,
    steps: [],
    ...more.plan,
  },
});
const stepsOf = (given, codes = []) =>
  scenarioOfTask(given, TASK, codes)
    .split("    then:\n")[1]
    .trimEnd()
    .split("\n")
    .map((line) => line.replace("      - ", ""));

test("a task that succeeds becomes an outcome with the same times", () => {
  const text = scenarioOfTask(detail(), TASK, []);
  assert.equal(
    text,
    `version: 1
name: "like-abcde"
about: "The life of cgt-20260101000000-AbCdE, again"
outcomes:
  - when: {prompt: "a fox", model: "seedance-2-0"}
    then:
      - queued: 1s
      - running: 4.5s
      - succeeded
`,
  );
});

test("characters with a meaning in a glob match any one character", () => {
  assert.match(scenarioOfTask(detail({ prompt: "*what* is /this/" }), TASK, []), /prompt: "\?what\? is \/this\/"/);
  assert.match(scenarioOfTask(detail({ prompt: "/x" }), TASK, []), /prompt: "\?x"/);
});

test("a failure is written by its code if its words are the service's own", () => {
  const ahead = [{ status: "failed", at: 102 }];
  const failure = { code: "Sensitive", message: "The request failed. Request id: abc" };
  assert.deepEqual(stepsOf(detail({ ahead, plan: { failure } }), ["Sensitive"]), ["queued: 2s", "failed: Sensitive"]);
  assert.deepEqual(stepsOf(detail({ ahead, plan: { failure } }), []), [
    "queued: 2s",
    'failed: {code: "Sensitive", message: "The request failed."}',
  ]);
});

test("the usual expiry of a stuck task is written as forever", () => {
  const ahead = [{ status: "expired", at: 100 + 172_800 }];
  assert.deepEqual(stepsOf(detail({ ahead })), ["queued: forever"]);
  assert.deepEqual(stepsOf(detail({ ahead: [{ status: "expired", at: 130 }] })), ["queued: 30s", "expired"]);
});

test("a task without planned times is written by the steps of its plan", () => {
  const steps = [
    { status: "queued", polls: 2, seconds: null },
    { status: "running", polls: 0, seconds: null },
  ];
  assert.deepEqual(stepsOf(detail({ ahead: [], plan: { steps } })), ["queued: {polls: 2}", "running: forever"]);
});

test("deviations of a result are written", () => {
  const result = { ...PLAIN, video_url: "missing" };
  assert.equal(
    stepsOf(detail({ plan: { result, link_life: 60 } })).at(-1),
    "succeeded: {video_url: missing, expire: 60s}",
  );
});
