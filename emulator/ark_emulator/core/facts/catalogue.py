"""The catalogue of models and the sizes of their clips, read from `models.json`, `sizes.json` and `kling.json`.

All three are data files of the package. Every upstream has a catalogue of its own, and no two share a family name.

A size is always (width, height) in pixels, a ratio is text such as `16:9`.
"""

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache
from math import gcd, isqrt, log, sqrt
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from ark_emulator.core.facts.models import (
    AccountLimit,
    DraftRules,
    DurationRange,
    FrameRange,
    Model,
    ModelListing,
    ModeRules,
    ReferenceLimits,
    RunningTime,
    Site,
    Solid,
)
from ark_emulator.core.facts.upstreams import Upstream
from ark_emulator.data import load

NAMED_RATIOS: Final = ("16:9", "4:3", "1:1", "3:4", "9:16", "21:9")
ADAPTIVE: Final = "adaptive"
Row: TypeAlias = dict[str, Any]
Size: TypeAlias = tuple[int, int]
SizeTable: TypeAlias = Mapping[str, Mapping[str, Size]]
"""Sizes by resolution, then by named ratio."""
_BOOKS: Final[Mapping[Upstream, str]] = MappingProxyType({Upstream.ARK: "models", Upstream.KLING: "kling"})


def catalogue(upstream: Upstream = Upstream.ARK) -> tuple[Model, ...]:
    """Return all models of an upstream; Ark's newest family first, 3D last."""
    return _catalogue(upstream)


def names(upstream: Upstream = Upstream.ARK) -> Mapping[str, Model]:
    """Return the models by every accepted name: the ids of all sites, on Ark dated, and the aliases without date."""
    return _names(upstream)


def find(name: str, upstream: Upstream = Upstream.ARK) -> Model | None:
    """Return the model of this name at an upstream, or None."""
    return names(upstream).get(name)


def find_anywhere(name: str) -> Model | None:
    """Return the model of this name at the first upstream that has one, or None."""
    return next((found for upstream in Upstream if (found := find(name, upstream)) is not None), None)


def is_of_another_kind(name: str) -> bool:
    """Return True for the name of a model that Ark has but that makes neither videos nor 3D files.

    Such a model writes text, makes images or computes embeddings. The table holds name patterns of whole families.
    """
    return any(fnmatchcase(name, row["pattern"]) for row in load("models")["other_models"])


def of_family(family: str) -> Model:
    """Return the model of this family key, at any upstream. KeyError when there is none."""
    return _families()[family]


@cache
def size_tables() -> Mapping[str, SizeTable]:
    """Return every size table by its name, which is a generation: 2.5, 2.0, 1.5, 1.0, kling."""
    tables: dict[str, dict[str, Mapping[str, Size]]] = {}
    for row in (*load("sizes")["sizes"], *load("kling")["sizes"]):
        cells = MappingProxyType({ratio: (row[ratio][0], row[ratio][1]) for ratio in NAMED_RATIOS})
        for name in row["tables"]:
            tables.setdefault(name, {})[row["resolution"]] = cells
    return MappingProxyType({name: MappingProxyType(table) for name, table in tables.items()})


def size(model: Model, resolution: str, ratio: str) -> Size:
    """Return the size of a clip. KeyError for a resolution the model lacks, ValueError for a ratio that is not `W:H`.

    Named ratios are in the table. Any other has the area of the tier's 1:1 and even sides: the service accepts a few
    such ratios, the pixels it then makes are inferred.
    """
    cells = _cells(model, resolution)
    return cells[ratio] if ratio in cells else _sides(cells["1:1"], number(ratio))


def size_like(model: Model, resolution: str, picture: Size, tier: str | None = None) -> Size:
    """Return the size of a clip that has the shape of a picture instead of a named ratio. KeyError as for `size`.

    A picture has a named ratio when its sides stand in that ratio exactly, or as those of the table at `tier` do
    (`resolution` unless given): it gives the table's size. Any other gives the area of the tier's 1:1, both sides
    rounded down to even numbers (recorded on 2.5 and Kling: 1376x768 gives 1284x716 at 720p).
    """
    cells = _cells(model, resolution)
    width, height = picture
    for ratio, cell in _cells(model, tier or resolution).items():
        across, down = (int(side) for side in ratio.split(":"))
        if width * down == height * across or width * cell[1] == height * cell[0]:
            return cells[ratio]
    area = cells["1:1"][0] * cells["1:1"][1]
    return _even_below(area * width // height), _even_below(area * height // width)


def ratio_of(width: float, height: float) -> str:
    """Return the named ratio nearest to a shape, by the difference of logarithms."""
    shape = width / height
    return min(NAMED_RATIOS, key=lambda ratio: abs(log(shape / number(ratio))))


def fraction_of(width: int, height: int) -> str:
    """Return the shape as a reduced fraction, as the service shows the result of `adaptive`: 480x854 is `240:427`."""
    divisor = gcd(width, height)
    return f"{width // divisor}:{height // divisor}"


def number(ratio: str) -> float:
    """Return width over height of a ratio such as `16:9` or `1.91:1`. ValueError when it is not of that form."""
    width, _, height = ratio.partition(":")
    return float(width) / float(height)


@cache
def _catalogue(upstream: Upstream) -> tuple[Model, ...]:
    tables = load(_BOOKS[upstream])
    sites = {row["site"]: Site(row["site"], row["region"], row["base_url"], row["currency"]) for row in tables["sites"]}
    return tuple(_model(row, tables, sites) for row in tables["families"])


@cache
def _names(upstream: Upstream) -> Mapping[str, Model]:
    models = catalogue(upstream)
    found = {name: model for model in models for each in model.listings for name in (each.id, *each.aliases)}
    return MappingProxyType(found)


@cache
def _families() -> Mapping[str, Model]:
    return MappingProxyType({model.family: model for upstream in Upstream for model in catalogue(upstream)})


def _model(row: Row, tables: Mapping[str, list[Row]], sites: Mapping[str, Site]) -> Model:
    family = row["family"]
    rows = {
        name: _of(family, tables.get(name, []))
        for name in ("modes", "references", "drafts", "solids", "limits", "latency", "listings")
    }
    resolutions = tuple(row["resolutions"])
    return Model(
        family=family,
        title=row["title"],
        generation=row["generation"],
        modes=MappingProxyType({each["mode"]: _mode(each, resolutions, row["extra_ratios"]) for each in rows["modes"]}),
        resolutions=resolutions,
        resolution=row["resolution"],
        seconds=_seconds(row),
        frames=FrameRange(*row["frames"]) if row["frames"] else None,
        audio=row["audio"],
        flex=row["flex"],
        priority=row["priority"],
        short_expiry=row["short_expiry"],
        formats=tuple(row["formats"]),
        subdivision_levels=tuple(row["subdivision_levels"]),
        task_types=tuple(row["task_types"]),
        extra_ratios=tuple(row["extra_ratios"]),
        sizes=row["sizes"],
        bucket=row["bucket"],
        references=next((ReferenceLimits(**_values(each)) for each in rows["references"]), None),
        draft=next((DraftRules(**_values(each)) for each in rows["drafts"]), None),
        solid=next((Solid(**_values(each)) for each in rows["solids"]), None),
        last_frame=next((each["format"] for each in _about(row, tables.get("last_frames", []))), "png"),
        echoes=tuple(each["field"] for each in _about(row, tables.get("echoes", []))),
        limits=tuple(AccountLimit(**_values(each)) for each in rows["limits"]),
        latencies=tuple(RunningTime(**_values(each)) for each in rows["latency"]),
        listings=tuple(_listing(each, sites) for each in rows["listings"]),
    )


def _of(family: str, rows: list[Row]) -> list[Row]:
    return [row for row in rows if row["family"] == family]


def _about(model: Row, rows: list[Row]) -> list[Row]:
    """Return the rows about the model's generation, or about the model itself."""
    return [
        row for row in rows if model["generation"] in row["generations"] or model["family"] in row.get("families", ())
    ]


def _values(row: Row) -> Row:
    """Return a row as keyword arguments: without its key and source, lists made immutable."""
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in row.items()
        if name not in ("family", "source")
    }


def _seconds(row: Row) -> DurationRange | None:
    if row["seconds"] is None:
        return None
    least, most = row["seconds"]
    return DurationRange(least, most, row["seconds_default"], row["seconds_by_model"])


def _mode(row: Row, resolutions: tuple[str, ...], extra_ratios: list[str]) -> ModeRules:
    ratios: dict[str, tuple[str, ...]] = {
        "any": (*NAMED_RATIOS, ADAPTIVE, *extra_ratios),
        "named": (*NAMED_RATIOS, *extra_ratios),
        "adaptive": (ADAPTIVE,),
        "none": (),
    }
    return ModeRules(
        mode=row["mode"],
        ratios=ratios[row["ratios"]],
        ratio=row["ratio"],
        resolutions=resolutions if row["resolutions"] is None else tuple(row["resolutions"]),
        follows_frame=row["follows_frame"],
        camera_fixed=row["camera_fixed"],
    )


def _listing(row: Row, sites: Mapping[str, Site]) -> ModelListing:
    return ModelListing(
        site=sites[row["site"]],
        id=row["id"],
        aliases=tuple(row["aliases"]),
        tools=tuple(row["tools"]),
        retiring_from=_instant(row["retiring_from"]),
        retired_from=_instant(row["retired_from"]),
        replacement=row["replacement"],
    )


def _instant(text: str | None) -> int | None:
    return None if text is None else int(datetime.fromisoformat(text).timestamp())


def _cells(model: Model, resolution: str) -> Mapping[str, Size]:
    if model.sizes is None or resolution not in model.resolutions:
        raise KeyError(f"{model.family} makes no clips at {resolution}")
    return size_tables()[model.sizes][resolution]


def _sides(square: Size, shape: float) -> Size:
    area = square[0] * square[1]
    return _even(sqrt(area * shape)), _even(sqrt(area / shape))


def _even(length: float) -> int:
    return 2 * round(length / 2)


def _even_below(square: int) -> int:
    return isqrt(square) & ~1
