import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { createScheduler, nextRunAt } = await load("state/query.js");

/** A clock that only `pass` moves, and a log of the tasks that a scheduler runs on it. */
function scheduler() {
  let now = 0;
  let timers = [];
  const log = [];
  const made = createScheduler({
    now: () => now,
    setTimer: (run, wait) => {
      const timer = { at: now + wait, run };
      timers.push(timer);
      return timer;
    },
    clearTimer: (timer) => {
      timers = timers.filter((each) => each !== timer);
    },
  });
  return {
    ...made,
    log,
    /** A task that takes until `finish` is called. */
    task: (name) => (signal) =>
      new Promise((resolve) => {
        log.push({ name, at: now, signal, finish: resolve });
      }),
    async pass(milliseconds) {
      now += milliseconds;
      const due = timers.filter((each) => each.at <= now);
      timers = timers.filter((each) => each.at > now);
      for (const { run } of due) run();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test("the first task runs at once", async () => {
  const { schedule, task, pass, log } = scheduler();
  schedule(0, task("a"));
  await pass(0);
  assert.deepEqual(
    log.map(({ name }) => name),
    ["a"],
  );
});

test("tasks that are scheduled while one runs become one, after the interval", async () => {
  const { schedule, task, pass, log } = scheduler();
  schedule(0, task("a"));
  await pass(0);
  schedule(0, task("b"));
  schedule(0, task("c"));
  await pass(50);
  log[0].finish();
  await pass(0);
  await pass(900);
  assert.equal(log.length, 1, "one second has not passed since the start");
  await pass(50);
  assert.deepEqual(
    log.map(({ name, at }) => [name, at]),
    [
      ["a", 0],
      ["c", 1_000],
    ],
  );
});

test("slow tasks run less often", () => {
  assert.equal(nextRunAt(100, 150), 1_100);
  assert.equal(nextRunAt(100, 600), 5_100);
});

test("a stopped task is aborted, and the next one runs at once", async () => {
  const { schedule, stop, task, pass, log } = scheduler();
  schedule(0, task("a"));
  await pass(0);
  stop();
  assert.equal(log[0].signal.aborted, true);
  schedule(0, task("b"));
  await pass(0);
  assert.equal(log[1].name, "b");
  log[0].finish();
  await pass(0);
  schedule(0, task("c"));
  await pass(10_000);
  assert.equal(log.length, 2, "the end of an aborted task does not count as the end of the running one");
});

test("a delayed task is forgotten when it is stopped", async () => {
  const { schedule, stop, task, pass, log } = scheduler();
  schedule(200, task("a"));
  await pass(199);
  stop();
  schedule(200, task("ab"));
  await pass(199);
  assert.equal(log.length, 0);
  await pass(1);
  assert.deepEqual(
    log.map(({ name, at }) => [name, at]),
    [["ab", 399]],
  );
});
