import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { worldRequest } = await load("panes/world.js");
const EMPTY = { key: "", seed: "", mode: "live", speed: "1", start: "", scenario: "" };

test("empty values are left to the server", () => {
  assert.deepEqual(worldRequest(EMPTY), { clock: { mode: "live", speed: 1 } });
});

test("numbers are sent as numbers, and mistakes as they were typed", () => {
  const values = { ...EMPTY, key: " sk-a ", seed: "7", speed: "fast", start: "1700000000.5", scenario: "default" };
  assert.deepEqual(worldRequest(values), {
    api_key: "sk-a",
    seed: 7,
    scenario: "default",
    clock: { mode: "live", speed: "fast", start: 1700000000.5 },
  });
});
