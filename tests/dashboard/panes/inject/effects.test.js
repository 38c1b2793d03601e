import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { ARGUMENTS, EFFECTS, INITIAL_FORM, PRESETS, faultOf, isHiddenBySdks } = await load("panes/inject/effects.js");
const CODES = [
  { code: "RateLimited", status: 429 },
  { code: "NotFound", status: 404 },
];
const form = (more = {}) => ({ ...INITIAL_FORM, ...more });

test("a form becomes a rule of a scenario", () => {
  assert.deepEqual(faultOf(form(), CODES), { on: "create", first: 3, after_commit: "reset" });
  const status = form({ on: "fetch", effect: "status", scope: "chance", times: "10", given: { status: "500" } });
  assert.deepEqual(faultOf(status, CODES), { on: "fetch", chance: "10%", status: 500 });
  const hang = form({ effect: "hang", scope: "every", times: "5", only: { model: " m* ", key: "" } });
  assert.deepEqual(faultOf(hang, CODES), { on: "create", model: "m*", every: 5, hang: true });
  assert.deepEqual(faultOf(form({ scope: "always" }), CODES), { on: "create", after_commit: "reset" });
});

test("a code that the kind of request does not have is replaced by the first one", () => {
  assert.equal(faultOf(form({ effect: "refuse", given: { code: "Unknown" } }), CODES).refuse, "RateLimited");
  assert.equal(faultOf(form({ effect: "refuse", given: { code: "NotFound" } }), CODES).refuse, "NotFound");
  assert.equal(faultOf(form({ effect: "refuse" }), []).refuse, "");
});

test("only a response can have a Retry-After header", () => {
  assert.equal(faultOf(form({ effect: "status", retryAfter: "2s" }), CODES).retry_after, "2s");
  assert.equal(faultOf(form({ given: { after: "504" }, retryAfter: "2s" }), CODES).retry_after, "2s");
  assert.equal("retry_after" in faultOf(form({ effect: "hang", retryAfter: "2s" }), CODES), false);
});

test("a warning appears exactly for faults that SDKs retry away", () => {
  const twice = (more) => isHiddenBySdks(form({ times: "2", ...more }), CODES);
  assert.equal(twice({}), true);
  assert.equal(twice({ times: "3" }), false);
  assert.equal(twice({ scope: "every" }), false);
  assert.equal(twice({ on: "download", effect: "truncate" }), false);
  assert.equal(twice({ effect: "refuse", given: { code: "RateLimited" } }), true);
  assert.equal(twice({ effect: "refuse", given: { code: "NotFound" } }), false);
  assert.equal(twice({ effect: "status", given: { status: "404" } }), false);
  assert.equal(twice({ effect: "hang" }), true);
  assert.equal(twice({ effect: "drip" }), false);
});

test("presets and effects name only what exists", () => {
  for (const { form: preset } of PRESETS) assert.ok(preset.effect in EFFECTS, preset.effect);
  for (const { argument } of Object.values(EFFECTS)) assert.ok(!argument || argument in ARGUMENTS, argument);
});
