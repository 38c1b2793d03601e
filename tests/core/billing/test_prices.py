"""Tokens and prices: every number recorded on the live service, and the published price list."""

from decimal import Decimal
from fractions import Fraction

import pytest
from ark_emulator.core.billing.prices import Currency, count, frames_of, price, rate, rates, tokens
from ark_emulator.core.facts.catalogue import catalogue, find, of_family
from ark_emulator.core.facts.models import Model
from hypothesis import given
from hypothesis import strategies as st

BILLED = [
    (1280, 720, 4, 87300),
    (1280, 720, 5, 108900),
    (1280, 720, 8, 173700),
    (854, 480, 4, 38830),
    (854, 480, 12, 115690),
    (854, 480, 30, 288625),
    (864, 496, 4, 40594),
    (480, 854, 5, 48437),
    (480, 854, 6, 58045),
    (864, 480, 5, 49005),
    (1248, 704, 5, 103818),
    (1088, 1920, 5, 246840),
    (1920, 1080, 4, 196425),
    (1920, 1080, 5, 245025),
    (3840, 2160, 4, 785700),
]
MINIMUM_720P = [(4, 151200), (5, 194400), (6, 216000), (8, 302400), (10, 367200), (15, 540000), (30, 1080000)]
WITH_VIDEO = [(5, 10, 324900), (30, 30, 1296900)]

CLIP = st.tuples(st.integers(2, 4400), st.integers(2, 2900), st.integers(29, 721))


def model_of(name: str) -> Model:
    found = find(name)
    assert found is not None
    return found


@pytest.mark.parametrize(("width", "height", "seconds", "billed"), BILLED)
def test_a_clip_bills_the_recorded_tokens(width: int, height: int, seconds: int, billed: int) -> None:
    assert count(width, height, frames_of(seconds)) == billed


@pytest.mark.parametrize(("seconds", "input_seconds", "billed"), WITH_VIDEO)
def test_input_video_counts_like_output(seconds: int, input_seconds: int, billed: int) -> None:
    assert count(1280, 720, frames_of(seconds), input_seconds=input_seconds) == billed


def test_four_seconds_in_and_four_out_bill_like_eight() -> None:
    assert count(1280, 720, frames_of(4), input_seconds=4) == 173700


@pytest.mark.parametrize(("seconds", "billed"), MINIMUM_720P)
def test_a_short_input_video_bills_the_official_minimum(seconds: int, billed: int) -> None:
    assert count(1280, 720, frames_of(seconds), input_seconds=2) == max(billed, 900 * (24 * (seconds + 2) + 1))
    assert count(1280, 720, frames_of(seconds), input_seconds=0) == billed


def test_the_minimum_at_1080p_is_the_published_one() -> None:
    assert count(1920, 1080, frames_of(5), input_seconds=2) == 437400


def test_the_fruit_tea_request_bills_its_minimum() -> None:
    model = model_of("dreamina-seedance-2-0-260128")
    assert tokens(model, 1280, 720, frames_of(11), input_seconds=5, audio=True) == 410400


def test_a_frame_count_is_accepted_as_it_is() -> None:
    assert count(864, 480, 29) == 864 * 480 * 29 // 1024
    assert frames_of(5) == 121


def test_a_length_may_be_a_fraction_and_is_rounded_only_at_the_end() -> None:
    exact = count(1280, 720, frames_of(5), input_seconds=Fraction(241, 24))
    assert exact == 900 * (121 + 241)
    assert count(1280, 720, frames_of(5), input_seconds=Decimal("10.5")) == 900 * (121 + 252)
    assert count(1280, 720, frames_of(5), input_seconds=10.5) == 900 * (121 + 252)


def test_a_draft_of_1_5_pro_bills_its_share_of_the_tokens() -> None:
    model = of_family("seedance-1-5-pro")
    full = 864 * 496 * 121
    assert tokens(model, 864, 496, frames_of(5), draft=True, audio=False) == full * 7 // 10240
    assert tokens(model, 864, 496, frames_of(5), draft=True, audio=True) == full * 6 // 10240
    assert tokens(model, 864, 496, frames_of(5), audio=True) == full // 1024


def test_a_draft_of_2_5_bills_plain_480p() -> None:
    model = of_family("seedance-2-5")
    assert tokens(model, 854, 480, frames_of(5), draft=True, audio=True) == 48437


def test_sound_does_not_change_the_tokens() -> None:
    model = of_family("seedance-2-0")
    assert tokens(model, 1280, 720, 121, audio=True) == tokens(model, 1280, 720, 121, audio=False) == 108900


@pytest.mark.parametrize(
    ("family", "level", "cny"),
    [
        ("seed3d-2-0", "high", "2.40"),
        ("hyper3d-gen2", "medium", "1.80"),
        ("hitem3d-2-0", "1536-geometry", "5.80"),
        ("hitem3d-2-0", "1536pro-geometry", "8.70"),
        ("hitem3d-2-0", "1536", "10.15"),
        ("hitem3d-2-0", "1536pro", "13.05"),
    ],
)
def test_a_3d_file_costs_the_published_price_of_a_run(family: str, level: str, cny: str) -> None:
    model = of_family(family)
    assert price(model, tokens(model, 0, 0, 0, level=level), level, currency="CNY") == Decimal(cny)


@pytest.mark.parametrize("family", ["seed3d-1-0", "seed3d-2-0", "hyper3d-gen2"])
def test_every_3d_file_bills_the_same(family: str) -> None:
    assert tokens(of_family(family), 0, 0, 0) == 30000


@given(CLIP, st.integers(0, 30))
def test_input_video_never_makes_a_clip_cheaper_in_tokens(clip: tuple[int, int, int], seconds: int) -> None:
    assert count(*clip, input_seconds=seconds) >= count(*clip)


@given(CLIP, st.fractions(0, 30, max_denominator=1000), st.fractions(0, 30, max_denominator=1000))
def test_more_input_never_bills_less(clip: tuple[int, int, int], one: Fraction, other: Fraction) -> None:
    less, more = sorted((one, other))
    assert count(*clip, input_seconds=less) <= count(*clip, input_seconds=more)


@given(CLIP)
def test_the_count_is_the_pixels_of_all_frames_rounded_down_once(clip: tuple[int, int, int]) -> None:
    width, height, frames = clip
    assert count(*clip) == Fraction(width * height * frames, 1024).__floor__()


PRICES = [
    # family, resolution, CNY without and with video input, USD without and with
    ("seedance-2-5", "480p", "70", "42", "10.70", "6.40"),
    ("seedance-2-5", "720p", "70", "42", "10.70", "6.40"),
    ("seedance-2-5", "1080p", "77", "46", "11.70", "7.00"),
    ("seedance-2-0", "480p", "46", "28", "7.00", "4.30"),
    ("seedance-2-0", "720p", "46", "28", "7.00", "4.30"),
    ("seedance-2-0", "1080p", "51", "31", "7.70", "4.70"),
    ("seedance-2-0", "4k", "26", "16", "4.00", "2.40"),
    ("seedance-2-0-fast", "480p", "37", "22", "5.60", "3.30"),
    ("seedance-2-0-fast", "720p", "37", "22", "5.60", "3.30"),
    ("seedance-2-0-mini", "480p", "23", "14", "3.50", "2.10"),
    ("seedance-2-0-mini", "720p", "23", "14", "3.50", "2.10"),
]
ONE_PRICE = [
    ("seedance-1-0-pro", "15", "2.50"),
    ("seedance-1-0-pro-fast", "4.2", "1.00"),
    ("seedance-1-0-lite-t2v", "10", "1.80"),
    ("seedance-1-0-lite-i2v", "10", "1.80"),
]


@pytest.mark.parametrize(("family", "resolution", "cny", "cny_video", "usd", "usd_video"), PRICES)
def test_a_million_tokens_of_2_x_cost_the_list_price(
    family: str, resolution: str, cny: str, cny_video: str, usd: str, usd_video: str
) -> None:
    model = of_family(family)

    def million(currency: Currency, video: bool) -> Decimal | None:
        return price(model, 10**6, resolution, with_video_input=video, audio=True, currency=currency)

    assert (million("CNY", False), million("CNY", True)) == (Decimal(cny), Decimal(cny_video))
    assert (million("USD", False), million("USD", True)) == (Decimal(usd), Decimal(usd_video))


@pytest.mark.parametrize(
    ("family", "resolution", "usd"), [("seedance-2-5", "4k", "4.70"), ("seedance-2-5-flash", "720p", "7.00")]
)
def test_an_inferred_price_is_in_dollars_and_without_video_input_only(family: str, resolution: str, usd: str) -> None:
    model = of_family(family)
    assert price(model, 10**6, resolution) == Decimal(usd)
    assert price(model, 10**6, resolution, currency="CNY") is None
    assert price(model, 10**6, resolution, with_video_input=True) is None
    assert rate(model, resolution, with_video_input=True).unpriced


@pytest.mark.parametrize(("family", "cny", "usd"), ONE_PRICE)
def test_a_million_tokens_of_1_0_cost_the_list_price_and_half_with_flex(family: str, cny: str, usd: str) -> None:
    model = of_family(family)
    for resolution in model.resolutions:
        assert price(model, 10**6, resolution, currency="CNY") == Decimal(cny)
        assert price(model, 10**6, resolution, currency="USD") == Decimal(usd)
        assert price(model, 10**6, resolution, flex=True, currency="USD") == Decimal(usd) / 2


def test_sound_doubles_the_price_of_1_5_pro() -> None:
    model = of_family("seedance-1-5-pro")
    assert price(model, 10**6, "720p", audio=True, currency="USD") == Decimal("2.40")
    assert price(model, 10**6, "720p", audio=False, currency="USD") == Decimal("1.20")
    assert price(model, 10**6, "720p", audio=True, flex=True, currency="USD") == Decimal("1.20")
    assert price(model, 10**6, "720p", audio=True, currency="CNY") == Decimal(16)
    assert price(model, 10**6, "720p", audio=False, currency="CNY") == Decimal(8)


def test_a_price_is_exact() -> None:
    assert price(of_family("seedance-2-0"), 108900, "720p") == Decimal("0.7623")
    assert price(of_family("seedance-1-0-pro-fast"), 1, "720p", currency="CNY") == Decimal("0.0000042")


def test_every_price_that_is_missing_has_a_reason() -> None:
    currencies: tuple[Currency, ...] = ("CNY", "USD")
    for model in catalogue():
        for resolution in model.resolutions or (None,):
            for video in (False, True):
                for audio in (False, True):
                    found = rate(model, resolution, with_video_input=video, audio=audio)
                    costs = [
                        price(model, 10**6, resolution, with_video_input=video, audio=audio, currency=currency)
                        for currency in currencies
                    ]
                    assert (None in costs) == bool(found.unpriced)
                    assert all(cost is None or cost > 0 for cost in costs)


def test_exactly_one_rate_fits_each_combination() -> None:
    for model in catalogue():
        for resolution in model.resolutions:
            for video in (False, True):
                for audio in (False, True):
                    fitting = [
                        each
                        for each in rates(model.family)
                        if resolution in each.resolutions
                        and each.video_input in (None, video)
                        and each.audio in (None, audio)
                    ]
                    assert len(fitting) == 1, (model.family, resolution, video, audio)


def test_flex_has_a_price_just_where_the_model_takes_it() -> None:
    for model in catalogue():
        assert all((each.flex_factor is not None) == model.flex for each in rates(model.family))
    with pytest.raises(ValueError, match="no flex"):
        price(of_family("seedance-2-0"), 1, "720p", flex=True)


def test_a_resolution_the_model_lacks_has_no_price() -> None:
    with pytest.raises(KeyError):
        price(of_family("seedance-2-0-fast"), 1, "1080p")
