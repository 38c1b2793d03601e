"""Steers a running emulator over its control API, from any thread, with the standard library alone.

`connect(url)` answers with a handle on the server's default world, `handle.world()` with one on a fresh world.
"""

from ark_emulator.client.handle import URL, URL_VARIABLE, Client, Scenario, connect, is_text
from ark_emulator.client.transport import BadAddress, ControlError, Unreachable

__all__ = [
    "URL",
    "URL_VARIABLE",
    "BadAddress",
    "Client",
    "ControlError",
    "Scenario",
    "Unreachable",
    "connect",
    "is_text",
]
