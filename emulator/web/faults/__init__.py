"""How each effect acts on an exchange, one function per effect."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from emulator.core import faults
from emulator.web.answers import Answer
from emulator.web.faults.ageing import backwards
from emulator.web.faults.committing import after_commit
from emulator.web.faults.cutting import drip, reset, truncate
from emulator.web.faults.holding import delay, hang
from emulator.web.faults.refusing import refuse
from emulator.web.faults.replacing import answer, html
from emulator.web.faults.rewriting import drift, show
from emulator.web.faults.spoiling import empty, malformed
from emulator.web.faults.storing import escaped, expire, missing, wrong_type
from emulator.web.faults.strike import Strike

Act: TypeAlias = Callable[[Strike[Any]], Awaitable[Answer]]

ACTS: Final[Mapping[type[faults.Effect], Act]] = MappingProxyType(
    {
        faults.Refuse: refuse,
        faults.Answer: answer,
        faults.Html: html,
        faults.Empty: empty,
        faults.Malformed: malformed,
        faults.Delay: delay,
        faults.Hang: hang,
        faults.Reset: reset,
        faults.Truncate: truncate,
        faults.Drip: drip,
        faults.Drift: drift,
        faults.Show: show,
        faults.Backwards: backwards,
        faults.AfterCommit: after_commit,
        faults.Missing: missing,
        faults.Expire: expire,
        faults.WrongType: wrong_type,
        faults.Escaped: escaped,
    }
)
"""Every effect that strikes a request; those on callbacks act where callbacks are sent."""
