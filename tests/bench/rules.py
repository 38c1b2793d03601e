"""Measures how long matching takes with 200 rules: `python -m tests.bench.rules`. Prints medians in microseconds."""

import random
import statistics
import time
from collections.abc import Callable, Iterator
from functools import partial

from ark_emulator.core.scenario.effects import AnswerEffect, Operation
from ark_emulator.core.scenario.matching import Rulebook, Subject
from ark_emulator.core.scenario.scenario_model import Conditions, FaultRule
from ark_emulator.core.time.dice import Dice

RULES = 200
MATCHES = 20_000
ANIMALS = ["cat", "dog", "fox", "owl", "hare", "crow", "seal", "newt"]


def rule(number: int, when: Conditions, on: Operation = Operation.CREATE) -> FaultRule:
    """One rule of a table."""
    return FaultRule(f"rule-{number}", on, when, AnswerEffect(503))


def tables() -> Iterator[tuple[str, list[FaultRule]]]:
    """Tables of rules as scenarios have them, the kindest first."""
    yield "by key", [rule(n, Conditions(key=(f"sk-{n}",))) for n in range(RULES)]
    yield "by model", [rule(n, Conditions(model=(f"*-{n}-*",))) for n in range(RULES)]
    yield "by prompt", [rule(n, Conditions(prompt=(f"*{ANIMALS[n % 8]} number {n}*",))) for n in range(RULES)]
    yield "by count", [rule(n, Conditions(nth=1_000_000 + n)) for n in range(RULES)]
    kinds = list(Operation)
    mixed = [
        Conditions(key=("sk-none",)),
        Conditions(prompt=("*unicorn*",)),
        Conditions(nth=1_000_000),
        Conditions(header=(("x-test", "yes"),)),
        Conditions(chance=0.001),
    ]
    yield "mixed", [rule(n, mixed[n % 5], kinds[n % len(kinds)]) for n in range(RULES)]


def subjects(count: int) -> list[Subject]:
    """Exchanges of a few keys with prompts that differ."""
    chance = random.Random(7)
    return [
        Subject(
            key=f"sk-{chance.randrange(8)}",
            on=Operation.CREATE,
            dialect="ark",
            model="dreamina-seedance-2-0-260128",
            prompt=f"a {chance.choice(ANIMALS)} walks through a garden at dawn, wide shot, take {chance.random()}",
        )
        for _ in range(count)
    ]


def median(work: Callable[[Subject], object], given: list[Subject]) -> float:
    """Microseconds of processor time that the work takes, the median over all."""
    spent = []
    for subject in given:
        began = time.perf_counter_ns()
        work(subject)
        spent.append(time.perf_counter_ns() - began)
    return statistics.median(spent) / 1000


def main() -> None:
    """Print a row per table."""
    given = subjects(MATCHES)
    for name, rules in tables():
        choose = partial(Rulebook(rules).choose, counters={}, dice=Dice(7))
        spent = median(choose, given)
        print(f"{name:10} {RULES} rules  {spent:6.1f} us")


if __name__ == "__main__":
    main()
