"""Scenario files as values: every key, in text, in objects and in files."""

import json
from pathlib import Path
from typing import Any

import pytest
from ark_emulator.core.facts.account_limits import NO_LIMITS, Limits
from ark_emulator.core.plan.outcome import QUEUED, RUNNING
from ark_emulator.core.scenario.effects import (
    KINDS,
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
    ResetConnection,
    Show,
    Truncate,
    WrongType,
    name_of,
)
from ark_emulator.core.scenario.matching import Rulebook
from ark_emulator.core.scenario.scenario_model import (
    ClockChoice,
    Conditions,
    KeyPolicy,
    KeyStatus,
    OutcomeRule,
    Timings,
)
from ark_emulator.core.task.result_variants import LinkShown, ResultVariant, UsageShown
from ark_emulator.core.task.values import DAY, Failure, Mode, Status
from ark_emulator.core.time.clock import ClockMode
from ark_emulator.core.time.durations import LogNormal, Uniform, exactly
from ark_emulator.loading.diagnostics.diagnostics import ScenarioError
from ark_emulator.loading.loader import (
    check_files,
    fault_from_object,
    files_in,
    load_all,
    load_builtin,
    scenario_from_file,
    scenario_from_object,
    scenario_from_text,
    scenario_named,
)

EVERYTHING = """\
version: 1
name: output-moderation
about: The clip renders, then output moderation fails the task.
source: [ComfyUI#13883]
expects: the client reports error.code and does not submit again
clock: {mode: live, rate: 10}
seed: 7
limits: {rpm: 600, concurrent: 10, queued: 100}
keys:
  sk-poor: {balance: 0.01}
  sk-narrow: {models: ["*-fast*"]}
  sk-old: {status: expired}
outcomes:
  - when: {prompt: "*fight*", model: "*seedance-2-0*"}
    then: [{queued: 2s}, {running: 8s..12s}, {failed: OutputVideoSensitiveContentDetected}]
  - when: {nth: 3}
    then: [{queued: 1s}, {running: forever}]
  - then: [{queued: {polls: 1}}, {running: {polls: 2}}, succeeded]
faults:
  - {on: create, nth: 2, refuse: RateLimitExceeded.EndpointRPMExceeded, retry_after: 2}
  - {on: create, nth: 4, after_commit: reset}
  - {on: fetch, every: 5, status: 503}
  - {on: download, first: 1, truncate: 50%}
  - {on: callback, nth: 1, duplicate: 2}
"""


def only_rule(**rule: Any) -> OutcomeRule:
    (found,) = scenario_from_object({"outcomes": [rule]}).outcomes
    return found


def steps(*given: Any) -> list[tuple[Status, Any, int | None]]:
    return [(stage.status, stage.span, stage.polls) for stage in only_rule(then=list(given)).outcome.stages]


def success(**differs: Any) -> OutcomeRule:
    return only_rule(then=["queued", "running", {"succeeded": differs}])


def effect(on: str = "fetch", **keys: Any) -> FaultEffect:
    return fault_from_object({"on": on, **keys}).effect


def test_a_whole_scenario_is_read() -> None:
    found = scenario_from_text(EVERYTHING, "any.yaml")
    assert found.name == "output-moderation"
    assert found.about.startswith("The clip renders")
    assert found.source == ("ComfyUI#13883",)
    assert found.expects == "the client reports error.code and does not submit again"
    assert found.clock == ClockChoice(ClockMode.LIVE, 10.0)
    assert found.seed == 7
    assert found.limits == Limits(creates_per_minute=600, concurrent=10, queued=100)
    assert dict(found.keys) == {
        "sk-poor": KeyPolicy(balance=0.01),
        "sk-narrow": KeyPolicy(models=("*-fast*",)),
        "sk-old": KeyPolicy(status=KeyStatus.EXPIRED),
    }
    assert [rule.when for rule in found.outcomes] == [
        *(Conditions(prompt=("*fight*",), model=("*seedance-2-0*",)), Conditions(nth=3), Conditions()),
    ]
    assert found.outcomes[0].outcome.failure == "moderation.output_video"
    assert [(rule.on, name_of(rule.effect)) for rule in found.faults] == [
        *((Operation.CREATE, "refuse"), (Operation.CREATE, "after_commit"), (Operation.FETCH, "status")),
        *((Operation.DOWNLOAD, "truncate"), (Operation.CALLBACK, "duplicate")),
    ]
    assert Rulebook(found.faults).concerns(Operation.CALLBACK) and Rulebook(found.outcomes).concerns(None)


def test_rules_without_a_name_are_numbered_under_the_scenario() -> None:
    found = scenario_from_text(EVERYTHING, "any.yaml")
    assert [rule.name for rule in found.outcomes] == [f"output-moderation#{number}" for number in (1, 2, 3)]
    assert found.outcomes[0].outcome.rule == "output-moderation#1"
    assert only_rule(name="slow ones", then=["queued", "expired"]).name == "slow ones"


def test_a_scenario_without_a_name_has_that_of_its_file() -> None:
    assert scenario_from_text("seed: 1", "folder/slow.yaml").name == "slow"


def test_ratios_and_other_texts_that_look_like_numbers_stay_texts() -> None:
    found = scenario_from_text("outcomes:\n  - when: {prompt: 16:9}\n    then: [queued, expired]\n", "s.yaml")
    assert found.outcomes[0].when.prompt == ("16:9",)


@pytest.mark.parametrize(
    ("clock", "choice"),
    [
        ("frozen", ClockChoice(ClockMode.FROZEN)),
        ({"mode": "polls"}, ClockChoice(ClockMode.POLLS)),
        ({"speed": 60, "start": 1_700_000_000}, ClockChoice(None, 60.0, 1_700_000_000.0)),
    ],
)
def test_a_clock_is_a_mode_or_a_mapping(clock: object, choice: ClockChoice) -> None:
    assert scenario_from_object({"clock": clock}).clock == choice


@pytest.mark.parametrize(
    ("limits", "choice"),
    [
        ("off", NO_LIMITS),
        ("individual", Limits(account="individual")),
        ({"account": "enterprise", "rpm": 5}, Limits(account="enterprise", creates_per_minute=5)),
        ({"queued": 0}, Limits(queued=0)),
    ],
)
def test_limits_are_a_preset_or_a_mapping(limits: object, choice: Limits) -> None:
    assert scenario_from_object({"limits": limits}).limits == choice
    assert scenario_from_object({}).limits is None


def test_timings_change_the_ordinary_life_and_steps_without_a_length() -> None:
    found = scenario_from_object(
        {"timings": {"running": "60s"}, "outcomes": [{"when": {"nth": 2}, "then": ["queued", "running", "failed"]}]}
    )
    assert found.timings == Timings(QUEUED, exactly(60))
    assert [stage.span for stage in found.outcomes[0].outcome.stages] == [QUEUED, exactly(60), None]


def test_every_condition_is_read() -> None:
    when = only_rule(
        when={
            "model": ["a", "b*"],
            "prompt": "/x/",
            "mode": "t2v",
            "role": ["last_frame"],
            "key": "k",
            "dialect": "ark",
            "header": {"User-Agent": "*Java*"},
            "nth": 4,
            "every": 2,
            "first": 8,
            "chance": "30%",
        },
        then=["queued", "expired"],
    ).when
    assert when == Conditions(
        model=("a", "b*"),
        prompt=("/x/",),
        mode=(Mode.TEXT,),
        roles=("last_frame",),
        key=("k",),
        dialect=("ark",),
        header=(("user-agent", "*Java*"),),
        nth=4,
        every=2,
        first=8,
        chance=0.3,
    )


def test_a_step_lasts_a_time_a_range_a_distribution_some_polls_or_forever() -> None:
    assert steps({"queued": "500ms"}, {"running": {"median": "2s", "p99": "20s"}}, "succeeded") == [
        *(
            (Status.QUEUED, exactly(0.5), None),
            (Status.RUNNING, LogNormal(2, 20), None),
            (Status.SUCCEEDED, None, None),
        ),
    ]
    assert steps({"queued": {"polls": 3}}, {"running": "forever"}) == [
        *((Status.QUEUED, None, 3), (Status.RUNNING, None, None)),
    ]
    assert steps("queued", "running", "expired") == [
        *((Status.QUEUED, QUEUED, None), (Status.RUNNING, RUNNING, None), (Status.EXPIRED, None, None)),
    ]
    assert steps({"queued": 2}, "cancelled")[-1][0] is Status.CANCELLED
    assert steps({"queued": "1s..2s"}, "failed")[0][1] == Uniform(1, 2)


def test_a_task_fails_with_a_known_code_one_of_its_own_or_the_usual_one() -> None:
    assert only_rule(then=["queued", {"failed": "InternalServiceError"}]).outcome.failure == "server.internal"
    own = {"code": "IPCheckPending", "message": "not finished"}
    assert only_rule(then=["queued", {"failed": own}]).outcome.failure == Failure("IPCheckPending", "not finished")
    assert only_rule(then=["queued", "failed"]).outcome.failure == "server.internal"


def test_a_rule_may_refuse_the_request_instead() -> None:
    outcome = only_rule(when={"prompt": "*nude*"}, refuse="InputTextSensitiveContentDetected").outcome
    assert outcome.refusal == "moderation.input_text"


def test_a_success_may_differ_in_many_ways() -> None:
    outcome = success(
        usage="zero", video_url="dead", last_frame_url="missing", model="other", expire="5s", shown={"seed": None}
    ).outcome
    assert outcome.result == ResultVariant(UsageShown.ZERO, LinkShown.DEAD, LinkShown.MISSING, "other")
    assert outcome.link_life == 5
    assert outcome.shown == {"seed": None}
    assert success(usage=7).outcome.result == ResultVariant(usage=7)
    assert success().outcome.result == ResultVariant()
    assert success().outcome.link_life == DAY


def test_a_clip_is_a_file_beside_the_scenario(tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"clip")
    file = tmp_path / "s.yaml"
    file.write_text("outcomes:\n  - then: [queued, running, {succeeded: {clip: clip.mp4}}]\n")
    assert scenario_from_file(file).outcomes[0].outcome.result.clip == str((tmp_path / "clip.mp4").resolve())
    with pytest.raises(ScenarioError, match="SC206"):
        success(clip="clip.mp4")


EFFECTS: list[tuple[str, dict[str, Any], FaultEffect]] = [
    ("create", {"refuse": "ServerOverloaded"}, Refuse("ServerOverloaded")),
    (
        "fetch",
        {"refuse": "ServerOverloaded", "retry_after": "2s", "should_retry": False},
        Refuse("ServerOverloaded", 2.0, False),
    ),
    ("download", {"refuse": "NoSuchKey"}, Refuse("NoSuchKey")),
    ("fetch", {"status": 503}, AnswerEffect(503)),
    (
        "fetch",
        {"status": 200, "body": {"error": "x"}, "content_type": "application/json", "headers": {"X-A": "1"}},
        AnswerEffect(200, '{"error": "x"}', "application/json", {"X-A": "1"}),
    ),
    (
        "fetch",
        {"status": 429, "body": "slow down", "retry_after": 1.5, "should_retry": True},
        AnswerEffect(429, "slow down", None, {"Retry-After": "1.5", "x-should-retry": "true"}),
    ),
    ("list", {"html": True}, Html()),
    ("delete", {"empty": True}, Empty()),
    ("create", {"malformed": True}, Malformed()),
    ("content", {"delay": "1s..4s"}, Delay(Uniform(1, 4))),
    ("fetch", {"delay": {"median": "2s", "p99": "20s"}}, Delay(LogNormal(2, 20))),
    ("fetch", {"hang": True}, Hang()),
    ("fetch", {"reset": True}, ResetConnection()),
    ("download", {"truncate": "50%"}, Truncate(0.5)),
    ("download", {"drip": "2kB/s"}, Drip(2000)),
    ("fetch", {"drift": "usage"}, Drift((DriftingField.USAGE,))),
    ("list", {"drift": ["error", "duration", "error"]}, Drift((DriftingField.ERROR, DriftingField.DURATION))),
    ("fetch", {"show": "unknown"}, Show("unknown")),
    ("fetch", {"show": ""}, Show("")),
    ("fetch", {"backwards": True}, Backwards()),
    ("create", {"after_commit": "reset"}, AfterCommit(ResetConnection())),
    ("create", {"after_commit": "hang"}, AfterCommit(Hang())),
    ("create", {"after_commit": "truncate"}, AfterCommit(Truncate(0.5))),
    ("create", {"after_commit": "malformed"}, AfterCommit(Malformed())),
    ("create", {"after_commit": 503}, AfterCommit(AnswerEffect(503))),
    ("create", {"after_commit": "30s"}, AfterCommit(Delay(exactly(30)))),
    ("download", {"missing": 2}, Missing(2)),
    ("download", {"expire": "5s"}, Expire(5.0)),
    ("download", {"wrong_type": True}, WrongType()),
    ("download", {"escaped": True}, Escaped()),
    ("callback", {"lose": True}, Lose()),
    ("callback", {"duplicate": 2}, Duplicate(2)),
    ("callback", {"late": "30s"}, Late(exactly(30))),
    ("callback", {"reorder": True}, Reorder()),
]


@pytest.mark.parametrize(("on", "keys", "value"), EFFECTS)
def test_an_effect_is_read(on: str, keys: dict[str, Any], value: FaultEffect) -> None:
    assert effect(on, **keys) == value


def test_every_effect_is_read_somewhere() -> None:
    assert {type(value) for _, _, value in EFFECTS} == {kind.value for kind in KINDS}


def test_a_fault_has_the_name_it_is_given_or_its_own() -> None:
    assert fault_from_object({"on": "fetch", "hang": True}, "f-1").name == "f-1"
    assert fault_from_object({"on": "fetch", "hang": True, "name": "mine"}, "f-1").name == "mine"


@pytest.mark.parametrize("document", [[], "x", None, 5])
def test_an_object_that_is_no_mapping_is_refused(document: object) -> None:
    with pytest.raises(ScenarioError):
        scenario_from_object(document)
    with pytest.raises(ScenarioError):
        fault_from_object(document)


def test_the_same_scenario_may_be_yaml_or_json(tmp_path: Path) -> None:
    document = {"name": "x", "seed": 3, "outcomes": [{"then": ["queued", {"failed": "InternalServiceError"}]}]}
    file = tmp_path / "x.json"
    file.write_text(json.dumps(document))
    assert scenario_from_file(file) == scenario_from_object(document)


def test_words_on_the_command_line_are_files_or_built_in_names(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("seed: 5\nfaults: [{on: fetch, hang: true}]\n")
    assert scenario_named(str(file)).seed == 5
    assert scenario_named("output-moderation") == load_builtin("output-moderation")
    both = load_all(["lost-reply", str(file)])
    assert (both.name, both.seed, len(both.faults)) == ("lost-reply+mine", 5, 2)
    with pytest.raises(KeyError, match="output-moderation"):
        scenario_named("output-modration")
    with pytest.raises(FileNotFoundError):
        scenario_named(str(tmp_path / "none.yaml"))


def test_all_mistakes_of_all_files_are_reported(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"sed: {name}\n")
    (tmp_path / "good.yml").write_text("seed: 1\n")
    (tmp_path / ".hidden.yaml").write_text("sed: 1\n")
    files = files_in(tmp_path)
    assert [file.name for file in files] == ["a.yaml", "b.yaml", "good.yml"]
    assert [(each.code, Path(each.file).name) for each in check_files(files)] == [
        ("SC101", "a.yaml"),
        ("SC101", "b.yaml"),
    ]
    with pytest.raises(ScenarioError) as caught:
        load_all([str(file) for file in files])
    assert len(caught.value.complaints) == 2


def test_a_file_that_is_not_utf_8_is_refused_at_the_byte(tmp_path: Path) -> None:
    file = tmp_path / "latin.yaml"
    file.write_bytes("name: x\nabout: caf\xe9\n".encode("latin-1"))
    (only,) = check_files([file])
    assert (only.code, only.place.line, only.place.column) == ("SC001", 2, 11)
