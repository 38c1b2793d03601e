"""What the parsers of all commands share: suggestions, flags that also read the environment, and checked values."""

import argparse
import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

PREFIX: Final = "ARK_EMULATOR_"
_CHOICE: Final = re.compile(r"invalid choice: '([^']*)'")


class Parser(argparse.ArgumentParser):
    """A parser that suggests what may have been meant, and takes no abbreviations."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **{"allow_abbrev": False, **options})

    def error(self, message: str) -> NoReturn:
        for word in message.split() if message.startswith("unrecognized") else ():
            if word.startswith("--") and (close := difflib.get_close_matches(word.partition("=")[0], self._flags(), 1)):
                message += f". Did you mean {close[0]}?"
                break
        commands = [name for action in self._actions for name in _commands(action)]
        if (choice := _CHOICE.search(message)) and (close := difflib.get_close_matches(choice[1], commands, 1)):
            message += f". Did you mean {close[0]}?"
        super().error(message)

    def _flags(self) -> list[str]:
        """The flags of this parser and of its commands': argparse lets the outermost one complain of unknown flags."""
        parsers = [self, *(parser for action in self._actions for parser in _commands(action).values())]
        return [name for parser in parsers for action in parser._actions for name in action.option_strings]


def _commands(action: argparse.Action) -> dict[str, argparse.ArgumentParser]:
    return action.choices if isinstance(action.choices, dict) else {}


class _Collect(argparse.Action):
    """Gathers the values of a repeatable flag, in place of those that the environment gave."""

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
    """Give the parser a flag that also reads ARK_EMULATOR_<FLAG>; the flag wins. A list is separated by commas."""
    variable = PREFIX + flag.removeprefix("--").upper().replace("-", "_")
    value = environment.get(variable)
    described = {"help": f"{text} [{variable}]", **more}
    if more.get("action") == "store_true":
        parser.add_argument(flag, default=value is not None and value.lower() in _YES, **described)
    elif more.get("action") == "append":
        described["action"] = _Collect
        parser.add_argument(flag, type=kind, default=_listed(parser, variable, kind, value or ""), **described)
    else:
        parser.add_argument(flag, type=kind, default=default if value is None else value, **described)


_YES: Final = frozenset({"1", "true", "yes", "on"})


def _listed(parser: argparse.ArgumentParser, variable: str, kind: Any, value: str) -> list[Any]:
    try:
        return [kind(part) for part in value.split(",") if part]
    except argparse.ArgumentTypeError as problem:
        parser.error(f"{variable}: {problem}")


def within(text: str, kind: type[int] | type[float], low: float, high: float, wanted: str) -> float:
    """The number in `text`. Raises ArgumentTypeError, which says what is `wanted`, when it is none from low to high."""
    try:
        value = kind(text)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise argparse.ArgumentTypeError(f"{text!r} is not {wanted}")
    return value


def one_of(text: str, choices: Sequence[str]) -> str:
    """`text`, if it is one of the choices. Raises ArgumentTypeError with a suggestion otherwise."""
    if text in choices:
        return text
    close = difflib.get_close_matches(text, choices, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(choices)}{hint}")
