import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../load.js";

const { formatCount, formatUsd, plural, shortId, shortenDataUris, splitMiddle } = await load("format/text.js");

test("an id is shortened to the part that distinguishes it", () => {
  assert.equal(shortId("cgt-20260101000000-abcde"), "abcde");
  assert.equal(shortId("task_0123456789"), "…456789");
});

test("a path is split so that both of its ends stay visible", () => {
  assert.deepEqual(splitMiddle("/api/v3/contents/generations/tasks"), ["…/generations", "/tasks"]);
  assert.deepEqual(splitMiddle("/api/v3/contents/generations/tasks/cgt-20260101000000-abcde"), [
    "…/tasks/cgt-20260101000000",
    "-abcde",
  ]);
  assert.deepEqual(splitMiddle("/v1/videos/task_0123456789/content"), ["…/task_0123", "456789/content"]);
  assert.deepEqual(splitMiddle("plain"), ["", "plain"]);
});

test("both parts of a split text are the shortened text", () => {
  for (const text of ["a", "a/b", "/v1/videos", "/a/b/c/d/e/f", "cgt-20260101000000-abcde"]) {
    const [head, tail] = splitMiddle(text);
    assert.ok((head + tail).endsWith(text.split("/").at(-1)), text);
  }
});

test("an amount has enough digits to distinguish it from zero", () => {
  assert.deepEqual([null, undefined, 0, 0.000012, 0.5, -1.5, 1234.567].map(formatUsd), [
    "—",
    "—",
    "$0.000",
    "$0.000012",
    "$0.500",
    "−$1.500",
    "$1234.57",
  ]);
});

test("counts and nouns agree", () => {
  assert.equal(plural(1, "error"), "1 error");
  assert.equal(plural(0, "error"), "0 errors");
  assert.equal(formatCount(1234567), "1,234,567");
});

test("only long data URIs are shortened", () => {
  const short = "data:image/png;base64,iVBORw0KGgo=";
  const long = `data:image/png;base64,${"A".repeat(4096)}`;
  assert.equal(shortenDataUris(short), short);
  assert.equal(shortenDataUris(`x ${long} y`), "x data:image/png;base64,AAAAAAAAAAAA… (4 kB) y");
});
