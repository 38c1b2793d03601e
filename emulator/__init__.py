"""Ark Emulator: a local emulator of the Ark video generation API and of the gateways in front of it."""

__version__ = "0.1.0"
