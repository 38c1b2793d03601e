"""A real browser plays results: what headless Chromium shows of a clip is what was asked for."""

from typing import Any

import pytest

from tests.support.caller import Caller, Serve

PLAY = """
new Promise((resolve, reject) => {
    const video = document.createElement("video");
    const shown = () => ({
        width: video.videoWidth, height: video.videoHeight, duration: video.duration, at: video.currentTime,
        ended: video.ended, corrupted: video.getVideoPlaybackQuality().corruptedVideoFrames,
        sound: video.webkitAudioDecodedByteCount > 0, type: video.canPlayType("video/mp4"),
    });
    video.onerror = () => reject(new Error(video.error.message));
    video.onended = () => resolve(shown());
    video.muted = true;
    video.src = LINK;
    video.playbackRate = 4;
    document.body.replaceChildren(video);
    video.play().catch(reject);
})
"""
SEEK = """
(async () => {
    const video = document.createElement("video");
    const happens = (name) => new Promise((resolve, reject) => {
        video.addEventListener(name, resolve, {once: true});
        video.onerror = () => reject(new Error(video.error.message));
    });
    video.muted = true;
    video.preload = "auto";
    video.src = LINK;
    document.body.replaceChildren(video);
    await happens("loadeddata");
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const pen = canvas.getContext("2d");
    const found = [];
    for (const moment of MOMENTS) {
        // A seek is over before its picture is shown.
        const there = new Promise((done) => {
            const look = (_, {mediaTime}) => Math.abs(mediaTime - moment) < 0.02 ? done() : next();
            const next = () => video.requestVideoFrameCallback(look);
            next();
        });
        video.currentTime = moment;
        await there;
        pen.drawImage(video, 0, 0);
        const line = pen.getImageData(0, canvas.height - 8, canvas.width, 1).data;
        let lit = 0;
        for (let place = 0; place < line.length; place += 4) lit += line[place] + line[place + 1] > 300;
        found.push({at: video.currentTime, lit: lit / canvas.width});
    }
    return found;
})()
"""
PICTURE = """
new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve([image.naturalWidth, image.naturalHeight]);
    image.onerror = () => reject(new Error("no picture"));
    image.src = LINK;
})
"""


@pytest.fixture
async def page(browser: Any, ark: Caller) -> Any:
    """A page of the emulator's own origin, so that what it shows may be read back."""
    return await browser.open(f"{ark.url}/_emulator/health")


async def test_a_browser_plays_a_clip_to_its_end_seeks_in_it_and_shows_its_last_frame(
    page: Any, ark: Caller, serve: Serve
) -> None:
    """One browser for all of it: starting one takes longer than the rest."""
    content = (await ark.finished(resolution="720p", ratio="16:9", duration=5, return_last_frame=True))["content"]
    played = await page.evaluate(PLAY, LINK=content["video_url"])
    assert (played["width"], played["height"]) == (1280, 720)
    assert played["duration"] == pytest.approx(121 / 24, abs=1e-4)
    assert played["at"] == pytest.approx(121 / 24, abs=1e-3)
    assert (played["ended"], played["corrupted"], played["sound"]) == (True, 0, True)

    assert await page.evaluate(PICTURE, LINK=content["last_frame_url"]) == [1280, 720]

    # The bar at the bottom fills from left to right, so its length tells which picture is shown.
    moments = [4.5, 0.5, 3.0, 5.0]
    found = await page.evaluate(SEEK, LINK=content["video_url"], MOMENTS=moments)
    assert [each["at"] for each in found] == pytest.approx(moments)
    assert [each["lit"] for each in found] == pytest.approx([moment / (120 / 24) for moment in moments], abs=0.03)

    tall = await ark.finished(resolution="480p", ratio="9:16", duration=4, generate_audio=False, watermark=True)
    played = await page.evaluate(PLAY, LINK=tall["content"]["video_url"])
    assert (played["width"], played["height"], played["sound"]) == (496, 864, False)

    inline = await serve(media_urls="data")
    inside = await inline.finished(resolution="480p", ratio="1:1", duration=4)
    played = await page.evaluate(PLAY, LINK=inside["content"]["video_url"])
    assert (played["width"], played["height"], played["ended"]) == (640, 640, True)
