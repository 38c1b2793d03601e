"""Build the effect of a fault from its keys."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from ark_emulator.core.scenario.effects import (
    BY_NAME,
    KINDS,
    MET_ON,
    AfterCommit,
    AnswerEffect,
    Backwards,
    Delay,
    Drift,
    DriftingField,
    Drip,
    Duplicate,
    Empty,
    Escaped,
    Expire,
    FaultEffect,
    Hang,
    Html,
    Late,
    Lose,
    Malformed,
    Missing,
    Operation,
    Refuse,
    Reorder,
    ReplyFault,
    ResetConnection,
    Show,
    Truncate,
    WrongType,
)
from ark_emulator.core.storage.headers import is_header_name, is_header_text
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, Path, listed
from ark_emulator.loading.schema.documents import FaultDocument
from ark_emulator.loading.validate.code_names import check_code, check_storage_code
from ark_emulator.loading.validate.document_shape import Piece

COMPANIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "retry_after": ("refuse", "status", "after_commit"),
    "should_retry": ("refuse", "status", "after_commit"),
    "body": ("status",),
    "content_type": ("status",),
    "headers": ("status",),
}
"""Keys that add to an effect, and the effects they may be combined with; of `after_commit` those with a status."""
_KNOWN: Final = frozenset(FaultDocument.model_fields)


def effect_of(piece: Piece[FaultDocument], path: Path, complaints: Diagnostics) -> FaultEffect | None:
    """Return the effect of a fault; None when it has none, several, or one that it cannot have.

    An unknown key may have been meant to be an effect, or the one that others belong to.
    """
    document, lost = piece.document, {str(inner[0]) for inner in piece.lost}
    given = [kind.name for kind in KINDS if getattr(document, kind.name) is not None or kind.name in lost]
    on = None if "on" in lost else Operation(document.on)
    if not given:
        if not lost - _KNOWN:
            legal = [kind.name for kind in KINDS if on in (None, *kind.on)]
            complaints.about(path, "SC201", "the fault has no effect", f"add one of {', '.join(legal)}")
        return None
    before = len(complaints.found)
    for other in given[1:]:
        complaints.about_key((*path, other), "SC201", f"a fault has one effect: '{given[0]}' or '{other}'")
    name = given[0]
    if on is not None and on not in BY_NAME[name].on:
        legal_on = [each for each in Operation if each in BY_NAME[name].on]
        message = f"'{name}' cannot happen on {on}"
        complaints.about_key((*path, name), "SC202", message, f"it can happen on {listed(legal_on)}")
    if lost <= _KNOWN - {"after_commit"}:
        _check_companions(document, name, path, complaints)
    if document.refuse is not None and name == "refuse" and on not in (None, Operation.CALLBACK):
        _check_refusal(document, on, path, complaints)
    if name == "truncate" and document.truncate == 1:
        complaints.about((*path, name), "SC105", "100% of the body is the whole body", "write a smaller share")
    _check_headers(document, path, complaints)
    fits = len(complaints.found) == before and name not in lost
    return _BUILD[name](document, getattr(document, name)) if fits else None


def _check_companions(document: FaultDocument, name: str, path: Path, complaints: Diagnostics) -> None:
    without_status = name == "after_commit" and not isinstance(document.after_commit, AnswerEffect)
    for companion, effects in COMPANIONS.items():
        if getattr(document, companion) is not None and (without_status or name not in effects):
            message = f"'{companion}' has no effect with '{name}'"
            complaints.about_key((*path, companion), "SC203", message, f"it belongs to {listed(effects)}")


def _check_headers(document: FaultDocument, path: Path, complaints: Diagnostics) -> None:
    """Report headers that no HTTP response can contain, because they would break the response."""
    for header, text in (document.headers or {}).items():
        if not is_header_name(header):
            complaints.about_key((*path, "headers", header), "SC105", f"{header!r} cannot be the name of a header")
        elif not is_header_text(text):
            complaints.about((*path, "headers", header), "SC105", "a header is one line, without control characters")
    if not is_header_text(document.content_type or ""):
        complaints.about((*path, "content_type"), "SC105", "a header is one line, without control characters")


def _check_refusal(document: FaultDocument, on: Operation, path: Path, complaints: Diagnostics) -> None:
    place = (*path, "refuse")
    if on is Operation.DOWNLOAD:
        check_storage_code(document.refuse or "", place, complaints)
    else:
        check_code(document.refuse or "", MET_ON[on], place, complaints)


def _answer(document: FaultDocument, status: int) -> AnswerEffect:
    headers = dict(document.headers or {})
    if document.retry_after is not None:
        headers.setdefault("Retry-After", f"{document.retry_after:g}")
    if document.should_retry is not None:
        headers.setdefault("x-should-retry", "true" if document.should_retry else "false")
    return AnswerEffect(status, document.body, document.content_type, MappingProxyType(headers))


def _after_commit(document: FaultDocument, reply: ReplyFault) -> AfterCommit:
    return AfterCommit(_answer(document, reply.status) if isinstance(reply, AnswerEffect) else reply)


_BUILD: Final[Mapping[str, Callable[[FaultDocument, Any], FaultEffect]]] = {
    "refuse": lambda given, code: Refuse(code, given.retry_after, given.should_retry),
    "status": _answer,
    "html": lambda given, yes: Html(),
    "empty": lambda given, yes: Empty(),
    "malformed": lambda given, yes: Malformed(),
    "delay": lambda given, length: Delay(length),
    "hang": lambda given, yes: Hang(),
    "reset": lambda given, yes: ResetConnection(),
    "truncate": lambda given, share: Truncate(share),
    "drip": lambda given, rate: Drip(rate),
    "drift": lambda given, names: Drift(tuple(dict.fromkeys(DriftingField(name) for name in names))),
    "show": lambda given, status: Show(status),
    "backwards": lambda given, yes: Backwards(),
    "after_commit": _after_commit,
    "missing": lambda given, times: Missing(times),
    "expire": lambda given, seconds: Expire(seconds),
    "wrong_type": lambda given, yes: WrongType(),
    "escaped": lambda given, yes: Escaped(),
    "lose": lambda given, yes: Lose(),
    "duplicate": lambda given, times: Duplicate(times),
    "late": lambda given, length: Late(length),
    "reorder": lambda given, yes: Reorder(),
}
"""How each effect is built from its fault and from the value of its own key; it has a row for every effect."""
