"""What was measured, as a Markdown table, and the table's place in a page."""

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

BEGIN = "<!-- bench: begin -->"
END = "<!-- bench: end -->"


@dataclass(frozen=True)
class Result:
    """One row: what each server came to in every round, in that order, and what it is compared with.

    `spent` are microseconds of the server's processor time for each request, if measured.
    """

    row: str
    unit: str
    values: Mapping[str, Sequence[float]]
    base: str = ""
    spent: Mapping[str, Sequence[float]] = field(default_factory=dict)

    def ratios(self, server: str) -> list[float]:
        """The server's value over that of the base, round by round; none where there is no base."""
        if self.base not in self.values or server == self.base:
            return []
        return _ratios(self.values, server, self.base)

    def savings(self, server: str) -> list[float]:
        """The base's processor time over the server's own, round by round: above 1 is less."""
        return _ratios(self.spent, self.base, server) if server != self.base else []


def _ratios(values: Mapping[str, Sequence[float]], server: str, base: str) -> list[float]:
    pairs = zip(values.get(server, ()), values.get(base, ()), strict=False)
    return [own / other for own, other in pairs if other > 0]


def table(results: Sequence[Result]) -> str:
    """The results as a Markdown table."""
    lines = ["| what | server | median (min to max) | ratio, median (min to max) | µs of processor |"]
    lines.append("|---|---|---|---|---|")
    for result in results:
        lines += _lines(result)
    return "\n".join(lines) + "\n"


def _lines(result: Result) -> Iterator[str]:
    for place, (server, values) in enumerate(result.values.items()):
        ratios = result.ratios(server)
        compared = f"**{statistics.median(ratios):.2f}** ({min(ratios):.2f} to {max(ratios):.2f})" if ratios else ""
        compared += f" of {result.base}" if ratios else ""
        spent, savings = result.spent.get(server), result.savings(server)
        micros = f"{statistics.median(spent):.0f}" if spent else ""
        cells = (
            "" if place else result.row,
            server,
            f"{_spread(values)} {result.unit}",
            compared,
            micros + (f" ({statistics.median(savings):.2f})" if savings else ""),
        )
        yield f"| {' | '.join(cells)} |"


def _spread(values: Sequence[float]) -> str:
    middle = number(statistics.median(values))
    return middle if len(values) == 1 else f"{middle} ({number(min(values))} to {number(max(values))})"


def number(value: float) -> str:
    """A number with as many digits as are worth reading."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def spliced(page: str, text: str) -> str:
    """The page with `text` between its two markers. ValueError when it lacks them."""
    if page.count(BEGIN) != 1 or page.count(END) != 1:
        raise ValueError(f"the page wants one {BEGIN} and one {END}")
    return re.sub(f"{BEGIN}.*{END}", lambda _: f"{BEGIN}\n{text}{END}", page, flags=re.DOTALL)


def write(path: Path, text: str) -> None:
    """Put `text` between the markers of the page at `path`."""
    path.write_text(spliced(path.read_text(encoding="utf-8"), text), encoding="utf-8")
