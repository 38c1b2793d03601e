"""The messages of failed assertions, for people who read a failed test."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ark_emulator.client.control_types import FindingInfo


def verification_message(
    wanted: Mapping[str, Any], counts: Mapping[str, int | None], verdict: Mapping[str, Any]
) -> str:
    """Return why a verification failed."""
    asked = [f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count is not None]
    expected = " and ".join(asked) or "at least 1"
    head = f"expected {expected} of the exchanges to have {match_text(wanted)}, and {verdict['count']} did"
    return "\n".join([head, *near_misses(verdict["near"])])


def match_text(wanted: Mapping[str, Any]) -> str:
    """Return a match as arguments of `verify`."""
    return ", ".join(f"{name}={value!r}" for name, value in wanted.items()) or "anything"


def near_misses(misses: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the near misses, one per line: the exchange, and how it differs."""
    from ark_emulator.core.printable import on_one_line

    lines = ["nearest misses:" if misses else "nothing came near"]
    for miss in misses:
        differs = "; ".join(
            f"{name} was {each['got']!r}, wanted {each['wanted']!r}" for name, each in miss["differs"].items()
        )
        lines.append(on_one_line(f"  #{miss['number']} {miss['method']} {miss['path']} {miss['status']}: {differs}"))
    return lines


def finding_line(finding: "FindingInfo") -> str:
    """Return a finding of the report card as one line that ends with its evidence."""
    from ark_emulator.core.printable import on_one_line

    evidence = ", ".join(f"#{number}" for number in finding["evidence"])
    return on_one_line(f"  {finding['severity']} {finding['code']}: {finding['message']} ({evidence})")
