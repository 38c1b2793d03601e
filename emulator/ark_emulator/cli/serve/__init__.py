"""The command `serve`: flags, banner and reload."""
