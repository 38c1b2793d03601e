import assert from "node:assert/strict";
import { test } from "node:test";
import { load, task } from "../load.js";

const { applyEvents, applyOverview, applyTasks } = await load("state/reducers.js");
const { MAX_LINES, MAX_TASKS, getState } = await load("state/store.js");
const stateWith = (tasks, more = {}) => ({
  ...getState(),
  tasks: new Map(tasks.map((each) => [each.id, each])),
  aliases: new Map(tasks.flatMap((each) => (each.alias ? [[each.alias, each.id]] : []))),
  clock: { mode: "frozen", now: 100, speed: 1, readAt: 0 },
  ...more,
});
const exchange = (more = {}) => ({ kind: "exchange", at: 105, number: 1, method: "GET", path: "/tasks/a", ...more });
const overview = (more = {}) => ({
  items: [],
  counts: {},
  clock: { mode: "live", now: 5, speed: 2 },
  scenario: "default",
  worlds: [],
  callbacks: {},
  faults: 0,
  exchanges: 0,
  ...more,
});

test("an overview replaces the tasks and counts those that it does not list", () => {
  const items = [task({ id: "b", status: "failed" }), task({ id: "a", alias: "task_a" })];
  const before = stateWith([task({ id: "old" })], { selected: "old" });
  const after = applyOverview(before, overview({ items, counts: { queued: 5, failed: 1 } }), 42);
  assert.deepEqual([...after.tasks.keys()], ["b", "a"]);
  assert.deepEqual(after.olderCounts, { queued: 4, failed: 0 });
  assert.equal(after.aliases.get("task_a"), "a");
  assert.equal(after.selected, null);
  assert.deepEqual(after.clock, { mode: "live", now: 5, speed: 2, readAt: 42 });
});

test("a new task is loaded", () => {
  const { state, reload } = applyEvents(stateWith([]), [{ kind: "accepted", at: 1, task: "a" }], 0);
  assert.deepEqual([...reload], ["a"]);
  assert.equal(state.tasks.size, 0);
});

test("a planned move changes the status without a request", () => {
  const before = stateWith([task({ id: "a" })]);
  const move = { kind: "move", at: 101, task: "a", status: "running" };
  const { state, reload } = applyEvents(before, [move], 0);
  assert.equal(state.tasks.get("a").status, "running");
  assert.equal(before.tasks.get("a").status, "queued", "the state before is not changed");
  assert.equal(reload.size, 0);
});

test("a move that was not planned loads the task", () => {
  const before = stateWith([task({ id: "a" })]);
  for (const move of [
    { kind: "move", at: 103, task: "a", status: "running" },
    { kind: "move", at: 101, task: "a", status: "failed" },
  ]) {
    assert.deepEqual([...applyEvents(before, [move], 0).reload], ["a"]);
  }
});

test("a poll is marked on its task, by either id", () => {
  const before = stateWith([task({ id: "a", alias: "task_a" })]);
  const events = [
    exchange({ task: "task_a", path: "/v1/videos/task_a" }),
    exchange({ number: 2, task: "a", path: "/tasks/a", at: 106 }),
    exchange({ number: 3, task: "a", path: "/tasks/a/content", at: 107 }),
  ];
  const { state, reload } = applyEvents(before, events, 0);
  assert.deepEqual(state.tasks.get("a").ticks, [105, 106]);
  assert.equal(state.exchanges, 3);
  assert.equal(state.journal.length, 3);
  assert.equal(reload.size, 0);
});

test("a fault is marked on its task", () => {
  const { state } = applyEvents(stateWith([task({ id: "a" })]), [exchange({ task: "a", fault: "added-1" })], 0);
  assert.deepEqual(state.tasks.get("a").faults, [{ at: 105, fault: "added-1", number: 1 }]);
});

test("a poll of a task that waits for one loads it", () => {
  const before = stateWith([task({ id: "a", waits: true })]);
  assert.deepEqual([...applyEvents(before, [exchange({ task: "a" })], 0).reload], ["a"]);
});

test("a deleted task is removed and no longer selected", () => {
  const before = stateWith([task({ id: "a" })], { selected: "a" });
  const { state } = applyEvents(before, [{ kind: "erased", at: 1, task: "a" }], 0);
  assert.equal(state.tasks.has("a"), false);
  assert.equal(state.selected, null);
});

test("a clock that is not live follows the events, a live one does not", () => {
  const event = exchange({ at: 200 });
  assert.equal(applyEvents(stateWith([]), [event], 9).state.clock.now, 200);
  assert.equal(applyEvents(stateWith([]), [exchange({ at: 50 })], 9).state.clock.now, 100, "it never goes back");
  const live = { mode: "live", now: 100, speed: 1, readAt: 0 };
  assert.equal(applyEvents(stateWith([], { clock: live }), [event], 9).state.clock, live);
});

test("a clock event sets the clock, and a scenario may bring another one", () => {
  const clock = { kind: "clock", at: 1, now: 7, mode: "live", speed: 3 };
  assert.deepEqual(applyEvents(stateWith([]), [clock], 9).state.clock, { now: 7, mode: "live", speed: 3, readAt: 9 });
  const changed = applyEvents(stateWith([]), [{ kind: "scenario", at: 1, name: "lost-reply" }], 9);
  assert.equal(changed.state.scenario, "lost-reply");
  assert.equal(changed.reloadClock, true);
});

test("callback events count, and load their task", () => {
  const before = stateWith([], { callbackEvents: 4 });
  const events = [
    { kind: "callback", at: 1, task: "a" },
    { kind: "callbacks", at: 1, paused: true },
  ];
  const { state, reload } = applyEvents(before, events, 0);
  assert.equal(state.callbackEvents, 6);
  assert.equal(state.callbacks.paused, true);
  assert.deepEqual([...reload], ["a"]);
});

test("an unknown event changes nothing", () => {
  const before = stateWith([task()]);
  assert.deepEqual(applyEvents(before, [{ kind: "novelty", at: 1 }], 0).state, before);
});

test("only the newest lines are kept", () => {
  const events = Array.from({ length: MAX_LINES + 5 }, (_, place) => exchange({ number: place + 1 }));
  const { state } = applyEvents(stateWith([]), events, 0);
  assert.equal(state.journal.length, MAX_LINES);
  assert.equal(state.journal[0].number, 6);
});

test("loaded tasks are added in front, the newest first, and the oldest are only counted", () => {
  const known = Array.from({ length: MAX_TASKS }, (_, place) => task({ id: `k${place}`, created_at: 50 }));
  const items = [task({ id: "n1" }), task({ id: "n2" }), task({ id: "n3", created_at: 101 })];
  const before = stateWith(known, { olderCounts: { queued: 1 }, selected: `k${MAX_TASKS - 1}` });
  const after = applyTasks(before, { items, missing: ["k0"] });
  assert.deepEqual([...after.tasks.keys()].slice(0, 4), ["n3", "n2", "n1", "k1"]);
  assert.equal(after.tasks.size, MAX_TASKS);
  assert.deepEqual(after.olderCounts, { queued: 3 });
  assert.equal(after.selected, null, "the selected task is no longer shown");
});
