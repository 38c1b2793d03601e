import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { load } from "../../load.js";

const { fieldOf, readCreateResponse, sendCreate } = await load("panes/create/send.js");

test("the id of a created task is read in every dialect", () => {
  assert.deepEqual(readCreateResponse(200, '{"id": "cgt-1"}'), { id: "cgt-1" });
  assert.deepEqual(readCreateResponse(201, '{"task_id": "task_1"}'), { id: "task_1" });
});

test("a rejection has the words of the service and the field of the form", () => {
  const error = { code: "InvalidParameter", message: "too long", param: "generate_audio", type: "BadRequest" };
  for (const document of [{ error }, error]) {
    const { rejection } = readCreateResponse(400, JSON.stringify(document));
    assert.deepEqual({ ...rejection, text: undefined }, { ...error, status: 400, field: "audio", text: undefined });
  }
});

test("a success without an id says that the task may exist", () => {
  assert.match(readCreateResponse(200, "{}").rejection.message, /contains no task id\. The task may exist\./);
  assert.match(
    readCreateResponse(200, '{"id": "cg').rejection.message,
    /not JSON, or is cut off\. The task may exist\./,
  );
  assert.doesNotMatch(readCreateResponse(502, "<html>").rejection.message, /may exist/);
});

test("parameters belong to fields of the form", () => {
  const expected = {
    "content[0].text": "prompt",
    "content[1].image_url.url": "media",
    "metadata.duration": "duration",
    service_tier: "tier",
    callback_url: "media",
    model: "model",
  };
  for (const [param, field] of Object.entries(expected)) assert.equal(fieldOf(param), field, param);
});

test("a lost response and an aborted request differ", async () => {
  const outcomes = [new TypeError("fetch failed"), new DOMException("stop", "AbortError")];
  const messages = [];
  for (const error of outcomes) {
    const fetching = mock.method(globalThis, "fetch", async () => {
      throw error;
    });
    const { rejection } = await sendCreate("/tasks", "sk-a", "{}", new AbortController().signal);
    fetching.mock.restore();
    assert.equal(rejection.status, 0);
    messages.push(rejection.message);
  }
  assert.match(messages[0], /^The connection ended without a response\. The task may exist\. Look for it/);
  assert.match(messages[1], /^You stopped waiting for the response\. The task may exist\.$/);
});

test("an error of the page itself is not hidden", async () => {
  const fetching = mock.method(globalThis, "fetch", async () => {
    throw new RangeError("a bug");
  });
  await assert.rejects(sendCreate("/tasks", "sk-a", "{}", new AbortController().signal), RangeError);
  fetching.mock.restore();
});
