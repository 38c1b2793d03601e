"""The Python client of the control API.

`connect(url)` returns a client of the server's default world, `client.world()` a client of a new world.

1. The package imports only the standard library at load time: test suites import it without starting an emulator.
2. Every call uses its own connection, so that threads can share a client.
3. A rejected call raises ControlError with the server's message; a server that does not respond raises Unreachable.

The pytest plugin, `Emulator` and the commands of `ark_emulator.cli` use it, as do test suites.
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
