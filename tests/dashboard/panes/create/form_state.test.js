import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";
import { CATALOGUE, values } from "./catalogue.js";

const { durationsOf, fitToModel, modesOf, steeringWord, withSteeringWord } = await load("panes/create/form_state.js");

test("the first active model is chosen for an unknown one", () => {
  assert.equal(fitToModel(CATALOGUE, values({ model: "" })).model, "large");
  assert.equal(fitToModel(CATALOGUE, values({ model: "small" })).model, "small");
  const gateway = fitToModel(CATALOGUE, values({ gateway: "nowhere" })).gateway;
  assert.equal(gateway, "ark");
});

test("what the model does not accept is taken out of the form", () => {
  const wanted = values({
    model: "large",
    resolution: "1080p",
    audio: "true",
    tier: "flex",
    draft: true,
    camera: "true",
  });
  assert.deepEqual(fitToModel(CATALOGUE, wanted), wanted, "the large model accepts all of it");
  const fitted = fitToModel(CATALOGUE, { ...wanted, model: "small", mode: "r2v", duration: "12" });
  const { mode, resolution, audio, tier, draft, camera, duration } = fitted;
  assert.deepEqual(
    { mode, resolution, audio, tier, draft, camera, duration },
    { mode: "t2v", resolution: "", audio: "", tier: "", draft: false, camera: "", duration: "" },
  );
});

test("only Ark makes the final clip of a draft", () => {
  const modes = (gateway) => modesOf(CATALOGUE, values({ gateway, model: "large" })).map(([mode]) => mode);
  assert.deepEqual(modes("ark"), ["t2v", "i2v", "r2v", "draft"]);
  assert.deepEqual(modes("newapi"), ["t2v", "i2v", "r2v"]);
});

test("the resolution of a final clip is one of its own", () => {
  const wanted = values({ model: "large", mode: "draft", resolution: "480p" });
  assert.equal(fitToModel(CATALOGUE, wanted).resolution, "");
  assert.equal(fitToModel(CATALOGUE, { ...wanted, resolution: "1080p" }).resolution, "1080p");
});

test("a model may choose the duration itself", () => {
  const [large, small] = CATALOGUE.families;
  assert.deepEqual(durationsOf(large), ["-1", "4", "12"]);
  assert.deepEqual(durationsOf(small), ["4"]);
});

test("a prompt has one steering word", () => {
  assert.equal(steeringWord("a fox emu:stuck-running fast"), "stuck-running");
  assert.equal(steeringWord("a femu:x"), "");
  assert.equal(withSteeringWord("a fox emu:slow", "fail"), "a fox emu:fail");
  assert.equal(withSteeringWord("a fox emu:slow", ""), "a fox");
  assert.equal(withSteeringWord("", "fail"), "emu:fail");
});
