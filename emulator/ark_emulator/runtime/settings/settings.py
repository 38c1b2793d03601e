"""The settings of a server, from the command line, the environment or a test."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.facts.disputed_numbers import DEFAULT_NUMBERS, DisputedNumbers
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.scenario.scenario_model import DEFAULT as ORDINARY
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.media.references import MediaCheck

PORT: Final = 7333
HOST: Final = "localhost"
"""127.0.0.1 and ::1 on the same port, because clients resolve `localhost` to either."""
MediaUrls = Literal["http", "data"]
MAX_BODY: Final = 64 * 1024 * 1024
"""The largest request body that Ark accepts (documented)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a server.

    If seed, clock mode, speed, start or limits is None, the scenario decides, and after it the default. If `keys` is
    empty, any non-empty key is accepted. `start` is the unix second at which clocks start. `isolate` gives every key
    its own world. `endpoints` maps `ep-...` ids to models. `strict_lifecycle` rejects models that are retired at the
    time of the clock. All control routes except health require `control_token`. `reject_foreign_origins` rejects
    requests from pages of other origins, also to the emulated routes. `callback_rewrite` replaces the beginning of
    callback URLs; the first match applies. `gateway` answers where the gateway is selected automatically; None selects
    it by host and model. `traits` overrides traits, by gateway and name. `callback_secret` signs callbacks.
    `media_urls` returns results as links or data URLs, `download_limit` is the number of downloads of each, and
    `clip_bytes` is the minimum size of clips. The emulated routes are also served under the paths in `prefixes`.
    `store` is where worlds are stored: `memory:`, `sqlite:PATH` or the URL of a Redis. `workers` is the number of
    processes, which share the store.
    """

    host: str = HOST
    port: int = PORT
    seed: int | None = None
    mode: ClockMode | None = None
    speed: float | None = None
    start: float | None = None
    keys: frozenset[str] = frozenset()
    public_url: str | None = None
    log: str = "text"
    isolate: bool = False
    limits: Limits | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    strict_lifecycle: bool = False
    numbers: DisputedNumbers = DEFAULT_NUMBERS
    validation: Strictness = Strictness.STRICT
    media_check: MediaCheck = "headers"
    scenario: Scenario = ORDINARY
    control_token: str | None = None
    reject_foreign_origins: bool = False
    callback_rewrite: tuple[tuple[str, str], ...] = ()
    callback_secret: str | None = None
    gateway: str | None = None
    traits: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    lenient_head: bool = False
    lenient_auth: bool = False
    ascii_headers: bool = False
    media_urls: MediaUrls = "http"
    download_limit: int | None = None
    clip_bytes: int = 0
    store: str = "memory:"
    workers: int = 1
    prefixes: tuple[str, ...] = ()

    @property
    def guarded(self) -> bool:
        """Return whether the control API requires a token."""
        return bool(self.control_token)
