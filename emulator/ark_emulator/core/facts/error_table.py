"""Every error the emulator can return, as one table, and the exception that names a row of it.

Code raises `Refusal("parameter.not_valid", parameter="duration", ...)`: the key names the cause, the slots fill the
message and the parameter path. A dialect renders it once, when it builds the response. Texts, codes and statuses are
facts, kept in `emulator/ark_emulator/data/errors.json`; causes that only a gateway or only Kling has are in
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
"""Where an error can occur: in a request of one of four kinds, or in a task that fails."""
MAX_ECHO_LENGTH: Final = 2_000
"""The longest part of a value, in characters, that an error repeats (inferred)."""


@dataclass(frozen=True, slots=True)
class RenderedError:
    """An error with every slot filled, before the request id is appended.

    `suffix` follows the message in the response, with `{request_id}` still open.
    """

    code: str
    status: int
    type: str
    param: str
    message: str
    suffix: str

    def with_request_id(self, request_id: str) -> str:
        """Return the message as the service prints it, with the request id at its end."""
        return self.message + self.suffix.replace("{request_id}", request_id)


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One row of the table. `code`, `param` and `message` are templates with named slots in braces.

    `status` is the HTTP status of a request that gets the error; a failed task shows only code and message.
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
        """The names of the slots that `code`, `param` and `message` contain."""
        parts = (self.code, self.param, self.message)
        return frozenset(name.partition("}")[0] for part in parts for name in part.split("{")[1:])

    @property
    def in_task(self) -> bool:
        """True when a failed task can show the error."""
        return "task" in self.where

    def render(self, slots: Mapping[str, object]) -> RenderedError:
        """Return the row with its slots filled. KeyError when one is missing; slots it does not name are ignored."""
        return RenderedError(
            code=self.code.format_map(slots),
            status=self.status,
            type=self.type,
            param=self.param.format_map(slots),
            message=self.message.format_map(slots),
            suffix=self.suffix,
        )


class Refusal(Exception):
    """Raised to refuse a request, or to fail a task, for the cause that `key` names.

    Text in slots is cut at `MAX_ECHO_LENGTH`. Raises KeyError for an unknown key or a slot that the row needs and was
    not given: both are bugs in the caller.
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
        """Return the error with its slots filled."""
        return self.row.render(self.slots)


def row(key: str) -> ErrorRow:
    """Return the row with this key. KeyError when there is none."""
    return _table()[key]


def rows() -> tuple[ErrorRow, ...]:
    """Return all rows, in the order of the table."""
    return tuple(_table().values())


@cache
def codes() -> tuple[str, ...]:
    """Return every public code without a slot in it, sorted, each once: the codes that a scenario may name."""
    return tuple(sorted({each.code for each in rows() if "{" not in each.code}))


def by_code(code: str, place: Place | None = None) -> ErrorRow | None:
    """Return the row of a public code: the first with that code, or the first that can occur at `place`."""
    return next((each for each in rows() if each.code == code and (place is None or place in each.where)), None)


def refusal_by_code(code: str, place: Place | None = None, /, **known: object) -> Refusal | None:
    """Return a refusal with this public code, as a scenario requests it; None when no row has the code at `place`.

    Slots that are not known get the example of the table, so that any code can be returned at any time.
    """
    found = by_code(code, place)
    return Refusal(found.key, **{**examples(), **known}) if found else None


@cache
def examples() -> Mapping[str, str]:
    """Return a plausible value for each slot that any row names."""
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
