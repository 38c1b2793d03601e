"""The files of 3D tasks are valid."""

import json
import struct
from io import BytesIO
from zipfile import ZipFile

import pytest
from ark_emulator.media.render.solid import FORMATS, render_solid


def test_a_glb_has_a_cube_of_twelve_triangles() -> None:
    body = render_solid("glb", "cgt-1")
    magic, version, length = struct.unpack_from("<4sII", body)
    assert (magic, version, length) == (b"glTF", 2, len(body))
    size, kind = struct.unpack_from("<I4s", body, 12)
    document = json.loads(body[20 : 20 + size])
    assert kind == b"JSON"
    assert document["asset"] == {"version": "2.0", "extras": {"task": "cgt-1"}}
    binary_size, binary_kind = struct.unpack_from("<I4s", body, 20 + size)
    assert binary_kind == b"BIN\0"
    assert 28 + size + binary_size == len(body)
    assert document["accessors"][1]["count"] == 36
    indices = struct.unpack_from("<36H", body, 28 + size + document["bufferViews"][1]["byteOffset"])
    assert set(indices) == set(range(8))


def test_an_obj_has_eight_corners_and_six_sides() -> None:
    lines = render_solid("obj", "cgt-1").decode().splitlines()
    assert sum(line.startswith("v ") for line in lines) == 8
    assert sum(line.startswith("f ") for line in lines) == 6


def test_a_usdz_holds_its_file_uncompressed_and_aligned() -> None:
    body = render_solid("usdz", "cgt-1")
    with ZipFile(BytesIO(body)) as archive:
        assert archive.read("cube.usda").startswith(b"#usda 1.0")
    assert body.index(b"#usda 1.0") % 64 == 0


def test_an_stl_has_twelve_triangles_of_fifty_bytes() -> None:
    body = render_solid("stl", "cgt-1")
    assert struct.unpack_from("<I", body, 80) == (12,)
    assert len(body) == 84 + 12 * 50
    assert body.startswith(b"cgt-1")
    assert {abs(part) for part in struct.unpack_from("<9f", body, 84 + 12)} == {0.5}


def test_an_fbx_ends_each_of_its_six_sides_with_a_complement() -> None:
    text = render_solid("fbx", "cgt-1").decode()
    corners = [
        int(corner) for corner in text.split("PolygonVertexIndex: *24 {\n\t\t\ta: ")[1].split("\n")[0].split(",")
    ]
    assert [corner < 0 for corner in corners] == [False, False, False, True] * 6
    assert text.count("{") == text.count("}")


def test_every_side_is_seen_from_outside() -> None:
    vertices = [tuple(map(float, line.split()[1:])) for line in _lines("v ")]
    for line in _lines("f "):
        a, b, c = (vertices[int(corner) - 1] for corner in line.split()[1:4])
        u, v = [y - x for x, y in zip(a, b, strict=True)], [y - x for x, y in zip(a, c, strict=True)]
        normal = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
        assert sum(one * other for one, other in zip(normal, a, strict=True)) > 0


@pytest.mark.parametrize("file_format", FORMATS)
def test_the_bytes_depend_on_the_task_alone(file_format: str) -> None:
    assert render_solid(file_format, "cgt-1") == render_solid(file_format, "cgt-1")
    assert render_solid(file_format, "cgt-1") != render_solid(file_format, "cgt-2")


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ValueError, match="glb, obj, usd, usdz"):
        render_solid("zip", "cgt-1")


def _lines(prefix: str) -> list[str]:
    return [line for line in render_solid("obj", "x").decode().splitlines() if line.startswith(prefix)]
