import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";
import { CATALOGUE, values } from "./catalogue.js";

const { requestBody } = await load("panes/create/request_body.js");
const bodyOf = (more) => requestBody(CATALOGUE, values({ model: "large", ...more }));
const IMAGE = { type: "image_url", image_url: { url: "http://h/a.png" } };

test("what is left to the service is not in the body", () => {
  assert.deepEqual(bodyOf({}), { model: "large", content: [{ type: "text", text: "a fox" }] });
});

test("texts of numbers and switches are sent as such, mistakes as they were typed", () => {
  const body = bodyOf({ duration: "4", seed: "many", audio: "false", watermark: true, callback: " http://h " });
  assert.equal(body.duration, 4);
  assert.equal(body.seed, "many");
  assert.equal(body.generate_audio, false);
  assert.equal(body.watermark, true);
  assert.equal(body.callback_url, "http://h");
});

test("a frame has its role, and an empty one is sent for the service to reject", () => {
  const [, first] = bodyOf({ mode: "i2v", first: "http://h/a.png" }).content;
  assert.deepEqual(first, { ...IMAGE, role: "first_frame" });
  const [, empty] = bodyOf({ mode: "i2v" }).content;
  assert.deepEqual(empty.image_url, { url: "" });
});

test("a final clip inherits parameters of its draft", () => {
  const body = bodyOf({ mode: "draft", draftTask: "cgt-1", seed: "7", ratio: "1:1", resolution: "1080p", draft: true });
  assert.deepEqual(body, {
    model: "large",
    content: [{ type: "draft_task", draft_task: { id: "cgt-1" } }],
    resolution: "1080p",
  });
});

test("a gateway takes the prompt beside the metadata", () => {
  assert.deepEqual(bodyOf({ gateway: "newapi", seed: "7" }), {
    model: "large",
    prompt: "a fox",
    metadata: { seed: 7 },
  });
  const body = bodyOf({ gateway: "newapi", mode: "r2v", references: [{ kind: "image", url: "http://h/a.png" }] });
  assert.deepEqual(body.metadata.content, [{ ...IMAGE, role: "reference_image" }]);
});

test("Kling has names of its own", () => {
  const body = bodyOf({ gateway: "kling", resolution: "1080p", audio: "true", negative: "rain", duration: "4" });
  assert.deepEqual(body.metadata, { mode: "pro", duration: "4", sound: "on", negative_prompt: "rain" });
});
