"""How each effect acts on an exchange, one function per effect."""

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from ark_emulator.core.scenario import effects
from ark_emulator.web.faults.ageing import backwards
from ark_emulator.web.faults.committing import after_commit
from ark_emulator.web.faults.cutting import drip, reset, truncate
from ark_emulator.web.faults.holding import delay, hang
from ark_emulator.web.faults.refusing import refuse
from ark_emulator.web.faults.replacing import answer, html
from ark_emulator.web.faults.rewriting import drift, show
from ark_emulator.web.faults.spoiling import empty, malformed
from ark_emulator.web.faults.storing import escaped, expire, missing, wrong_type
from ark_emulator.web.faults.strike import FaultContext
from ark_emulator.web.http.http_response import HandlerResult

EffectHandler: TypeAlias = Callable[[FaultContext[Any]], Awaitable[HandlerResult]]

EFFECT_HANDLERS: Final[Mapping[type[effects.FaultEffect], EffectHandler]] = MappingProxyType(
    {
        effects.Refuse: refuse,
        effects.AnswerEffect: answer,
        effects.Html: html,
        effects.Empty: empty,
        effects.Malformed: malformed,
        effects.Delay: delay,
        effects.Hang: hang,
        effects.ResetConnection: reset,
        effects.Truncate: truncate,
        effects.Drip: drip,
        effects.Drift: drift,
        effects.Show: show,
        effects.Backwards: backwards,
        effects.AfterCommit: after_commit,
        effects.Missing: missing,
        effects.Expire: expire,
        effects.WrongType: wrong_type,
        effects.Escaped: escaped,
    }
)
"""Every effect that strikes a request; those on callbacks act where callbacks are sent."""
