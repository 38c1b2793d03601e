"""ffprobe reads our clips without a warning."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.media.render.clip import ClipSpec, render_clip, render_last_frame

FFPROBE = shutil.which("ffprobe")
ASKED = ("-v", "warning", "-count_frames", "-show_format", "-show_streams", "-of", "json")

pytestmark = pytest.mark.skipif(FFPROBE is None, reason="ffprobe is not installed")


def probed(body: bytes, path: Path) -> dict:
    """Return what ffprobe reports about a file; fail if it prints a warning."""
    path.write_bytes(body)
    done = subprocess.run([FFPROBE, *ASKED, str(path)], capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("width", "height", "frames", "more"),
    [
        (864, 496, 97, {}),
        (1280, 720, 121, {"watermark": True}),
        (1470, 630, 29, {"audio": False}),
        (1080, 1920, 121, {"container": "mov"}),
        (1284, 716, 97, {"container": "mov", "audio": False}),
        (640, 640, 361, {"pad_to": 3_000_000}),
    ],
)
def test_ffprobe_confirms_the_specification(
    width: int, height: int, frames: int, more: dict[str, Any], tmp_path: Path
) -> None:
    spec = ClipSpec("doubao-seedance-2-0-260128", "cgt-1", width, height, frames, **{"audio": True, **more})
    document = probed(render_clip(spec), tmp_path / f"clip.{spec.container}")
    video, *sound = document["streams"]
    quicktime = spec.container == "mov"
    form = ("High 4:4:4 Predictive", "yuv444p") if quicktime else ("Constrained Baseline", "yuv420p")
    assert (video["codec_name"], video["profile"], video["pix_fmt"]) == ("h264", *form)
    assert (video["width"], video["height"], video["r_frame_rate"]) == (width, height, "24/1")
    assert video["nb_frames"] == video["nb_read_frames"] == str(frames)
    assert float(document["format"]["duration"]) == pytest.approx(frames / 24, abs=1e-6)
    heard = [(track["codec_name"], track["channels"], track["sample_rate"]) for track in sound]
    assert heard == ([("pcm_s16le" if quicktime else "aac", 1, "44100")] if spec.audio else [])
    if quicktime and spec.audio:
        assert frames / 24 - 0.001 < float(sound[0]["duration"]) <= frames / 24
    assert document["format"]["tags"]["comment"] == "cgt-1"


@pytest.mark.parametrize(("still", "codec"), [("png", "png"), ("jpeg", "mjpeg")])
def test_ffprobe_finds_the_last_frame(still: str, codec: str, tmp_path: Path) -> None:
    spec = ClipSpec("doubao-seedance-2-0-260128", "cgt-1", 834, 1112, 121, audio=True, still=still)
    (picture,) = probed(render_last_frame(spec), tmp_path / f"last-frame.{still}")["streams"]
    assert (picture["codec_name"], picture["width"], picture["height"]) == (codec, 834, 1112)
