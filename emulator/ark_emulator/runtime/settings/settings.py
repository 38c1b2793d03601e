"""How one server runs: what the command line, the environment or a test chose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ark_emulator.core.facts.account_limits import Limits
from ark_emulator.core.facts.disputed_numbers import USUAL, Numbers
from ark_emulator.core.request.rules import Strictness
from ark_emulator.core.scenario.scenario_model import DEFAULT as ORDINARY
from ark_emulator.core.scenario.scenario_model import Scenario
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.runtime.media.references import MediaCheck

PORT: Final = 7333
HOST: Final = "localhost"
"""127.0.0.1 and ::1, on the same port: a client that looks for `localhost` may try either first."""
MediaUrls = Literal["http", "data"]
MAX_BODY: Final = 64 * 1024 * 1024
"""The largest request body Ark takes (documented)."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The choices of a server.

    None for seed, clock mode, speed, start and limits leaves them to the scenario, which may leave them to the
    defaults. `keys` empty means that any non-empty key may call. `start` is the unix second at which clocks begin.
    `isolate` gives every key a world of its own. `endpoints` maps `ep-...` ids to models. `strict_lifecycle` refuses
    models that are retired at the clock's time. `control_token` is asked for by every control route but health.
    `reject_foreign_origins` refuses what pages of other origins send, to the emulated routes too.
    `callback_rewrite` replaces the beginning of callback URLs, the first that fits. `gateway` answers where the gateway
    is chosen automatically, None to choose by host and model. `traits` overrides gateways' traits, by gateway and name.
    `callback_secret` signs callbacks. `media_urls` says whether results come as links or as data URLs,
    `download_limit` how often each may be downloaded, `clip_bytes` how large clips are at least.
    `prefixes` are paths under which the emulated routes answer as well.
    `store` is where worlds are kept: `memory:`, `sqlite:PATH` or the URL of a Redis. `workers` is the number of
    processes; those of one server share its store.
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
    numbers: Numbers = USUAL
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
        """Return whether the control API asks for a token."""
        return bool(self.control_token)
