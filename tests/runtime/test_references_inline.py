"""Looking at what submissions carry inline."""

import binascii
import threading
import wave
from base64 import b64decode, b64encode
from collections.abc import Mapping
from io import BytesIO
from typing import Any
from unittest import mock

import pytest
from ark_emulator.core.request.media_facts import MediaFacts
from ark_emulator.core.task.values import Item, Kind, Submission, TaskParameters
from ark_emulator.media.render.clip import ClipSpec, render_last_frame
from ark_emulator.runtime.media import references
from ark_emulator.runtime.media.references import MediaInspector, decode_base64
from hypothesis import given
from hypothesis import strategies as st

PICTURE = render_last_frame(ClipSpec("model", "label", 640, 480, frames=49, audio=False))


def sound(seconds: float = 1.0) -> bytes:
    file = BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(16_000)
        writer.writeframes(bytes(2 * round(16_000 * seconds)))
    return file.getvalue()


def inline(content: bytes, kind: str = "image/png") -> str:
    return f"data:{kind};base64,{b64encode(content).decode()}"


def image(url: str) -> Item:
    return Item(Kind.IMAGE, url, "reference_image")


async def look(*items: Item, mode: Any = "headers") -> Mapping[int, MediaFacts]:
    return await MediaInspector(mode).inspect_media(
        Submission("ark", "sk-test", "model", items, TaskParameters(), "http://127.0.0.1")
    )


@pytest.mark.parametrize("mode", ["headers", "fetch"])
async def test_an_inline_picture_is_judged_by_what_it_is_and_not_by_what_it_is_called(mode: Any) -> None:
    facts = await look(Item(Kind.TEXT, "a cat"), image(inline(PICTURE, "image/jpeg")), mode=mode)
    assert facts == {1: MediaFacts(size=len(PICTURE), format="png", width=640, height=480)}


async def test_inline_sound_has_a_length() -> None:
    facts = await look(Item(Kind.AUDIO, inline(sound(2.5), "audio/wav"), "reference_audio"))
    assert (facts[0].format, facts[0].seconds, facts[0].problem) == ("wav", 2.5, None)


@pytest.mark.parametrize(
    ("url", "detail"),
    [
        ("data:image/PNG;base64,AAAA", "lower case"),
        ("data:image/png,AAAA", "lower case"),
        ("data:image/png;charset=utf-8;base64,AAAA", "lower case"),
        ("data:audio/wav;base64,AAAA", "data:image/"),
        ("data:;base64,AAAA", "lower case"),
        ("data:image/png;base64,AAA", "cannot be decoded"),
        ("data:image/png;base64,AA==AAAA", "before the end"),
        ("data:image/png;base64,AA-_", "cannot be decoded"),
        ("data:image/png;base64,AÄAA", "cannot be decoded"),
        (inline(PICTURE[:20]), "the png file is damaged"),
    ],
    ids=lambda value: value[:28],
)
async def test_an_inline_picture_that_is_none_is_a_problem(url: str, detail: str) -> None:
    facts = (await look(image(url)))[0]
    assert facts.problem == "image.data_invalid"
    assert detail in facts.detail


async def test_an_empty_inline_picture_has_a_problem_of_its_own() -> None:
    assert (await look(image("data:image/png;base64,")))[0].problem == "image.url_empty"


@pytest.mark.parametrize("url", ["data:audio/MP3;base64,AAAA", "data:audio/wav;base64,", "data:audio/wav;base64,A"])
async def test_inline_sound_that_is_none_is_a_problem(url: str) -> None:
    assert (await look(Item(Kind.AUDIO, url)))[0].problem == "content.payload"


async def test_inline_bytes_of_no_known_format_are_unknown_and_no_problem() -> None:
    assert (await look(image(inline(b"hello"))))[0] == MediaFacts(size=5, format="unknown")


async def test_a_long_inline_picture_is_looked_at_in_a_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    threads = []
    whole = references.inspect_file

    def watched(file: BytesIO) -> Any:
        threads.append(threading.current_thread() is threading.main_thread())
        return whole(file)

    monkeypatch.setattr(references, "inspect_file", watched)
    facts = await look(image(inline(PICTURE)), image(inline(PICTURE + bytes(600_000))))
    assert sorted(threads) == [False, True]
    assert [facts[index].size for index in (0, 1)] == [len(PICTURE), len(PICTURE) + 600_000]


@given(st.binary(max_size=64), st.lists(st.tuples(st.integers(0, 90), st.sampled_from(["\n", "\r\n"])), max_size=4))
def test_decoding_undoes_encoding_whatever_the_line_ends(content: bytes, breaks: list[tuple[int, str]]) -> None:
    text = b64encode(content).decode()
    for at, line_end in breaks:
        text = text[:at] + line_end + text[at:]
    with mock.patch.object(references, "_STEP", 8):
        assert decode_base64(text).getvalue() == content


@given(st.text("AQgw/+=-é", max_size=24))
def test_decoding_in_pieces_accepts_what_decoding_at_once_accepts(text: str) -> None:
    try:
        expected = b64decode(text, validate=True) if text.isascii() else None
    except binascii.Error:
        expected = None
    with mock.patch.object(references, "_STEP", 8):
        if expected is None:
            with pytest.raises(ValueError):
                decode_base64(text)
        else:
            assert decode_base64(text).getvalue() == expected
