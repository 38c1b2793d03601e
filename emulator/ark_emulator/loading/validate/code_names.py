"""Check the error codes that a scenario names, and where each can occur."""

from ark_emulator.core.facts.error_table import PLACES, by_code, codes
from ark_emulator.core.facts.error_table import Place as Met
from ark_emulator.core.storage.storage_errors import storage_errors
from ark_emulator.loading.diagnostics.diagnostics import Diagnostics, Path, did_you_mean, listed


def check_code(code: str, met: Met, path: Path, complaints: Diagnostics) -> str | None:
    """Return the key of the row with this public code at that place; None, with a diagnostic, when there is none."""
    found = by_code(code, met)
    if found is not None:
        return found.key
    if by_code(code) is None:
        fitting = [known for known in codes() if by_code(known, met)]
        complaints.about(path, "SC204", f"unknown error code '{code}'", did_you_mean(code, fitting))
        return None
    others = [place for place in PLACES if by_code(code, place)]
    where = "a task that fails" if met == "task" else f"a {met} request"
    hint = "write {code: ..., message: ...} for a custom failure" if met == "task" else ""
    complaints.about(path, "SC205", f"'{code}' cannot occur in {where}, only in {listed(others)}", hint)
    return None


def check_storage_code(code: str, path: Path, complaints: Diagnostics) -> None:
    """Report a code that the object storage does not have."""
    known = sorted({row.code for row in storage_errors().values()})
    if code not in known:
        complaints.about(path, "SC204", f"unknown error code '{code}' of the storage", did_you_mean(code, known))
