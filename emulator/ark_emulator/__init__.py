"""Ark Emulator: a local emulator of the Ark video generation API and of the gateways in front of it.

`Emulator` runs one in this process, `connect` returns a client of one that runs elsewhere. Both are imported when first
used, so that importing this package costs nothing.
"""

TYPE_CHECKING = False  # what typing has under this name, without the time that importing it takes
if TYPE_CHECKING:
    from ark_emulator.client import connect
    from ark_emulator.embedded import Emulator

__version__ = "0.1.0"
__all__ = ["Emulator", "__version__", "connect"]


def __getattr__(name: str) -> object:
    """Import and return a public name."""
    if name == "Emulator":
        from ark_emulator.embedded import Emulator

        return Emulator
    if name == "connect":
        from ark_emulator.client import connect

        return connect
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
