import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { parseEvents } = await load("state/stream.js");

test("complete events are read, and the rest is kept", () => {
  const text =
    'id: 7\nevent: move\ndata: {"kind":"move"}\n\n: comment\n\nid: 8\ndata: {"a":\ndata: 1}\n\nid: 9\ndata: {"un';
  assert.deepEqual(parseEvents(text), {
    events: [{ kind: "move" }, { a: 1 }],
    lastEvent: 8,
    rest: 'id: 9\ndata: {"un',
  });
});

test("a comment alone is no event", () => {
  assert.deepEqual(parseEvents(": keep-alive\n\n"), { events: [], lastEvent: 0, rest: "" });
});
