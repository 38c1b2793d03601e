"""Every error the emulator can tell, as one table, and the exception that names a row of it.

Code raises `Refusal("parameter.not_valid", parameter="duration", ...)`: the key names the cause, the slots what
the message and the parameter path mention. A dialect renders it once, at the edge. Texts, codes and statuses are
facts, kept in `emulator/ark_emulator/data/errors.json`; the causes that only a gateway or only Kling knows stand in
`gateways.json` and `kling.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from ark_emulator.data import load

Place: TypeAlias = Literal["create", "fetch", "list", "delete", "task"]
PLACES: Final[tuple[Place, ...]] = ("create", "fetch", "list", "delete", "task")
"""Who can meet an error: a request of one of four kinds, or a task that fails."""
MAX_ECHO_LENGTH: Final = 2_000
"""Characters of a value that an error repeats; it goes no further, however long the value was (inferred)."""


@dataclass(frozen=True, slots=True)
class RenderedError:
    """An error with every slot filled, before the request id is appended.

    `suffix` is what follows the message on the wire, with `{request_id}` still open.
    """

    code: str
    status: int
    type: str
    param: str
    message: str
    suffix: str

    def with_request_id(self, request_id: str) -> str:
        """The message as the service prints it, the request id at its end."""
        return self.message + self.suffix.replace("{request_id}", request_id)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row of the table. `code`, `param` and `message` are templates with named slots in braces.

    `status` is the HTTP status of a request that meets it; a failed task shows only code and message.
    """

    key: str
    code: str
    status: int
    type: str
    param: str
    message: str
    where: tuple[Place, ...]
    suffix: str
    source: str

    @property
    def slots(self) -> frozenset[str]:
        """The names of the slots that `code`, `param` and `message` leave open."""
        parts = (self.code, self.param, self.message)
        return frozenset(name.partition("}")[0] for part in parts for name in part.split("{")[1:])

    @property
    def in_task(self) -> bool:
        """True when a failed task can show it."""
        return "task" in self.where

    def render(self, slots: Mapping[str, object]) -> RenderedError:
        """The row with its slots filled. KeyError when one is missing; slots it does not name are ignored."""
        return RenderedError(
            code=self.code.format_map(slots),
            status=self.status,
            type=self.type,
            param=self.param.format_map(slots),
            message=self.message.format_map(slots),
            suffix=self.suffix,
        )


class Refusal(Exception):
    """A request is refused, or a task fails, for the cause that `key` names. Text in slots is cut at `LONGEST_ECHO`.

    Raises KeyError for an unknown key or a slot that the row needs and was not given: both are mistakes of ours.
    """

    def __init__(self, key: str, /, **slots: object) -> None:
        self.row: Final = row(key)
        self.slots: Final[Mapping[str, object]] = MappingProxyType(
            {name: value[:MAX_ECHO_LENGTH] if isinstance(value, str) else value for name, value in slots.items()}
        )
        if missing := self.row.slots - slots.keys():
            raise KeyError(f"{key} needs {', '.join(sorted(missing))}")
        super().__init__(self.row.message.format_map(self.slots))

    @property
    def key(self) -> str:
        """The key of the row."""
        return self.row.key

    def render(self) -> RenderedError:
        """The error with its slots filled."""
        return self.row.render(self.slots)


def row(key: str) -> ErrorRow:
    """The row with this key. KeyError when there is none."""
    return _table()[key]


def rows() -> tuple[ErrorRow, ...]:
    """All rows, in the order of the table."""
    return tuple(_table().values())


@cache
def codes() -> tuple[str, ...]:
    """Every public code without a slot in it, sorted, each once: what a scenario may name."""
    return tuple(sorted({each.code for each in rows() if "{" not in each.code}))


def by_code(code: str, place: Place | None = None) -> ErrorRow | None:
    """The row a public code stands for: the first with that code, or the first that can be met at `place`."""
    return next((each for each in rows() if each.code == code and (place is None or place in each.where)), None)


def refusal_by_code(code: str, place: Place | None = None, /, **known: object) -> Refusal | None:
    """A refusal with this public code, as a scenario asks for it; None when no row has the code at `place`.

    Slots that are not known get the example of the table, so that any code can be told at any time.
    """
    found = by_code(code, place)
    return Refusal(found.key, **{**examples(), **known}) if found else None


@cache
def examples() -> Mapping[str, str]:
    """A plausible value for each slot that any row names."""
    slots = (*load("errors")["slots"], *load("gateways")["slots"])
    return MappingProxyType({each["slot"]: each["example"] for each in slots})


@cache
def _table() -> Mapping[str, ErrorRow]:
    tables = load("errors")
    suffix: str = tables["defaults"][0]["suffix"]
    known = (*tables["errors"], *load("gateways")["causes"], *load("kling")["causes"])
    return MappingProxyType({each["key"]: _row(each, suffix) for each in known})


def _row(fields: dict[str, Any], suffix: str) -> ErrorRow:
    return ErrorRow(**{"suffix": suffix, **fields, "where": tuple(fields["where"])})
