"""`ark-emulator serve`: its flags, its banner, and the start of the server."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final, get_args

from ark_emulator import __version__
from ark_emulator.cli.common.flags import EXIT_USAGE, add_flag, bounded, not_blank, one_of, secret, within
from ark_emulator.cli.serve import gateway_flags, ready, reload, store_flags

if TYPE_CHECKING:
    from ark_emulator.core.facts.account_limits import Limits
    from ark_emulator.core.facts.models import LimitsWord
    from ark_emulator.runtime.settings.settings import Settings
    from ark_emulator.runtime.world.world import World
    from ark_emulator.server import Running

_VALIDATION: Final = "strict rejects as Ark does, warn only adds a note, off; oversized values are always rejected"


def add_serve_flags(parser: argparse.ArgumentParser, environment: Mapping[str, str]) -> None:
    """Add the flags of `serve`. Each also reads ARK_EMULATOR_<FLAG>; the flag wins."""

    def add(flag: str, kind: Any, default: Any, text: str, **more: Any) -> None:
        add_flag(parser, environment, flag, kind, default, text, **more)

    _add_address_flags(add)
    add("--speed", _speed, None, "virtual seconds per real second (1)", metavar="X")
    add(
        "--clock",
        _clock_mode,
        None,
        "live, frozen, or polls: each poll moves the clock to the task's next step",
        metavar="MODE",
    )
    add("--seed", _seed, None, "seed of all random choices (0)", metavar="N")
    add("--start", _moment, None, "unix second at which the clock starts (now)", metavar="UNIX")
    add("--key", secret, [], "accepted API key; repeatable (any)", action="append", metavar="K")
    add("--public-url", _address, None, "base URL of result links (that of the request)", metavar="URL")
    add(
        "--endpoint",
        _endpoint,
        [],
        "map an endpoint id to a model; repeatable",
        action="append",
        metavar="ep-ID=MODEL",
    )
    add("--isolate", bool, False, "give every API key its own world", action="store_true")
    add("--limits", _limits, None, "account limits: off, individual or enterprise", metavar="ACCOUNT")
    add("--validation", _validation, "strict", _VALIDATION, metavar="HOW")
    add("--media-check", _media_check, "headers", "check references: off, headers (data URIs) or fetch", metavar="HOW")
    add("--strict-lifecycle", bool, False, "reject retired models", action="store_true")
    add(
        "--number",
        _number,
        [],
        "use the value of another source, e.g. least_expiry=3600; repeatable",
        action="append",
        metavar="NAME=N",
    )
    gateway_flags.add_flags(add)
    _add_delivery_flags(add)
    reload.add_flags(add)
    store_flags.add_flags(add)
    add("--control-token", secret, None, "require this token for the control API", metavar="T")
    add("--reject-foreign-origins", bool, False, "reject requests from web pages of other origins", action="store_true")
    ready.add_flags(add)
    add("--log", _log_form, "text", "log format: text, json or off (text)", metavar="FORM")


def _add_address_flags(add: Callable[..., None]) -> None:
    """Add the flags for the address to bind."""
    add(
        "--host",
        not_blank,
        "localhost",
        "address to bind; 0.0.0.0 accepts other machines, use with --control-token (localhost: 127.0.0.1 and ::1)",
        metavar="H",
    )
    add("--port", _port, 7333, "port to bind; 0 selects a free one (7333)", metavar="N")


def _add_delivery_flags(add: Callable[..., None]) -> None:
    """Add the flags for results and callbacks."""
    add("--tos-lenient-head", bool, False, "allow HEAD on links that are signed for GET", action="store_true")
    add(
        "--tos-lenient-auth",
        bool,
        False,
        "allow an Authorization header on downloads of signed links",
        action="store_true",
    )
    add("--ascii-headers", bool, False, "send only ASCII in storage headers", action="store_true")
    add(
        "--callback-rewrite",
        _rewriting,
        [],
        "replace the beginning of callback URLs; repeatable",
        action="append",
        metavar="FROM=TO",
    )
    add("--callback-secret", not_blank, None, "sign callbacks with this secret, in X-Emulator-Signature", metavar="S")
    add("--media-urls", _media_urls, "http", "results as links (http) or data: URLs (data)", metavar="HOW")
    add("--download-limit", _count, None, "maximum downloads of each result (unlimited)", metavar="N")
    add("--clip-bytes", _clip_bytes, 0, "pad clips to this size in bytes, as real ones are larger (0)", metavar="N")


def serve(chosen: argparse.Namespace) -> int:
    """Serve until stopped; return the exit code."""
    from ark_emulator.cli.common.log_handler import logging_to_stderr

    with logging_to_stderr():
        return _serve(chosen)


def _serve(chosen: argparse.Namespace) -> int:
    from ark_emulator.server import CannotBind, exit_code, run
    from ark_emulator.stores.store import StoreUnavailable, UnusableStore

    settings = settings_of(chosen)
    store_flags.warn_of_readers(settings.store)
    if (problem := ready.unwritable(chosen.ready_file)) is not None:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_USAGE
    watch = reload.Watch(chosen.scenario) if chosen.watch else None
    announce = partial(_announce, settings=settings, ready_file=chosen.ready_file, browse=chosen.open)
    try:
        if settings.workers > 1:
            return store_flags.serve(settings, partial(_serving, watch=watch), lambda url: announce(url, None))
        run(settings, partial(_alone, watch=watch, announce=announce))
    except ready.CannotTell as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return EXIT_USAGE
    except (CannotBind, StoreUnavailable, UnusableStore) as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        return exit_code(problem)
    return 0


def _alone(running: "Running", watch: reload.Watch | None, announce: Callable[..., None]) -> None:
    announce(running.url, running.engine.worlds.default)
    _serving(running, 0, watch)


def _serving(running: "Running", place: int, watch: reload.Watch | None) -> None:
    """Start watching the scenario files in the first process: one watcher is enough."""
    if watch is not None and place == 0:
        watch.start(running)


def settings_of(chosen: argparse.Namespace) -> "Settings":
    """Return the settings for the flags of `serve`. Print an error and raise SystemExit if they are invalid."""
    from ark_emulator.runtime.settings.settings_validation import SettingsError, validate_settings

    settings = _settings(chosen)
    try:
        validate_settings(settings)
    except SettingsError as problem:
        print(f"ark-emulator: {problem}", file=sys.stderr)
        raise SystemExit(EXIT_USAGE) from None
    return settings


def _settings(chosen: argparse.Namespace) -> "Settings":
    from ark_emulator.core.facts.disputed_numbers import DisputedNumbers
    from ark_emulator.core.request.rules import Strictness
    from ark_emulator.core.time.clock import ClockMode
    from ark_emulator.runtime.settings.settings import Settings

    return Settings(
        host=chosen.host,
        port=chosen.port,
        seed=chosen.seed,
        mode=None if chosen.clock is None else ClockMode(chosen.clock),
        speed=chosen.speed,
        start=chosen.start,
        keys=frozenset(chosen.key),
        public_url=chosen.public_url.rstrip("/") if chosen.public_url else None,
        log=chosen.log,
        endpoints=dict(pair.split("=", 1) for pair in chosen.endpoint),
        isolate=chosen.isolate,
        limits=_limits_of(chosen.limits),
        validation=Strictness(chosen.validation),
        media_check=chosen.media_check,
        strict_lifecycle=chosen.strict_lifecycle,
        reject_foreign_origins=chosen.reject_foreign_origins,
        numbers=DisputedNumbers(**dict(chosen.number)),
        gateway=chosen.gateway,
        traits=gateway_flags.traits_of(chosen.trait),
        prefixes=tuple(chosen.prefix),
        scenario=reload.scenario_or_exit(chosen.scenario),
        lenient_head=chosen.tos_lenient_head,
        lenient_auth=chosen.tos_lenient_auth,
        ascii_headers=chosen.ascii_headers,
        control_token=chosen.control_token,
        callback_rewrite=tuple(_halves(pair) for pair in chosen.callback_rewrite),
        callback_secret=chosen.callback_secret,
        media_urls=chosen.media_urls,
        download_limit=chosen.download_limit,
        clip_bytes=chosen.clip_bytes,
        store=chosen.store,
        workers=chosen.workers,
    )


def _number(text: str) -> tuple[str, int]:
    from ark_emulator.core.facts.disputed_numbers import NAMES

    name, _, value = text.partition("=")
    return one_of(name, NAMES), int(within(value, int, 0, 2**63, "a whole number"))


def _limits_of(account: "LimitsWord | None") -> "Limits | None":
    from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits

    if account is None:
        return None
    return NO_LIMITS if account == "off" else Limits(account)


def _announce(
    url: str, world: "World | None", settings: "Settings", ready_file: str | None = None, *, browse: bool = False
) -> None:
    """Print the first line of stdout, which scripts read, and a banner for people on stderr.

    If the `world` is not in this process, request its state from the server.
    """
    if ready_file is not None:
        ready.tell_ready(ready_file, url)
    print(f"ARK_EMULATOR_URL={url}", flush=True)
    _warn_when_open(settings)
    if world is not None:
        clock, scenario = {"mode": world.clock.mode, "speed": world.clock.speed}, world.behaviour.scenario.name
    else:
        asked = store_flags.health(url, settings)
        clock, scenario = asked["clock"], asked["scenario"]
    told = {"version": __version__, "url": url, "mode": clock["mode"], "speed": clock["speed"], "scenario": scenario}
    shared = settings.workers > 1 and settings.store == "memory:"
    told |= {
        "dashboard": ready.dashboard(url),
        "kept": "tasks lost at exit" if shared else store_flags.kept(settings.store),
    }
    print(_BANNER.format(**told), file=sys.stderr)
    proxy = os.environ.get("HTTP_PROXY") or os.environ.get("http_proxy")
    if proxy and "127.0.0.1" not in (os.environ.get("NO_PROXY") or os.environ.get("no_proxy") or ""):
        print("  ! HTTP_PROXY is set: add NO_PROXY=127.0.0.1,localhost\n", file=sys.stderr)
    if browse:
        ready.open_dashboard(url)


def _warn_when_open(settings: "Settings") -> None:
    """Warn if other machines can control the emulator."""
    from ark_emulator.web.server.listening import is_local

    if not settings.guarded and not is_local(settings.host):
        print(
            f"  ! bound to {settings.host}: other machines can control the emulator; add --control-token T\n",
            file=sys.stderr,
        )


_BANNER = """\
ark-emulator {version} is ready (Ctrl-C stops it)
  Ark API   {url}/api/v3        clock {mode}, speed {speed:g}        {kept}
  Dashboard {dashboard}        scenario {scenario}
Try:
  curl -s {url}/api/v3/contents/generations/tasks -H 'Authorization: Bearer x' -H 'Content-Type: application/json' \\
       -d '{{"model":"dreamina-seedance-2-0-260128","content":[{{"type":"text","text":"a cat"}}]}}'
  from volcenginesdkarkruntime import Ark      # or byteplussdkarkruntime
  ark = Ark(base_url="{url}/api/v3", api_key="x")
"""


def _port(text: str) -> int:
    return int(bounded(text, "port"))


def _speed(text: str) -> float:
    return bounded(text, "speed")


def _seed(text: str) -> int:
    return int(bounded(text, "seed"))


def _moment(text: str) -> float:
    return bounded(text, "start")


def _address(text: str) -> str:
    from ark_emulator.runtime.settings.settings_validation import is_address

    if not is_address(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a URL that begins with http:// or https://")
    return text


def _choice(setting: str, text: str) -> str:
    from ark_emulator.runtime.settings.settings_validation import CHOICES

    return one_of(text, tuple(CHOICES[setting]))


def _clock_mode(text: str) -> str:
    from ark_emulator.core.time.clock import ClockMode

    return one_of(text, tuple(ClockMode))


def _limits(text: str) -> str:
    from ark_emulator.core.facts.models import LimitsWord

    return one_of(text, get_args(LimitsWord))


def _validation(text: str) -> str:
    from ark_emulator.core.request.rules import Strictness

    return one_of(text, tuple(Strictness))


def _media_check(text: str) -> str:
    return _choice("media_check", text)


def _media_urls(text: str) -> str:
    return _choice("media_urls", text)


def _count(text: str) -> int:
    return int(bounded(text, "download_limit"))


def _clip_bytes(text: str) -> int:
    return int(bounded(text, "clip_bytes"))


def _endpoint(text: str) -> str:
    from ark_emulator.runtime.settings.settings_validation import SettingsError, validate_model

    name, model = _halves(text)
    if not name or not model:
        raise argparse.ArgumentTypeError(f"{text!r} is not ep-ID=MODEL")
    try:
        validate_model(model)
    except SettingsError as problem:
        raise argparse.ArgumentTypeError(f"{text!r}: {problem}") from None
    return text


def _rewriting(text: str) -> str:
    if not all(_halves(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is not FROM=TO")
    return text


def _halves(pair: str) -> tuple[str, str]:
    left, _, right = pair.partition("=")
    return left, right


def _log_form(text: str) -> str:
    return _choice("log", text)
