"""The attributes and limits of a model. Values only; `catalogue` fills them from the tables.

A model is one family under the names of both sites (Volcengine and BytePlus).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

SiteName: TypeAlias = Literal["volc", "byteplus", "kling"]
Account: TypeAlias = Literal["enterprise", "individual"]
LimitsWord: TypeAlias = Literal["off", "individual", "enterprise"]
"""The words that choose the limits of a world."""
Stage: TypeAlias = Literal["active", "retiring", "retired"]
SUBDIVISION_LEVELS: Final = ("high", "medium", "low")
"""The levels of detail of the surface of a 3D file."""


def without_date(name: str) -> str:
    """Return a model's name without the six digits of its date, as error texts print it."""
    stem, _, date = name.rpartition("-")
    return stem if date.isdecimal() and len(date) == 6 else name


@dataclass(frozen=True, slots=True)
class Site:
    """A site that sells the models: its region, the base URL of its API, its currency."""

    name: SiteName
    region: str
    base_url: str
    currency: Literal["CNY", "USD"]


@dataclass(frozen=True, slots=True)
class ModelListing:
    """A model as one site lists it.

    `id` is the dated id that responses show, `aliases` are names without date. The two instants are unix seconds: from
    the first no new endpoints are made, from the second the service is stopped.
    """

    site: Site
    id: str
    aliases: tuple[str, ...]
    tools: tuple[str, ...]
    retiring_from: int | None
    retired_from: int | None
    replacement: str | None

    @property
    def undated(self) -> str:
        """The id without its date if it has one, as error texts and object paths use it."""
        return without_date(self.id)

    def stage(self, now: float) -> Stage:
        """Return the model's stage on this site at an instant in unix seconds."""
        if self.retired_from is not None and now >= self.retired_from:
            return "retired"
        if self.retiring_from is not None and now >= self.retiring_from:
            return "retiring"
        return "active"


@dataclass(frozen=True, slots=True)
class DurationRange:
    """The whole seconds a clip may last, both ends included; `by_model` is True when -1 lets the model choose."""

    least: int
    most: int
    default: int
    by_model: bool

    def accepts(self, seconds: int) -> bool:
        """Return True for a duration that may be requested, -1 included where the model chooses."""
        return self.least <= seconds <= self.most or (seconds == -1 and self.by_model)


@dataclass(frozen=True, slots=True)
class FrameRange:
    """The frame counts that may be requested: 25 + 4n between the two ends, both included."""

    least: int
    most: int

    def accepts(self, frames: int) -> bool:
        """Return True for a frame count that may be requested."""
        return self.least <= frames <= self.most and (frames - 25) % 4 == 0


@dataclass(frozen=True, slots=True)
class ModeRules:
    """What a model accepts in one mode: t2v, i2v, flf2v, r2v, or 3d.

    `ratios` are all that are accepted, `adaptive` among them where it is. `follows_frame` means that the clip has the
    shape of the first frame and no ratio may be named.
    """

    mode: str
    ratios: tuple[str, ...]
    ratio: str | None
    resolutions: tuple[str, ...]
    follows_frame: bool
    camera_fixed: bool


@dataclass(frozen=True, slots=True)
class ReferenceLimits:
    """How much reference media a request may contain: counts, and durations in seconds.

    `counts_checked` is False where the live service accepted more than the documented counts. `clip_seconds` and
    `sum_seconds` are the documented bounds for one clip and for all of a kind; the `checked_` ones are what the live
    service enforces and prints, kept as text for that reason.
    """

    images: int
    videos: int
    audios: int
    total: int
    counts_checked: bool
    clip_seconds: tuple[int, int] | None
    checked_clip_seconds: tuple[str, str] | None
    sum_seconds: int | None
    checked_sum_seconds: str | None
    audio_alone: bool


@dataclass(frozen=True, slots=True)
class DraftRules:
    """How a model makes drafts, and finals from them.

    `inherits` are the fields a final takes from its draft; `repeat` says how one that is sent again is handled. The
    factors scale the token count of the draft, as exact decimal text.
    """

    resolution: str
    final_resolutions: tuple[str, ...]
    final_resolution: str
    last_frame: bool
    flex: bool
    silent_factor: str
    audio_factor: str
    usable_days: int
    inherits: tuple[str, ...]
    repeat: Literal["refused", "ignored"]


@dataclass(frozen=True, slots=True)
class Solid:
    """The attributes that only a 3D model has.

    `text_alone` is True where a prompt without an image suffices. `format_numbers` are the formats that the flag `--ff`
    names by 1, 2, ...; empty where it names them by word. `gateway` is the first segment of the path of its results,
    None where that begins with the model's name; `link_life` is in seconds. `most_seed` is None where the general bound
    applies.
    """

    text_alone: bool
    format_numbers: tuple[str, ...]
    gateway: str | None
    link_life: int
    most_seed: int | None


@dataclass(frozen=True, slots=True)
class AccountLimit:
    """The limits of one kind of account at some resolutions: creates per minute, tasks at once, flex tokens a day."""

    account: Account
    resolutions: tuple[str, ...]
    creates_per_minute: int
    concurrent: int
    flex_tokens_per_day: int | None


@dataclass(frozen=True, slots=True)
class RunningTime:
    """How long a task runs at some resolutions: seconds for a clip of 5 s, and for each further second of output."""

    resolutions: tuple[str, ...]
    least: float
    most: float
    per_extra_second: float


@dataclass(frozen=True, slots=True)
class Model:
    """One model family with everything that does not depend on a request.

    A 3D model has no resolutions, seconds or sizes, but subdivision levels, the default first; `formats` too has the
    default first. `priority` says how that parameter is treated; `short_expiry` is True where an
    `execution_expires_after` under 3600 is accepted. `last_frame` is the format of the last frame. `echoes` are the
    parameters that every task object of the model shows, and that only some models have. `listings` begins with
    Volcengine's.
    """

    family: str
    title: str
    generation: str
    modes: Mapping[str, ModeRules]
    resolutions: tuple[str, ...]
    resolution: str | None
    seconds: DurationRange | None
    frames: FrameRange | None
    audio: bool
    flex: bool
    priority: Literal["used", "ignored", "refused"]
    short_expiry: bool
    formats: tuple[str, ...]
    subdivision_levels: tuple[str, ...]
    task_types: tuple[str, ...]
    extra_ratios: tuple[str, ...]
    sizes: str | None
    bucket: str
    references: ReferenceLimits | None
    draft: DraftRules | None
    solid: Solid | None
    last_frame: Literal["png", "jpeg"]
    echoes: tuple[str, ...]
    limits: tuple[AccountLimit, ...]
    latencies: tuple[RunningTime, ...]
    listings: tuple[ModelListing, ...]

    def listing(self, asked: str) -> ModelListing:
        """Return the listing a name belongs to; the first one for a name that is in none, such as an endpoint id."""
        found = (each for each in self.listings if asked == each.id or asked in each.aliases)
        return next(found, self.listings[0])

    def id_shown(self, asked: str) -> str:
        """Return the dated id that a response shows for the requested name, of the same site."""
        return self.listing(asked).id

    def name_in_errors(self, asked: str) -> str:
        """Return the name without date, as the service prints it in error texts and uses it in object paths."""
        return self.listing(asked).undated

    def folder(self, asked: str, task_id: str) -> str:
        """Return the folder of a task's results, as part of a path without slashes at its ends."""
        undated = self.name_in_errors(asked)
        return f"{self.solid.gateway}/{undated}/{task_id}" if self.solid and self.solid.gateway else undated

    def bucket_of(self, asked: str) -> str:
        """Return the storage bucket that holds the model's results, on the site of the requested name."""
        return f"{self.bucket}-{self.listing(asked).site.region}"

    def limit(self, account: Account, resolution: str | None) -> AccountLimit:
        """Return an account's limit at a resolution (None for 3D). KeyError for a resolution the model lacks."""
        for each in self.limits:
            if each.account == account and (resolution in each.resolutions or not each.resolutions):
                return each
        raise KeyError(f"{self.family} has no {account} limit at {resolution}")

    def latency(self, resolution: str | None, seconds: float) -> tuple[float, float]:
        """Return the least and most seconds of running for a clip of some seconds. KeyError as for `limit`.

        Clips under 5 s take as much less as longer ones take more, but at least half of what 5 s take.
        """
        for each in self.latencies:
            if resolution in each.resolutions or not each.resolutions:
                more = each.per_extra_second * (seconds - 5)
                return max(each.least + more, each.least / 2), max(each.most + more, each.most / 2)
        raise KeyError(f"{self.family} has no latency at {resolution}")
