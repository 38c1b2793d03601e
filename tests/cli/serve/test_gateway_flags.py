"""Traits on the command line: an invalid trait is rejected before a server starts."""

from typing import Any

import pytest
from ark_emulator.cli import main
from ark_emulator.cli.serve.gateway_flags import traits_of


@pytest.fixture
def settings(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The settings of every server that would have been started."""
    started = []
    monkeypatch.setattr("ark_emulator.server.run", lambda chosen, announce: started.append(chosen))
    return started


@pytest.mark.parametrize(
    ("trait", "said"),
    [
        ("newapi.lag=x", "newapi.lag: 'x' is not 0, or a number from 0.001 to 86400"),
        ("newapi.lag=-3", "newapi.lag: -3 is not 0, or a number"),
        ("newapi.poll=foo", "newapi.poll: 'foo' is not one of wrapped, flat, openai"),
        ("newapi.gives_up_minutes=-5", "newapi.gives_up_minutes: -5 is not a number from 0 to 525600"),
        ("newapi.range=maybe", "newapi.range: 'maybe' is not true or false"),
        ("newapi.lagg=15", "did you mean lag?"),
        ("foo.bar=1", "no such gateway: 'foo' is not one of newapi, orcarouter, easyrouter, tokenbay"),
        ("newapi.lag", "'newapi.lag' is not GATEWAY.TRAIT=VALUE"),
    ],
)
def test_an_invalid_trait_is_rejected_with_the_accepted_values(
    settings: list[Any], capsys: pytest.CaptureFixture[str], trait: str, said: str
) -> None:
    assert main(["serve", "--trait", trait]) == 2
    told = capsys.readouterr()
    assert (told.out, settings) == ("", [])
    assert said in told.err


def test_traits_that_do_not_go_together_are_refused(settings: list[Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--trait", "newapi.channel={}"]) == 2
    assert "newapi.channel lacks platform, user_id" in capsys.readouterr().err
    assert main(["serve", "--trait", "newapi.channel={}", "--trait", 'newapi.fields=["status"]']) == 0
    assert settings[0].traits == {"newapi": {"channel": {}, "fields": ["status"]}}


def test_values_are_json_or_else_words(settings: list[Any]) -> None:
    words = ["--trait", "newapi.lag=15", "--trait", "newapi.quota=hold", "--trait", "tokenbay.envelope=null"]
    assert main(["serve", *words]) == 0
    assert settings[0].traits == {"newapi": {"lag": 15, "quota": "hold"}, "tokenbay": {"envelope": None}}


def test_the_last_of_two_values_of_a_trait_counts() -> None:
    assert traits_of([("newapi", "lag", 1), ("newapi", "lag", 2)]) == {"newapi": {"lag": 2}}
