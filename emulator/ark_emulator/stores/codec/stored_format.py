"""The names under which the classes and fields of the core are stored. Files written with them must stay readable.

A store never holds the name of a class or an attribute: it holds the tag and the field names of this table. A class or
an attribute can therefore be renamed by changing the left side of its row only. The right side is the stored format:

- a new class or a new field with a default is a new entry here, and needs no new format number;
- a changed tag, field name, or default of an existing field needs a new format number and an upgrade step.

`tests/stores/codec/test_stored_format.py` compares this table with the classes, and reads `fixtures/stored` with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Stored:
    """How a class is stored: its tag in a union of several classes, and the stored name of each attribute."""

    tag: str
    fields: Mapping[str, str]


def _row(tag: str, fields: str) -> Stored:
    """Return a row. `fields` lists the attributes in order; `new:old` is one that is stored under its old name."""
    pairs = (each.partition(":") for each in fields.split())
    return Stored(tag, MappingProxyType({name: stored or name for name, _, stored in pairs}))


CLASSES: Final[Mapping[str, Stored]] = MappingProxyType(
    {
        "Task": _row("Task", "id number submission plan alias facts published deliveries"),
        "Submission": _row(
            "Submission",
            "dialect key model items parameters:asked origin trace extras terms named upstream own",
        ),
        "Item": _row("Item", "kind value role"),
        "TaskParameters": _row(
            "Parameters",
            "resolution ratio duration frames seed camera_fixed watermark generate_audio draft "
            "return_last_frame service_tier priority execution_expires_after callback_url safety_identifier "
            "tools output_format omni_reference_task_type subdivision_level file_format request_type",
        ),
        "GatewayPolicy": _row("Terms", "looks_every gives_up_after ends callback_statuses:tells bill keeps"),
        "Bill": _row("Bill", "hold ratio"),
        "Plan": _row(
            "Plan",
            "accepted_at expires_after steps model family mode seed picture usage name failure tier draft "
            "draft_task_id lane priority link_life retention rule notes result shown",
        ),
        "Step": _row("Step", "status seconds polls"),
        "Picture": _row(
            "Picture",
            "width height frames audio watermark last_frame container ratio resolution by_frames",
        ),
        "Usage": _row("Usage", "tokens searches"),
        "Failure": _row("Failure", "code message"),
        "ResultVariant": _row("Result", "usage video_url last_frame_url model clip unreadable"),
        "Started": _row("Started", "at"),
        "Observed": _row("Looked", "at"),
        "Cancelled": _row("Cancelled", "at"),
        "Forced": _row("Forced", "at status failure"),
        "Erased": _row("Erased", "at"),
        "Delivery": _row("Delivery", "number status marked_at url due state attempts order fault"),
        "DeliveryAttempt": _row("Attempt", "at took verdict response_status detail transcript"),
        "Transcript": _row("Transcript", "url request_headers request_body response_headers response_body"),
        "LedgerEntry": _row("Entry", "at key kind amount task upstream quota tokens note"),
        "WorldRecord": _row("Birth", "space pod explicit_settings:chosen dice clock limits scenario"),
        "Dice": _row("Dice", "seed"),
        "VirtualClock": _row("Clock", "base anchor speed mode"),
        "Limits": _row("Limits", "account creates_per_minute concurrent queued"),
        "Scenario": _row("Scenario", "name about source expects clock seed limits keys timings outcomes faults text"),
        "ClockChoice": _row("ClockChoice", "mode speed start"),
        "KeyPolicy": _row("KeyPolicy", "balance models status user limit sharing"),
        "Timings": _row("Timings", "queued running"),
        "Uniform": _row("Span", "least most"),
        "LogNormal": _row("Tail", "median p99"),
        "OutcomeRule": _row("OutcomeRule", "name when outcome"),
        "Conditions": _row("Conditions", "model prompt mode roles key dialect header nth every first chance"),
        "Outcome": _row("Outcome", "stages failure shown link_life rule result refusal"),
        "Stage": _row("Stage", "status span polls"),
        "FaultRule": _row("FaultRule", "name on when effect"),
        "Refuse": _row("Refuse", "code retry_after should_retry"),
        "AnswerEffect": _row("Answer", "status body content_type headers"),
        "Html": _row("Html", ""),
        "Empty": _row("Empty", ""),
        "Malformed": _row("Malformed", ""),
        "Delay": _row("Delay", "length"),
        "Hang": _row("Hang", ""),
        "ResetConnection": _row("Reset", ""),
        "Truncate": _row("Truncate", "share"),
        "Drip": _row("Drip", "bytes_per_second"),
        "Drift": _row("Drift", "fields"),
        "Show": _row("Show", "status"),
        "Backwards": _row("Backwards", ""),
        "AfterCommit": _row("AfterCommit", "reply"),
        "Missing": _row("Missing", "times"),
        "Expire": _row("Expire", "seconds"),
        "WrongType": _row("WrongType", ""),
        "Escaped": _row("Escaped", ""),
        "Lose": _row("Lose", ""),
        "Duplicate": _row("Duplicate", "times"),
        "Late": _row("Late", "length"),
        "Reorder": _row("Reorder", ""),
        "AddedFaults": _row("Added", "count rules documents:wishes"),
        "CallbacksPaused": _row("Paused", "on"),
    }
)
"""The row of each class, by the name that the class has now."""


def stored(kind: type) -> Stored:
    """Return the row of a class. TypeError for a class that has none."""
    row = CLASSES.get(kind.__name__)
    if row is None:
        raise TypeError(
            f"cannot store {kind.__name__}: it has no row in emulator/ark_emulator/stores/codec/stored_format.py"
        )
    return row


def stored_name(kind: type, attribute: str) -> str:
    """Return the name under which an attribute of a class is stored. TypeError when its row does not have it."""
    fields = stored(kind).fields
    if attribute not in fields:
        place = f"the row of {kind.__name__} in emulator/ark_emulator/stores/codec/stored_format.py"
        raise TypeError(f"cannot store {kind.__name__}.{attribute}: add the field to {place}")
    return fields[attribute]
