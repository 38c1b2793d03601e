"""`demo`: the tour runs to its end, and shows what it promises."""

import os
import time
from pathlib import Path

import av
import pytest
from ark_emulator.cli import main

LIMIT = 20.0  # real seconds that the tour may take


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeps settings of this environment out of the tests."""
    for name in [name for name in os.environ if name.startswith("ARK_EMULATOR_")]:
        monkeypatch.delenv(name)


def test_the_tour_shows_every_sight_and_saves_a_clip_that_plays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    began = time.monotonic()
    assert main(["demo"]) == 0
    assert time.monotonic() - began < LIMIT
    text = capsys.readouterr().out
    for sight in (
        "the first poll returns queued",
        "4 s later, a poll returns succeeded",
        "108900 tokens",
        "failed with OutputVideoSensitiveContentDetected",
        "the stuck task is expired",
        "now returns 403",
        "it received: queued, running, succeeded",
        "there are 2 tasks now",
        "duplicate-create",
        "paid for nothing: 108900 tokens",
    ):
        assert sight in text
    with av.open(str(tmp_path / "ark-emulator-demo.mp4")) as clip:
        assert sum(1 for _ in clip.decode(video=0)) == 121


def test_a_clip_that_cannot_be_saved_ends_the_tour_before_it_begins(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--output", str(tmp_path / "none" / "clip.mp4")]) == 2
    assert "cannot write" in capsys.readouterr().err
