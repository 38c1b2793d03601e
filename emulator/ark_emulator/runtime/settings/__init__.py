"""The settings of a server, their validation, and the interface to load scenarios."""
