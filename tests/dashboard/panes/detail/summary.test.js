import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "../../load.js";

const { describePicture } = await load("panes/detail/summary.js");

test("a result is described by what is known of it", () => {
  const clip = {
    width: 864,
    height: 496,
    frames: 97,
    ratio: "16:9",
    resolution: "480p",
    audio: true,
    container: "mp4",
  };
  assert.equal(describePicture(clip), "864×496, 4.04 s, 16:9, 480p, with sound, mp4");
  assert.equal(describePicture({ width: null, audio: false, container: "glb" }), "silent, glb");
});
