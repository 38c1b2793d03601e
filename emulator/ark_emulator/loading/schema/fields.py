"""The types of values in a scenario, each with its parser and its JSON Schema."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Final

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler, PlainValidator, WithJsonSchema
from pydantic_core import CoreSchema, PydanticCustomError, core_schema
from typing_extensions import TypeAliasType

from ark_emulator.core.scenario.effects import (
    AnswerEffect,
    Delay,
    Hang,
    Malformed,
    ReplyFault,
    ResetConnection,
    Truncate,
)
from ark_emulator.core.scenario.patterns import predicate_of
from ark_emulator.core.scenario.regex_cost import PatternError
from ark_emulator.core.task.result_variants import UsageShown
from ark_emulator.core.time.durations import Length
from ark_emulator.loading.diagnostics.diagnostics import did_you_mean
from ark_emulator.loading.schema.duration_syntax import InvalidValue, kind_of, length, rate, seconds, share

HALF: Final = 0.5
"""The share of a response that arrives with `after_commit: truncate`."""


@dataclass(frozen=True, slots=True)
class Lasting:
    """The duration of a step: a length, a number of polls, or neither, which means forever."""

    span: Length | None = None
    polls: int | None = None


def _parsed_by(reader: Callable[[Any], Any]) -> PlainValidator:
    """Return a validator that parses with `reader`; its errors become diagnostics with their own codes."""

    def read(value: Any) -> Any:
        try:
            return reader(value)
        except InvalidValue as problem:
            raise PydanticCustomError(
                problem.code, "{message}", {"message": problem.message, "hint": problem.hint}
            ) from None

    return PlainValidator(read)


class OneOrMore:
    """Annotates a list that may also be written as its only element."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_listed, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        found = handler(schema)
        return {"anyOf": [found["items"], found]}


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _texts(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    if not isinstance(value, list):
        raise InvalidValue("SC104", f"expected a text or a list of texts, not {kind_of(value)}")
    for item in value:
        if not isinstance(item, str):
            raise InvalidValue("SC104", f"expected a text in the list, not {kind_of(item)}", "put it in quotes")
    if not value:
        raise InvalidValue("SC104", "the list is empty", "remove the key")
    return tuple(value)


def _patterns(value: Any) -> tuple[str, ...]:
    found = _texts(value)
    for text in found:
        try:
            predicate_of(text)
        except PatternError as problem:
            raise InvalidValue("SC107", str(problem)) from None
    return found


def _header(value: Any) -> tuple[tuple[str, str], ...]:
    if not isinstance(value, dict) or not value:
        raise InvalidValue("SC104", f"expected a mapping of headers to patterns, not {kind_of(value)}")
    found = []
    for name, pattern in value.items():
        if not isinstance(pattern, str):
            raise InvalidValue("SC104", f"expected a pattern for {name}, not {kind_of(pattern)}", "put it in quotes")
        found.append((name.lower(), _patterns(pattern)[0]))
    return tuple(found)


def _lasting(value: Any) -> Lasting:
    if value == "forever":
        return Lasting()
    if isinstance(value, dict) and "polls" in value:
        polls = value["polls"]
        if value.keys() != {"polls"} or isinstance(polls, bool) or not isinstance(polls, int) or polls < 1:
            raise InvalidValue("SC106", "a count of polls is a whole number from 1", "write {polls: 2}")
        return Lasting(polls=polls)
    try:
        return Lasting(length(value))
    except InvalidValue as problem:
        if isinstance(value, str) and (hint := did_you_mean(value, ["forever"])):
            raise InvalidValue(problem.code, problem.message, hint) from None
        raise


def _after_commit(value: Any) -> ReplyFault:
    words: dict[Any, ReplyFault] = {
        "reset": ResetConnection(),
        "hang": Hang(),
        "truncate": Truncate(HALF),
        "malformed": Malformed(),
    }
    if isinstance(value, str) and value in words:
        return words[value]
    if isinstance(value, int) and not isinstance(value, bool):
        if not _LEAST_STATUS <= value <= _MOST_STATUS:
            raise InvalidValue("SC105", f"an HTTP status must be between {_LEAST_STATUS} and {_MOST_STATUS}")
        return AnswerEffect(value)
    hint = did_you_mean(value, list(words)) if isinstance(value, str) else ""
    problem = InvalidValue("SC103", "expected reset, hang, truncate, malformed, an HTTP status or a duration", hint)
    if not isinstance(value, (str, dict)):
        raise problem
    try:
        return Delay(length(value))
    except InvalidValue:
        raise problem from None


def _usage(value: Any) -> UsageShown | int:
    words = ("missing", "zero", "strings")
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= _MOST_TOKENS:
            raise InvalidValue("SC105", f"a number of tokens must be between 0 and {_MOST_TOKENS}")
        return value
    if value not in words:
        hint = did_you_mean(value, words) if isinstance(value, str) else ""
        raise InvalidValue("SC103", "expected missing, zero, strings or a number of tokens", hint)
    return UsageShown(value)


def _body(value: Any) -> str:
    """Return a body: text as it stands, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _name(value: Any) -> str:
    if not isinstance(value, str):
        raise InvalidValue("SC104", f"expected a name, not {kind_of(value)}")
    if not _NAME.fullmatch(value):
        raise InvalidValue("SC106", f"'{value}' is not a name", "use letters, digits, spaces and . _ - # +, 64 at most")
    return value


def _yes(value: Any) -> bool:
    if value is not True:
        raise InvalidValue("SC103", "the only value of this key is true", "remove the key")
    return True


_LEAST_STATUS: Final = 200
_MOST_STATUS: Final = 599
_MOST_TOKENS: Final = 10**15
_NAME: Final = re.compile(r"\w[\w .#+-]{0,63}")
_DURATION_TEXT: Final = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
_RANGE_TEXT: Final = r"^[0-9]+(\.[0-9]+)?(ms|s|m|h|d) *\.\. *[0-9]+(\.[0-9]+)?(ms|s|m|h|d)$"
_DURATION_FORMS: Final[list[dict[str, Any]]] = [
    {"type": "number", "minimum": 0},
    {"type": "string", "pattern": _DURATION_TEXT},
]
_DURATION_SCHEMA: Final = {
    "description": "a duration: 500ms, 2s, 3m, 1h; a number without a unit is in seconds",
    "anyOf": _DURATION_FORMS,
}
_TAIL_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"median": {"anyOf": _DURATION_FORMS}, "p99": {"anyOf": _DURATION_FORMS}},
    "required": ["median", "p99"],
    "additionalProperties": False,
}
_LENGTH_FORMS: Final[list[dict[str, Any]]] = [
    *_DURATION_FORMS,
    {"type": "string", "pattern": _RANGE_TEXT},
    _TAIL_SCHEMA,
]
_POLLS_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {"polls": {"type": "integer", "minimum": 1}},
    "required": ["polls"],
    "additionalProperties": False,
}
_SHARE_FORMS: Final[list[dict[str, Any]]] = [
    {"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)?%$"},
    {"type": "number", "minimum": 0, "maximum": 1},
]
_TEXTS_SCHEMA: Final[dict[str, Any]] = {
    "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}]
}

_LENGTH_SCHEMA: Final = {"description": "a duration, a range 8s..12s or {median, p99}", "anyOf": _LENGTH_FORMS}
_LASTING_SCHEMA: Final = {
    "description": "how long a step lasts: a duration, a range, {median, p99}, {polls: n} or forever",
    "anyOf": [*_LENGTH_FORMS, _POLLS_SCHEMA, {"const": "forever"}],
}
_SHARE_SCHEMA: Final = {"description": "a share: 50%", "anyOf": _SHARE_FORMS}
_RATE_SCHEMA: Final = {
    "description": "bytes per second: 2kB/s",
    "type": "string",
    "pattern": r"^[0-9]+(\.[0-9]+)?\s*(B|kB|KB|KiB|MB|MiB)/s$",
}
_PATTERNS_SCHEMA: Final = {
    "description": "a glob with * and ?, or a /regular expression/; or a list of them",
    **_TEXTS_SCHEMA,
}
_HEADERS_SCHEMA: Final = {
    "description": "headers, each with a pattern; all must match",
    "type": "object",
    "additionalProperties": {"type": "string"},
    "minProperties": 1,
}
_AFTER_COMMIT_SCHEMA: Final = {
    "description": "what happens to the response",
    "anyOf": [
        {"enum": ["reset", "hang", "truncate", "malformed"]},
        {"type": "integer", "minimum": _LEAST_STATUS, "maximum": _MOST_STATUS},
        *(form for form in _LENGTH_FORMS if form["type"] != "number"),
    ],
}
_USAGE_SCHEMA: Final = {"anyOf": [{"enum": ["missing", "zero", "strings"]}, {"type": "integer", "minimum": 0}]}

Duration = TypeAliasType("Duration", Annotated[Any, _parsed_by(seconds), WithJsonSchema(_DURATION_SCHEMA)])
LengthValue = TypeAliasType("LengthValue", Annotated[Any, _parsed_by(length), WithJsonSchema(_LENGTH_SCHEMA)])
LastingValue = TypeAliasType("LastingValue", Annotated[Any, _parsed_by(_lasting), WithJsonSchema(_LASTING_SCHEMA)])
Share = TypeAliasType("Share", Annotated[Any, _parsed_by(share), WithJsonSchema(_SHARE_SCHEMA)])
Rate = TypeAliasType("Rate", Annotated[Any, _parsed_by(rate), WithJsonSchema(_RATE_SCHEMA)])
Texts = TypeAliasType(
    "Texts",
    Annotated[Any, _parsed_by(_texts), WithJsonSchema({"description": "a text, or a list of texts", **_TEXTS_SCHEMA})],
)
Patterns = TypeAliasType("Patterns", Annotated[Any, _parsed_by(_patterns), WithJsonSchema(_PATTERNS_SCHEMA)])
HeaderPatterns = TypeAliasType("HeaderPatterns", Annotated[Any, _parsed_by(_header), WithJsonSchema(_HEADERS_SCHEMA)])
Name = TypeAliasType(
    "Name", Annotated[Any, _parsed_by(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})]
)
Yes = TypeAliasType("Yes", Annotated[Any, _parsed_by(_yes), WithJsonSchema({"const": True})])
AfterCommitReply = TypeAliasType(
    "AfterCommitReply", Annotated[Any, _parsed_by(_after_commit), WithJsonSchema(_AFTER_COMMIT_SCHEMA)]
)
UsageValue = TypeAliasType("UsageValue", Annotated[Any, _parsed_by(_usage), WithJsonSchema(_USAGE_SCHEMA)])
Body = TypeAliasType(
    "Body",
    Annotated[Any, _parsed_by(_body), WithJsonSchema({"description": "a text, or anything else as JSON"})],
)
