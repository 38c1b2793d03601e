"""The published description of the APIs, written when it is first asked for: its models take time to build."""

from collections.abc import Sequence
from functools import cache
from typing import Any

from ark_emulator.dialects.base import json_bytes


@cache
def description(routes: Sequence[Any]) -> bytes:
    """Return the OpenAPI description of a table of routes as JSON."""
    from ark_emulator.web.control.schema.openapi import document

    return json_bytes(document(routes))
