"""The catalogue: the names of every model and the pixels of its clips."""

import re
from math import isclose, log, sqrt

import pytest
from ark_emulator.core.facts.catalogue import (
    ADAPTIVE,
    NAMED_RATIOS,
    catalogue,
    find,
    fraction_of,
    is_of_another_kind,
    names,
    number,
    of_family,
    ratio_of,
    size,
    size_like,
    size_tables,
)
from ark_emulator.core.facts.upstreams import Upstream
from hypothesis import given
from hypothesis import strategies as st

IDS = [
    ("seedance-2-5", "doubao-seedance-2-5-260628", "dreamina-seedance-2-5-260628"),
    ("seedance-2-5-premium", None, "dreamina-seedance-2-5-premium-260915"),
    ("seedance-2-5-flash", "doubao-seedance-2-5-flash-261115", "dreamina-seedance-2-5-flash-261115"),
    ("seedance-2-0", "doubao-seedance-2-0-260128", "dreamina-seedance-2-0-260128"),
    ("seedance-2-0-fast", "doubao-seedance-2-0-fast-260128", "dreamina-seedance-2-0-fast-260128"),
    ("seedance-2-0-mini", "doubao-seedance-2-0-mini-260615", "dreamina-seedance-2-0-mini-260615"),
    ("seedance-1-5-pro", "doubao-seedance-1-5-pro-251215", "seedance-1-5-pro-251215"),
    ("seedance-1-0-pro", "doubao-seedance-1-0-pro-250528", "seedance-1-0-pro-250528"),
    ("seedance-1-0-pro-fast", "doubao-seedance-1-0-pro-fast-251015", "seedance-1-0-pro-fast-251015"),
    ("seedance-1-0-lite-t2v", "doubao-seedance-1-0-lite-t2v-250428", "seedance-1-0-lite-t2v-250428"),
    ("seedance-1-0-lite-i2v", "doubao-seedance-1-0-lite-i2v-250428", "seedance-1-0-lite-i2v-250428"),
    ("seed3d-1-0", "doubao-seed3d-1-0-250928", None),
    ("seed3d-2-0", "doubao-seed3d-2-0-260328", None),
    ("hyper3d-gen2", "hyper3d-gen2-260112", None),
    ("hitem3d-2-0", "hitem3d-2-0-251223", None),
]
CLIP_FAMILIES = [family for family, *_ in IDS if "3d" not in family]

# The published table of pixels: generation, resolution, then 16:9 4:3 1:1 3:4 9:16 21:9.
PIXELS = """
2.5 480p  854x480   752x560   640x640   560x752   480x854   992x432
2.0 480p  864x496   752x560   640x640   560x752   496x864   992x432
1.5 480p  864x496   752x560   640x640   560x752   496x864   992x432
1.0 480p  864x480   736x544   640x640   544x736   480x864   960x416
2.5 720p  1280x720  1112x834  960x960   834x1112  720x1280  1470x630
2.0 720p  1280x720  1112x834  960x960   834x1112  720x1280  1470x630
1.5 720p  1280x720  1112x834  960x960   834x1112  720x1280  1470x630
1.0 720p  1248x704  1120x832  960x960   832x1120  704x1248  1504x640
2.5 1080p 1920x1080 1664x1248 1440x1440 1248x1664 1080x1920 2206x946
2.0 1080p 1920x1080 1664x1248 1440x1440 1248x1664 1080x1920 2206x946
1.5 1080p 1920x1080 1664x1248 1440x1440 1248x1664 1080x1920 2206x946
1.0 1080p 1920x1088 1664x1248 1440x1440 1248x1664 1088x1920 2176x928
2.0 4k    3840x2160 3326x2494 2880x2880 2494x3326 2160x3840 4398x1886
2.5 4k    3840x2160 3326x2494 2880x2880 2494x3326 2160x3840 4398x1886
kling 720p  1280x720  1112x834  960x960   834x1112  720x1280  1470x630
kling 1080p 1920x1080 1664x1248 1440x1440 1248x1664 1080x1920 2206x946
kling 4k    3840x2160 3326x2494 2880x2880 2494x3326 2160x3840 4398x1886
"""
CELLS = [
    (generation, resolution, ratio, (int(cell.split("x")[0]), int(cell.split("x")[1])))
    for generation, resolution, *cells in (line.split() for line in PIXELS.strip().splitlines())
    for ratio, cell in zip(NAMED_RATIOS, cells, strict=True)
]


def test_the_catalogue_holds_just_the_known_families() -> None:
    assert [model.family for model in catalogue()] == [family for family, *_ in IDS]


@pytest.mark.parametrize(("family", "volc", "byteplus"), IDS)
def test_a_model_is_found_by_both_ids_and_both_undated_names(
    family: str, volc: str | None, byteplus: str | None
) -> None:
    for dated in filter(None, (volc, byteplus)):
        undated = re.sub(r"-\d{6}$", "", dated)
        for name in (dated, undated):
            model = find(name)
            assert model is not None
            assert model.family == family
            assert model.id_shown(name) == dated
            assert model.name_in_errors(name) == undated


def test_no_name_belongs_to_two_models() -> None:
    every = [name for model in catalogue() for each in model.listings for name in (each.id, *each.aliases)]
    assert len(every) == len(set(every)) == len(names())


@pytest.mark.parametrize("name", ["", "seedance", "doubao-seedance-2-0-260129", "ep-20260101000000-xxxxx", "DOUBAO"])
def test_an_unknown_name_finds_no_model(name: str) -> None:
    assert find(name) is None


def test_an_endpoint_id_shows_the_volcengine_id() -> None:
    assert of_family("seedance-2-0").id_shown("ep-20260101000000-xxxxx") == "doubao-seedance-2-0-260128"


def test_an_unknown_family_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        of_family("seedance-9")


@pytest.mark.parametrize(("generation", "resolution", "ratio", "pixels"), CELLS)
def test_a_cell_of_the_published_pixel_table(
    generation: str, resolution: str, ratio: str, pixels: tuple[int, int]
) -> None:
    everybody = [model for upstream in Upstream for model in catalogue(upstream)]
    serving = [model for model in everybody if model.sizes == generation and resolution in model.resolutions]
    assert serving
    assert {size(model, resolution, ratio) for model in serving} == {pixels}


def test_the_published_pixel_table_is_complete() -> None:
    cells = {(name, resolution) for name, table in size_tables().items() for resolution in table}
    assert cells == {(generation, resolution) for generation, resolution, *_ in CELLS}


@pytest.mark.parametrize("family", CLIP_FAMILIES)
def test_every_resolution_and_ratio_of_a_model_has_a_size(family: str) -> None:
    model = of_family(family)
    for rules in model.modes.values():
        assert set(rules.resolutions) <= set(model.resolutions)
        for resolution in rules.resolutions:
            for ratio in set(rules.ratios) - {ADAPTIVE}:
                width, height = size(model, resolution, ratio)
                assert width % 2 == height % 2 == 0
                assert isclose(width / height, number(ratio), rel_tol=0.03)


def test_adaptive_is_no_size() -> None:
    with pytest.raises(ValueError, match="could not convert"):
        size(of_family("seedance-2-0"), "720p", ADAPTIVE)


def test_a_resolution_the_model_lacks_has_no_size() -> None:
    for family, resolution in (("seedance-2-0-fast", "1080p"), ("seedance-2-5-flash", "1080p"), ("seed3d-1-0", "720p")):
        with pytest.raises(KeyError):
            size(of_family(family), resolution, "16:9")


@pytest.mark.parametrize(
    ("family", "resolution", "ratio", "pixels"),
    [
        ("seedance-2-0", "720p", "5:4", (1074, 858)),
        ("seedance-2-0", "720p", "1.91:1", (1326, 694)),
        ("seedance-1-0-pro", "720p", "3:2", (1176, 784)),
        ("seedance-1-0-pro", "1080p", "5:4", (1610, 1288)),
    ],
)
def test_an_extra_ratio_has_the_area_of_the_square_and_even_sides(
    family: str, resolution: str, ratio: str, pixels: tuple[int, int]
) -> None:
    model = of_family(family)
    assert size(model, resolution, ratio) == pixels
    square = size(model, resolution, "1:1")
    assert isclose(pixels[0] * pixels[1], square[0] * square[1], rel_tol=0.005)


def test_extra_ratios_are_accepted_where_they_were_seen_and_nowhere_else() -> None:
    taken = {
        model.family: set(model.extra_ratios)
        for model in catalogue()
        if any(set(rules.ratios) - set(NAMED_RATIOS) - {ADAPTIVE} for rules in model.modes.values())
    }
    assert taken == {"seedance-2-0": {"5:4", "1.91:1"}, "seedance-1-0-pro": {"5:4", "3:2"}}


@pytest.mark.parametrize(
    ("shape", "ratio"),
    [((1920, 1080), "16:9"), ((480, 854), "9:16"), ((1000, 1010), "1:1"), ((3000, 1200), "21:9"), ((834, 1112), "3:4")],
)
def test_the_nearest_named_ratio_is_found(shape: tuple[int, int], ratio: str) -> None:
    assert ratio_of(*shape) == ratio


@pytest.mark.parametrize(("generation", "resolution", "ratio", "pixels"), CELLS)
def test_a_clip_of_a_named_ratio_is_recognised_by_its_pixels(
    generation: str, resolution: str, ratio: str, pixels: tuple[int, int]
) -> None:
    assert ratio_of(*pixels) == ratio


@given(st.integers(300, 6000), st.integers(300, 6000))
def test_no_other_named_ratio_is_nearer_than_the_nearest(width: int, height: int) -> None:
    distance = {ratio: abs(log(width / height) - log(number(ratio))) for ratio in NAMED_RATIOS}
    assert isclose(distance[ratio_of(width, height)], min(distance.values()), abs_tol=1e-12)


@given(st.integers(1, 5000), st.integers(1, 5000))
def test_a_fraction_is_reduced_and_keeps_the_shape(width: int, height: int) -> None:
    left, right = (int(part) for part in fraction_of(width, height).split(":"))
    assert left * height == right * width
    assert fraction_of(left, right) == f"{left}:{right}"


def test_the_recorded_fraction_of_an_upright_480p_clip() -> None:
    assert fraction_of(480, 854) == "240:427"


@pytest.mark.parametrize(
    ("resolution", "picture", "clip"),
    [
        ("480p", (1080, 1920), (480, 854)),
        ("480p", (480, 854), (480, 854)),
        ("480p", (1708, 960), (854, 480)),
        ("480p", (752, 560), (752, 560)),
        ("720p", (1280, 720), (1280, 720)),
        ("720p", (720, 1280), (720, 1280)),
        ("720p", (1024, 768), (1112, 834)),
    ],
)
def test_a_frame_of_a_named_ratio_gives_the_size_of_the_table(
    resolution: str, picture: tuple[int, int], clip: tuple[int, int]
) -> None:
    assert size_like(of_family("seedance-2-5"), resolution, picture) == clip


@pytest.mark.parametrize("family", ["seedance-2-5", "kling-v3"])
@pytest.mark.parametrize("picture", [(1376, 768), (2752, 1536)])
def test_a_frame_near_a_named_ratio_keeps_its_shape_as_recorded(family: str, picture: tuple[int, int]) -> None:
    assert size_like(of_family(family), "720p", picture) == (1284, 716)
    assert size_like(of_family(family), "720p", picture[::-1]) == (716, 1284)


def test_a_clip_as_large_as_the_recorded_one_costs_the_recorded_tokens() -> None:
    assert 1284 * 716 * 121 // 1024 == 108633


def test_the_shape_of_a_draft_is_looked_up_in_the_table_of_its_own_tier() -> None:
    model = of_family("seedance-2-5")
    assert size_like(model, "1080p", (480, 854), "480p") == (1080, 1920)
    assert size_like(model, "1080p", (480, 854)) != (1080, 1920)


def test_a_frame_of_its_own_shape_keeps_it() -> None:
    width, height = size_like(of_family("seedance-2-5"), "720p", (1000, 800))
    assert (width, height) == (1072, 858)


@given(st.integers(300, 2400), st.integers(1000, 1100), st.sampled_from(["480p", "720p", "1080p"]))
def test_a_followed_frame_keeps_its_shape_and_the_tier(width: int, height: int, resolution: str) -> None:
    model = of_family("seedance-2-5")
    clip = size_like(model, resolution, (width, height))
    square = size(model, resolution, "1:1")
    assert isclose(clip[0] / clip[1], width / height, rel_tol=0.03)
    assert isclose(sqrt(clip[0] * clip[1]), square[0], rel_tol=0.03)


@pytest.mark.parametrize(
    "name",
    [
        "doubao-seed-2-0-pro-260215",
        "doubao-seed-2-0-pro",
        "doubao-seed-1-6-vision-250815",
        "doubao-seedream-5-0-260128",
        "seedream-4-0-250828",
        "doubao-seededit-3-0-i2i-250628",
        "doubao-embedding-vision-251215",
        "deepseek-v3-2-251201",
        "kimi-k2-250905",
        "skylark-embedding-vision-251215",
    ],
)
def test_a_model_that_makes_no_videos_is_known_as_such(name: str) -> None:
    assert is_of_another_kind(name)


@pytest.mark.parametrize("name", ["", "X", "doubao-seedance-9-9-270101", "doubao-seed-typo", "hyper3d-gen2-260112"])
def test_other_unknown_names_are_not_mistaken_for_models_without_videos(name: str) -> None:
    assert not is_of_another_kind(name)


def test_no_model_that_makes_videos_or_3d_files_is_mistaken_for_another_kind() -> None:
    assert [name for name in names() if is_of_another_kind(name)] == []
