"""Handlers of the emulated routes: Ark, gateways, object storage."""
