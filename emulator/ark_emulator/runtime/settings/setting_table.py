"""One row per setting: its name, flag, accepted values, and help.

The flags and environment variables of `serve` and `exec`, the tables in `docs/cli.md`, the validation of numbers, words
and switches, and the arguments that `Emulator` accepts are generated from `SETTINGS`. A new setting needs a field in
`Settings` and a row here. If its values have a syntax of their own (`OWN`), it also needs a parser in
`cli.serve.setting_flags` and a check in `settings_validation`.

`ark-emulator --help` imports this module, so it imports nothing but `typing`.
"""

from typing import Final, Literal, NamedTuple

LATEST: Final = 9_999_999_999
"""The last second whose milliseconds have thirteen digits, which storage names require: in the year 2286."""


class NumberRange(NamedTuple):
    """The numbers from `least` to `most`, integers if `kind` is int; `description` describes them in a message."""

    kind: type[int] | type[float]
    least: float
    most: float
    description: str

    def holds(self, value: object) -> bool:
        """Return whether the value is a number of this kind within these bounds; booleans are not numbers."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        return (self.kind is float or isinstance(value, int)) and self.least <= value <= self.most


class Words(NamedTuple):
    """A fixed set of words."""

    words: tuple[str, ...]


Kind = Literal["switch", "text", "not blank", "secret", "own"]
SWITCH: Final[Kind] = "switch"
TEXT: Final[Kind] = "text"
NOT_BLANK: Final[Kind] = "not blank"
SECRET: Final[Kind] = "secret"
"""A key or token: not blank, and valid in a header."""
OWN: Final[Kind] = "own"
"""A syntax of its own."""


class Setting(NamedTuple):
    """A setting of a server.

    `name` is the field of `Settings`, or, if `serve_only`, the destination of a flag that has no field. `metavar`
    stands for the value in the help. `argument` is the name in `Emulator`, if it differs from the field.
    `not_embedded` is the reason why `Emulator` does not accept the setting.
    """

    name: str
    flag: str
    accepts: NumberRange | Words | Kind
    help: str
    metavar: str = ""
    repeatable: bool = False
    serve_only: bool = False
    argument: str = ""
    not_embedded: str = ""

    @property
    def destination(self) -> str:
        """Return the attribute of the parsed command line that holds the value of the flag."""
        return self.flag.removeprefix("--").replace("-", "_")


SETTINGS: Final = (
    Setting(
        "host",
        "--host",
        NOT_BLANK,
        "address to bind; 0.0.0.0 accepts other machines, use with --control-token (localhost: 127.0.0.1 and ::1)",
        "H",
    ),
    Setting(
        "port",
        "--port",
        NumberRange(int, 0, 65535, "a port from 0 to 65535"),
        "port to bind; 0 selects a free one (7333)",
        "N",
    ),
    Setting(
        "speed",
        "--speed",
        NumberRange(float, 1e-6, 1e6, "a number from 0.000001 to 1000000"),
        "virtual seconds per real second (1)",
        "X",
    ),
    Setting(
        "mode",
        "--clock",
        Words(("live", "frozen", "polls")),
        "live, frozen, or polls: each poll moves the clock to the task's next step",
        "MODE",
        argument="clock",
    ),
    Setting(
        "seed",
        "--seed",
        NumberRange(int, 0, 2**63 - 1, f"a whole number from 0 to {2**63 - 1}"),
        "seed of all random choices (0)",
        "N",
    ),
    Setting(
        "start",
        "--start",
        NumberRange(float, 0, LATEST, f"a unix second from 0 to {LATEST}"),
        "unix second at which the clock starts (now)",
        "UNIX",
    ),
    Setting("keys", "--key", SECRET, "accepted API key; repeatable (any)", "K", repeatable=True),
    Setting("public_url", "--public-url", OWN, "base URL of result links (that of the request)", "URL"),
    Setting(
        "endpoints", "--endpoint", OWN, "map an endpoint id to a model; repeatable", "ep-ID=MODEL", repeatable=True
    ),
    Setting("isolate", "--isolate", SWITCH, "give every API key its own world"),
    Setting(
        "limits",
        "--limits",
        Words(("off", "individual", "enterprise")),
        "account limits: off, individual or enterprise",
        "ACCOUNT",
    ),
    Setting(
        "validation",
        "--validation",
        Words(("strict", "warn", "off")),
        "strict rejects as Ark does, warn only adds a note, off; oversized values are always rejected",
        "HOW",
    ),
    Setting(
        "media_check",
        "--media-check",
        Words(("off", "headers", "fetch")),
        "check references: off, headers (data URIs) or fetch",
        "HOW",
    ),
    Setting("strict_lifecycle", "--strict-lifecycle", SWITCH, "reject retired models"),
    Setting(
        "numbers",
        "--number",
        OWN,
        "use the value of another source, e.g. least_expiry=3600; repeatable",
        "NAME=N",
        repeatable=True,
    ),
    Setting("gateway", "--gateway", OWN, "gateway that answers at /v1 (chosen by host and model)", "NAME"),
    Setting(
        "traits",
        "--trait",
        OWN,
        "set a trait of a gateway, e.g. newapi.profile=friendly; repeatable",
        "GATEWAY.TRAIT=VALUE",
        repeatable=True,
    ),
    Setting(
        "prefixes",
        "--prefix",
        OWN,
        "also serve the emulated routes under this path, e.g. /seedance; repeatable",
        "PATH",
        repeatable=True,
    ),
    Setting("lenient_head", "--tos-lenient-head", SWITCH, "allow HEAD on links that are signed for GET"),
    Setting(
        "lenient_auth",
        "--tos-lenient-auth",
        SWITCH,
        "allow an Authorization header on downloads of signed links",
    ),
    Setting("ascii_headers", "--ascii-headers", SWITCH, "send only ASCII in storage headers"),
    Setting(
        "callback_rewrite",
        "--callback-rewrite",
        OWN,
        "replace the beginning of callback URLs; repeatable",
        "FROM=TO",
        repeatable=True,
    ),
    Setting(
        "callback_secret",
        "--callback-secret",
        NOT_BLANK,
        "sign callbacks with this secret, in X-Emulator-Signature",
        "S",
    ),
    Setting(
        "media_urls",
        "--media-urls",
        Words(("http", "data")),
        "results as links (http) or data: URLs (data)",
        "HOW",
    ),
    Setting(
        "download_limit",
        "--download-limit",
        NumberRange(int, 1, 10**9, f"a whole number from 1 to {10**9}"),
        "maximum downloads of each result (unlimited)",
        "N",
    ),
    Setting(
        "clip_bytes",
        "--clip-bytes",
        NumberRange(int, 0, 256 * 1024 * 1024, "a number of bytes from 0 to 268435456"),
        "pad clips to this size in bytes, as real ones are larger (0)",
        "N",
    ),
    Setting(
        "scenario", "--scenario", TEXT, "built-in scenario or file; repeatable (none)", "NAME|FILE", repeatable=True
    ),
    Setting("watch", "--watch", SWITCH, "reload scenario files when they change", serve_only=True),
    Setting(
        "store",
        "--store",
        OWN,
        "where worlds are stored: memory:, sqlite:PATH or redis://HOST:PORT/DB (memory:)",
        "WHERE",
    ),
    Setting(
        "workers",
        "--workers",
        NumberRange(int, 1, 64, "a whole number from 1 to 64"),
        "number of processes; they share the store (1)",
        "N",
        not_embedded="it is one process; use ark-emulator serve --workers N",
    ),
    Setting("control_token", "--control-token", SECRET, "require this token for the control API", "T"),
    Setting(
        "reject_foreign_origins",
        "--reject-foreign-origins",
        SWITCH,
        "reject requests from web pages of other origins",
    ),
    Setting(
        "ready_file",
        "--ready-file",
        TEXT,
        "write the URL to this file when the server is ready",
        "PATH",
        serve_only=True,
    ),
    Setting("open", "--open", SWITCH, "open the dashboard in a browser when the server is ready", serve_only=True),
    Setting("log", "--log", Words(("text", "json", "off")), "log format: text, json or off (text)", "FORM"),
)
"""All settings of a server, in the order of the help."""
FIELDS: Final = {setting.name: setting for setting in SETTINGS if not setting.serve_only}
"""The settings that are fields of `Settings`, by name."""
NUMBER_RANGES: Final = {
    setting.name: setting.accepts for setting in SETTINGS if isinstance(setting.accepts, NumberRange)
}
"""The numbers that settings accept. Some also accept None, see `Settings`."""
