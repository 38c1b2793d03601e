"""The result of a 3D task: a cube, as a valid file in each of the formats that the service offers."""

import json
import struct
from io import BytesIO
from itertools import product
from typing import Final
from zipfile import ZIP_STORED, ZipFile, ZipInfo

FORMATS: Final = ("glb", "obj", "usd", "usdz", "fbx", "stl")
_CORNERS: Final = tuple(product((-0.5, 0.5), repeat=3))
_SIDES: Final = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))
"""Corners of each side, counter-clockwise seen from outside."""


def render_solid(file_format: str, label: str) -> bytes:
    """Return a cube of one metre, named `label`, as a file of that format. Raises ValueError for an unknown format."""
    match file_format:
        case "glb":
            return _glb(label)
        case "obj":
            return _obj(label)
        case "usd":
            return _usd(label)
        case "usdz":
            return _usdz(label)
        case "fbx":
            return _fbx(label)
        case "stl":
            return _stl(label)
    raise ValueError(f"a 3D file is one of {', '.join(FORMATS)}, not {file_format}")


def _triangles() -> list[int]:
    return [corner for a, b, c, d in _SIDES for corner in (a, b, c, a, c, d)]


def _glb(label: str) -> bytes:
    """Return binary glTF 2.0: a JSON chunk, then a chunk of positions and indices."""
    positions = b"".join(struct.pack("<3f", *corner) for corner in _CORNERS)
    indices = struct.pack("<36H", *_triangles())
    binary = positions + indices
    views = [
        {"buffer": 0, "byteOffset": 0, "byteLength": len(positions), "target": 34962},
        {"buffer": 0, "byteOffset": len(positions), "byteLength": len(indices), "target": 34963},
    ]
    accessors = [
        {"bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3", "min": [-0.5] * 3, "max": [0.5] * 3},
        {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
    ]
    document = {
        "asset": {"version": "2.0", "extras": {"task": label}},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": label}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1}]}],
        "buffers": [{"byteLength": len(binary)}],
        "bufferViews": views,
        "accessors": accessors,
    }
    text = json.dumps(document, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    binary += b"\0" * (-len(binary) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def _obj(label: str) -> bytes:
    lines = [f"# {label}", "o cube"]
    lines += [f"v {x} {y} {z}" for x, y, z in _CORNERS]
    lines += ["f " + " ".join(str(corner + 1) for corner in side) for side in _SIDES]
    return ("\n".join(lines) + "\n").encode()


def _usd(label: str) -> bytes:
    points = ", ".join(str(corner) for corner in _CORNERS)
    corners = ", ".join(str(corner) for side in _SIDES for corner in side)
    return f"""#usda 1.0
(
    defaultPrim = "cube"
    doc = "{label}"
    metersPerUnit = 1
    upAxis = "Y"
)

def Mesh "cube"
{{
    int[] faceVertexCounts = [4, 4, 4, 4, 4, 4]
    int[] faceVertexIndices = [{corners}]
    point3f[] points = [{points}]
}}
""".encode()


def _usdz(label: str) -> bytes:
    """Return a zip without compression whose one file starts at a multiple of 64 bytes, as the format requires."""
    body, name = _usd(label), "cube.usda"
    info = ZipInfo(name)
    info.compress_type = ZIP_STORED
    padding = -(30 + len(name) + 4) % 64
    info.extra = struct.pack("<HH", 0x1986, padding) + b"\0" * padding
    target = BytesIO()
    with ZipFile(target, "w") as archive:
        archive.writestr(info, body)
    return target.getvalue()


def _stl(label: str) -> bytes:
    """Return binary STL: a header of 80 bytes, the number of triangles, then each with a normal of zero."""
    corners = _triangles()
    faces = [corners[start : start + 3] for start in range(0, len(corners), 3)]
    triangles = (b"\0" * 12 + b"".join(struct.pack("<3f", *_CORNERS[at]) for at in face) + b"\0\0" for face in faces)
    return label.encode()[:80].ljust(80) + struct.pack("<I", len(faces)) + b"".join(triangles)


def _fbx(label: str) -> bytes:
    """Return FBX 7.4 as text: one mesh and its node. The last corner of a side is written as its complement."""
    points = ",".join(str(part) for corner in _CORNERS for part in corner)
    ends = ",".join(str(corner if place < 3 else ~corner) for side in _SIDES for place, corner in enumerate(side))
    return f"""; FBX 7.4.0 project file
; {label}
FBXHeaderExtension:  {{
\tFBXHeaderVersion: 1003
\tFBXVersion: 7400
}}
Objects:  {{
\tGeometry: 1, "Geometry::cube", "Mesh" {{
\t\tVertices: *24 {{
\t\t\ta: {points}
\t\t}}
\t\tPolygonVertexIndex: *24 {{
\t\t\ta: {ends}
\t\t}}
\t\tGeometryVersion: 124
\t}}
\tModel: 2, "Model::cube", "Mesh" {{
\t\tVersion: 232
\t}}
}}
Connections:  {{
\tC: "OO",2,0
\tC: "OO",1,2
}}
""".encode()
