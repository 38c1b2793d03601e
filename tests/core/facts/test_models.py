"""The attributes and limits of each model, and its stages on each site."""

from datetime import datetime

import pytest
from ark_emulator.core.facts.catalogue import ADAPTIVE, catalogue, names, of_family
from ark_emulator.core.facts.models import Account, Model

# Family, resolutions with the default first, seconds, default seconds, -1 allowed, audio, flex, frames, modes.
TAKES = [
    ("seedance-2-5", "720p 480p 1080p 4k", (4, 30), -1, True, True, False, False, "t2v i2v flf2v r2v"),
    ("seedance-2-5-premium", "4k 480p", (4, 30), -1, True, True, False, False, "t2v i2v flf2v r2v"),
    ("seedance-2-5-flash", "720p 480p", (4, 30), -1, True, True, False, False, "t2v i2v flf2v r2v"),
    ("seedance-2-0", "720p 480p 1080p 4k", (4, 15), 5, True, True, False, False, "t2v i2v flf2v r2v"),
    ("seedance-2-0-fast", "720p 480p", (4, 15), 5, True, True, False, False, "t2v i2v flf2v r2v"),
    ("seedance-2-0-mini", "720p 480p", (4, 15), 5, True, True, False, False, "t2v i2v flf2v r2v"),
    ("seedance-1-5-pro", "720p 480p 1080p", (4, 12), 5, True, True, True, False, "t2v i2v flf2v"),
    ("seedance-1-0-pro", "1080p 480p 720p", (2, 12), 5, False, False, True, True, "t2v i2v flf2v"),
    ("seedance-1-0-pro-fast", "1080p 480p 720p", (2, 12), 5, False, False, True, True, "t2v i2v"),
    ("seedance-1-0-lite-t2v", "720p 480p 1080p", (2, 12), 5, False, False, True, True, "t2v"),
    ("seedance-1-0-lite-i2v", "720p 480p 1080p", (2, 12), 5, False, False, True, True, "i2v flf2v r2v"),
]

RATES = [
    # family, resolution, enterprise then individual: creates per minute and tasks at once
    ("seedance-2-5", "1080p", (600, 10), (180, 3)),
    ("seedance-2-5", "4k", (15, 1), (15, 1)),
    ("seedance-2-5-flash", "720p", (600, 10), (180, 3)),
    ("seedance-2-0", "1080p", (600, 10), (180, 3)),
    ("seed3d-2-0", "medium", (300, 5), (300, 5)),
    ("hyper3d-gen2", "medium", (60, 3), (60, 3)),
    ("hitem3d-2-0", "1536", (600, 30), (600, 30)),
    ("seedance-2-0", "4k", (15, 1), (15, 1)),
    ("seedance-2-0-fast", "720p", (600, 10), (180, 3)),
    ("seedance-2-0-mini", "480p", (600, 10), (180, 3)),
    ("seedance-1-5-pro", "720p", (600, 10), (600, 10)),
    ("seedance-1-0-pro", "1080p", (600, 10), (600, 10)),
    ("seedance-1-0-pro-fast", "480p", (600, 10), (600, 10)),
    ("seedance-1-0-lite-t2v", "720p", (300, 5), (300, 5)),
    ("seedance-1-0-lite-i2v", "720p", (300, 5), (300, 5)),
]


@pytest.mark.parametrize(
    ("family", "resolutions", "seconds", "default", "by_model", "audio", "flex", "frames", "modes"), TAKES
)
def test_a_model_takes_what_its_page_says(
    family: str,
    resolutions: str,
    seconds: tuple[int, int],
    default: int,
    by_model: bool,
    audio: bool,
    flex: bool,
    frames: bool,
    modes: str,
) -> None:
    model = of_family(family)
    assert model.resolution == resolutions.split()[0]
    assert set(model.resolutions) == set(resolutions.split())
    assert model.seconds is not None
    assert (model.seconds.least, model.seconds.most, model.seconds.default) == (*seconds, default)
    assert model.seconds.accepts(-1) == by_model
    assert (model.audio, model.flex, model.frames is not None) == (audio, flex, frames)
    assert list(model.modes) == modes.split()


def test_whole_seconds_are_accepted_up_to_both_ends() -> None:
    seconds = of_family("seedance-2-0").seconds
    assert seconds is not None
    assert [each for each in range(-2, 20) if seconds.accepts(each)] == [-1, *range(4, 16)]


def test_frames_are_25_and_a_multiple_of_4() -> None:
    frames = of_family("seedance-1-0-pro").frames
    assert frames is not None
    assert [each for each in range(400) if frames.accepts(each)] == list(range(29, 290, 4))


def test_only_the_models_of_2_5_follow_the_first_frame() -> None:
    following = {
        (model.family, each.mode) for model in catalogue() for each in model.modes.values() if each.follows_frame
    }
    of_2_5 = [model.family for model in catalogue() if model.generation == "2.5"]
    assert following == {(family, mode) for family in of_2_5 for mode in ("i2v", "flf2v")}


def test_the_default_ratio_is_16_9_for_1_0_without_a_frame_and_adaptive_else() -> None:
    for model in catalogue():
        for each in model.modes.values():
            fixed = model.generation == "1.0" and each.mode in ("t2v", "r2v")
            assert each.ratio == (None if each.mode == "3d" else "16:9" if fixed else ADAPTIVE)
            assert each.ratio is None or each.ratio in each.ratios


def test_camera_fixed_is_for_1_x_but_not_with_reference_images() -> None:
    for model in catalogue():
        for each in model.modes.values():
            assert each.camera_fixed == (model.generation in ("1.0", "1.5") and each.mode != "r2v")


def test_reference_images_of_1_0_lite_allow_no_1080p() -> None:
    assert of_family("seedance-1-0-lite-i2v").modes["r2v"].resolutions == ("480p", "720p")


def test_references_are_counted_as_documented() -> None:
    counts = {
        model.family: (ref.images, ref.videos, ref.audios, ref.total, ref.audio_alone)
        for model in catalogue()
        if (ref := model.references) and model.generation != "3d"
    }
    assert counts == {
        "seedance-2-5": (30, 10, 10, 50, True),
        "seedance-2-5-premium": (30, 10, 10, 50, True),
        "seedance-2-5-flash": (30, 10, 10, 50, True),
        "seedance-2-0": (9, 3, 3, 15, False),
        "seedance-2-0-fast": (9, 3, 3, 15, False),
        "seedance-2-0-mini": (9, 3, 3, 15, False),
        "seedance-1-0-lite-i2v": (4, 0, 0, 4, False),
    }


def test_the_counts_of_2_5_are_documented_but_not_checked() -> None:
    unchecked = {model.family for model in catalogue() if model.references and not model.references.counts_checked}
    assert unchecked == {model.family for model in catalogue() if model.generation == "2.5"}


def test_every_model_with_reference_mode_says_how_many() -> None:
    for model in catalogue():
        assert ("r2v" in model.modes or "3d" in model.modes) == (model.references is not None)


def test_drafts_are_for_2_5_and_1_5_pro_and_not_for_flash() -> None:
    drafts = {model.family: model.draft for model in catalogue() if model.draft}
    assert set(drafts) == {"seedance-2-5", "seedance-2-5-premium", "seedance-1-5-pro"}
    assert drafts["seedance-2-5"].final_resolutions == ("1080p", "4k")
    assert drafts["seedance-2-5"].final_resolution == "1080p"
    assert drafts["seedance-2-5-premium"].final_resolutions == ("4k",)
    assert not drafts["seedance-1-5-pro"].last_frame


def test_web_search_is_for_2_x_on_volcengine() -> None:
    searching = {(model.family, each.site.name) for model in catalogue() for each in model.listings if each.tools}
    of_2_x = [model for model in catalogue() if model.generation in ("2.0", "2.5")]
    sold = {(model.family, each.site.name) for model in of_2_x for each in model.listings}
    assert searching == {(family, site) for family, site in sold if site == "volc"}


@pytest.mark.parametrize(("family", "resolution", "enterprise", "individual"), RATES)
def test_an_account_may_do_what_the_model_list_says(
    family: str, resolution: str, enterprise: tuple[int, int], individual: tuple[int, int]
) -> None:
    model = of_family(family)
    accounts: list[tuple[Account, tuple[int, int]]] = [("enterprise", enterprise), ("individual", individual)]
    for account, expected in accounts:
        limit = model.limit(account, resolution)
        assert (limit.creates_per_minute, limit.concurrent) == expected


@pytest.mark.parametrize("model", catalogue(), ids=lambda model: model.family)
def test_every_model_has_limits_and_a_latency_for_all_it_makes(model: Model) -> None:
    for resolution in model.resolutions or (None,):
        assert model.limit("enterprise", resolution).concurrent >= model.limit("individual", resolution).concurrent
        for seconds in (2, 5, 12, 30):
            least, most = model.latency(resolution, seconds)
            assert 0 < least < most
    with pytest.raises(KeyError):
        of_family("seedance-2-0").latency("360p", 5)
    with pytest.raises(KeyError):
        of_family("seedance-2-0").limit("enterprise", "360p")


def test_latency_agrees_with_the_recorded_runs() -> None:
    assert of_family("seedance-2-0").latency("720p", 5) == (90, 140)
    assert of_family("seedance-1-0-pro").latency("480p", 5) == (25, 40)
    least, most = of_family("seedance-2-5").latency("720p", 30)
    assert least < 330 < most


def instant(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def test_1_5_pro_is_stopped_on_byteplus_and_going_offline_on_volcengine() -> None:
    model = of_family("seedance-1-5-pro")
    listing = model.listing("seedance-1-5-pro-251215")
    assert listing.stage(instant("2026-09-14T23:59:59+08:00")) == "active"
    assert listing.stage(instant("2026-09-15T00:00:00+08:00")) == "retiring"
    assert listing.stage(instant("2026-11-11T16:59:59+08:00")) == "retiring"
    assert listing.stage(instant("2026-11-11T17:00:00+08:00")) == "retired"
    assert listing.replacement == "dreamina-seedance-2-0-mini-260615"
    other = model.listing("doubao-seedance-1-5-pro-251215")
    assert other.stage(instant("2026-09-01T23:59:59+08:00")) == "active"
    assert other.stage(instant("2027-01-01T00:00:00+08:00")) == "retiring"


def test_1_0_lite_is_retired_on_both_sites() -> None:
    for family in ("seedance-1-0-lite-t2v", "seedance-1-0-lite-i2v"):
        stages = [each.stage(instant("2026-05-14T00:00:00+08:00")) for each in of_family(family).listings]
        assert stages == ["retired", "retired"]


def test_1_0_lite_on_byteplus_takes_no_new_endpoints_before_its_stop_and_names_its_replacement() -> None:
    for family in ("seedance-1-0-lite-t2v", "seedance-1-0-lite-i2v"):
        listing = of_family(family).listing(f"{family}-250428")
        assert listing.stage(instant("2026-03-22T23:59:59+08:00")) == "active"
        assert listing.stage(instant("2026-03-23T00:00:00+08:00")) == "retiring"
        assert listing.replacement == "seedance-1-0-pro-fast-251015"


def test_the_premium_model_of_2_5_stopped_when_2_5_got_4k_and_is_found_by_its_name() -> None:
    listing = names()["dreamina-seedance-2-5-premium-260915"].listing("dreamina-seedance-2-5-premium-260915")
    assert listing.stage(instant("2026-11-12T23:59:59+08:00")) == "active"
    assert listing.stage(instant("2026-11-13T00:00:00+08:00")) == "retired"
    assert listing.replacement == "dreamina-seedance-2-5-260628"


def test_every_replacement_is_the_id_of_a_model_on_the_same_site() -> None:
    replaced = [each for model in catalogue() for each in model.listings if each.replacement is not None]
    assert len(replaced) >= 4
    for each in replaced:
        assert names()[str(each.replacement)].listing(str(each.replacement)).site == each.site


def test_clips_of_2_x_and_1_x_lie_in_different_buckets_of_their_site() -> None:
    found = {name: model.bucket_of(name) for name, model in names().items()}
    assert found["dreamina-seedance-2-5-260628"] == "ark-acg-ap-southeast-1"
    assert found["doubao-seedance-2-0-260128"] == "ark-acg-cn-beijing"
    assert found["doubao-seedance-1-0-pro"] == "ark-content-generation-cn-beijing"
    assert found["seedance-1-5-pro-251215"] == "ark-content-generation-ap-southeast-1"


def test_priority_is_used_by_2_x_refused_by_1_5_and_ignored_by_1_0() -> None:
    found = {
        (model.generation, model.priority, model.short_expiry) for model in catalogue() if model.generation != "3d"
    }
    assert found == {
        ("2.5", "used", True),
        ("2.0", "used", True),
        ("1.5", "refused", False),
        ("1.0", "ignored", False),
    }
