"""Shared parts of the parsers: suggestions, flags that also read the environment, and validated values."""

import argparse
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any, Final, NoReturn

from ark_emulator.runtime.settings.setting_table import NUMBER_RANGES

EXIT_USAGE: Final = 2
"""The exit code for an invalid command line, setting or file."""
PREFIX: Final = "ARK_EMULATOR_"
_PLAIN: Final[Mapping[str, Any]] = {"color": False} if sys.version_info >= (3, 14) else {}
"""Newer versions of argparse colour their help with sequences that `ark_emulator.cli.common.output` would escape."""
_CHOICE: Final = re.compile(r"argument \S+: invalid choice: '")


class Parser(argparse.ArgumentParser):
    """A parser with one-line errors and suggestions, without abbreviations of flags."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **_PLAIN, **options})

    def parse_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse the words. Print an error of the matching command and raise SystemExit for unknown words."""
        found, rest = self.parse_known_args(args, namespace)
        if rest:
            parser = self._chosen(found)
            parser.error(_unknown(rest, parser, self._commands()))
        return found

    def error(self, message: str) -> NoReturn:
        if _CHOICE.match(message):
            action = next(action for action in self._actions if _commands(action))
            word = message.partition("invalid choice: '")[2].partition("'")[0]
            hint = _suggestion(word, list(_commands(action))) or f"; available: {', '.join(_commands(action))}"
            message = f"there is no {str(action.metavar).lower()} {word!r}{hint}"
        self.exit(EXIT_USAGE, f"{self.prog}: {message.removeprefix('argument ')}\nTry: {self.prog} --help\n")

    def _chosen(self, found: argparse.Namespace) -> "Parser":
        """Return the parser of the chosen command and verb."""
        for action in self._actions:
            if inner := _commands(action):
                chosen = inner.get(getattr(found, action.dest, None) or "")
                if isinstance(chosen, Parser):
                    return chosen._chosen(found)
        return self

    def _commands(self) -> "dict[str, argparse.ArgumentParser]":
        return {name: parser for action in self._actions for name, parser in _commands(action).items()}


def _commands(action: argparse.Action) -> dict[str, argparse.ArgumentParser]:
    return action.choices if isinstance(action.choices, dict) else {}


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    return [name for action in parser._actions for name in action.option_strings]


def _unknown(words: Sequence[str], parser: Parser, commands: Mapping[str, argparse.ArgumentParser]) -> str:
    """Return the error for words that a parser does not accept."""
    flag = next((word.partition("=")[0] for word in words if word.startswith("-")), None)
    if parser.prog.endswith(" exec") and not words[0].startswith("-"):
        return f"put the program after --, as in: {parser.prog} -- {' '.join(words)}"
    if flag is None:
        return f"unexpected {' '.join(words)!r}"
    others = [name for name, each in commands.items() if flag in _flags(each)]
    if others:
        return f"{flag} is a flag of {', '.join(others)}, not of this command"
    return f"unknown flag {flag}{_suggestion(flag, _flags(parser))}"


def _suggestion(word: str, known: Sequence[str]) -> str:
    # Imported when it is needed: commands such as --help start without the core.
    from ark_emulator.core.suggestion import did_you_mean

    return did_you_mean(word, known, "{}")


class _Collect(argparse.Action):
    """Collect the values of a repeatable flag; they replace those of the environment."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        held = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [*([] if held is self.default else held), values])


def add_flag(
    parser: argparse.ArgumentParser,
    environment: Mapping[str, str],
    flag: str,
    kind: Any,
    default: Any,
    text: str,
    **more: Any,
) -> None:
    """Add a flag that also reads ARK_EMULATOR_<FLAG>; the flag wins. Lists in a variable are separated by commas.

    An empty variable counts as not set. An invalid one is an error only of commands that have the flag, and the error
    names the variable.
    """
    variable = PREFIX + flag.removeprefix("--").upper().replace("-", "_")
    value = environment.get(variable)
    described = {"help": f"{text} [{variable}]", "default": _EnvironmentDefault(value) if value else default, **more}
    listed = more.get("action") == "append"
    if listed:
        described["action"] = _Collect
    if more.get("action") == "store_true":
        parser.add_argument(flag, **described).type = _reader(_truth, variable)
    else:
        parser.add_argument(flag, type=_reader(kind, variable, listed=listed), **described)


class _EnvironmentDefault(str):
    """The raw value of an environment variable."""

    __slots__ = ()


def _reader(kind: Callable[[str], Any], variable: str, *, listed: bool = False) -> Callable[[str], Any]:
    """Return the converter for a flag and its variable; a `listed` variable has several values."""

    @wraps(kind, updated=())
    def read(text: str) -> Any:
        if not isinstance(text, _EnvironmentDefault):
            return kind(text)
        try:
            return _listed(kind, text) if listed else kind(str(text))
        except argparse.ArgumentTypeError as problem:
            raise argparse.ArgumentTypeError(f"{variable}: {problem}") from None
        except ValueError:
            raise argparse.ArgumentTypeError(f"{variable}: invalid {kind.__name__} value: {str(text)!r}") from None

    return read


def _listed(kind: Callable[[str], Any], text: str) -> list[Any]:
    """Return the values of a comma-separated list; a list without values is an error."""
    parts = [part for part in text.split(",") if part]
    if not parts:
        raise argparse.ArgumentTypeError(f"{text!r} has no values; leave the variable unset instead")
    return [kind(part) for part in parts]


_YES: Final = frozenset({"1", "true", "yes", "on"})
_NO: Final = frozenset({"0", "false", "no", "off"})


def _truth(text: str) -> bool:
    if text.lower() not in _YES | _NO:
        raise argparse.ArgumentTypeError(f"{text!r} is neither 1, true, yes, on nor 0, false, no, off")
    return text.lower() in _YES


_FORMS: Final[Mapping[type, re.Pattern[str]]] = {
    int: re.compile(r"[-+]?[0-9]+"),
    float: re.compile(r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?"),
}
"""The accepted forms of numbers: no underscores, blanks or non-ASCII digits, which Python would accept."""


def within(text: str, kind: type[int] | type[float], low: float, high: float, wanted: str) -> float:
    """Return the number in `text`. Raises ArgumentTypeError, with `wanted`, if it is not from low to high."""
    try:
        value = kind(text) if _FORMS[kind].fullmatch(text) else None
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value


def bounded(text: str, setting: str) -> float:
    """Return the number in `text`, within the bounds of a setting. Raises ArgumentTypeError."""
    span = NUMBER_RANGES[setting]
    return within(text, span.kind, span.least, span.most, span.description)


def secret(text: str) -> str:
    """Return a key or token unchanged. Raises ArgumentTypeError if it is blank or invalid in a header."""
    from ark_emulator.runtime.settings.settings_validation import validate_secret

    return _checked(text, validate_secret)


def not_blank(text: str) -> str:
    """Return the text. Raises ArgumentTypeError when it is empty or blank."""
    from ark_emulator.runtime.settings.settings_validation import validate_not_blank

    return _checked(text, validate_not_blank)


def _checked(text: str, refuse: Callable[[str, object], None]) -> str:
    try:
        refuse("the value", text)
    except ValueError as problem:
        raise argparse.ArgumentTypeError(str(problem)) from None
    return text


def one_of(text: str, choices: Sequence[str]) -> str:
    """Return `text` if it is one of the choices. Raises ArgumentTypeError with a suggestion otherwise."""
    if text in choices:
        return text
    raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(choices)}{_suggestion(text, choices)}")
