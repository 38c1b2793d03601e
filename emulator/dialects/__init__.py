"""Dialects: each turns its own wire into a submission, and prints the same view its own way. Pure."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from emulator.dialects.ark import ArkDialect
from emulator.dialects.base import Dialect

DIALECTS: Final[Mapping[str, Dialect]] = MappingProxyType({"ark": ArkDialect()})
"""Every dialect by its name."""
