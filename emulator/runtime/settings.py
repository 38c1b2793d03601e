"""How one server runs: what the command line, the environment or a test chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from emulator.core.clock import ClockMode
from emulator.core.limits import NO_LIMITS, Limits

PORT: Final = 7333
HOST: Final = "127.0.0.1"
MAX_BODY: Final = 64 * 1024 * 1024
"""The largest request body Ark takes (documented)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a server.

    `keys` empty means that any non-empty key may call. `start` is the unix second at which the default world's
    clock begins, None for the real time of start. `isolate` gives every key a world of its own. `endpoints` maps
    `ep-...` ids to models. `strict_lifecycle` refuses models that are retired at the clock's time. `media_check` is
    off, headers or fetch. `callback_rewrite` replaces the beginning of callback URLs, the first that fits.
    """

    host: str = HOST
    port: int = PORT
    seed: int = 0
    mode: ClockMode = ClockMode.LIVE
    speed: float = 1.0
    start: float | None = None
    keys: frozenset[str] = frozenset()
    public_url: str | None = None
    log: str = "text"
    isolate: bool = False
    limits: Limits = NO_LIMITS
    endpoints: Mapping[str, str] = field(default_factory=dict)
    strict_lifecycle: bool = False
    validation: str = "strict"
    media_check: str = "headers"
    callback_rewrite: tuple[tuple[str, str], ...] = ()
    lenient_head: bool = False
    ascii_headers: bool = False
