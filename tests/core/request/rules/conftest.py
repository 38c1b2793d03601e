"""Fixtures for the tests of the rules."""

import pytest

from tests.support.rule_bench import Bench


@pytest.fixture(scope="package")
def bench() -> Bench:
    return Bench()
