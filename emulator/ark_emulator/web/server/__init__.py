"""Connections and sockets: HTTP as aiohttp speaks it, with our limits."""
