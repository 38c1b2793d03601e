"""Facts of the emulated services, read from the data files: models, sizes, errors, account limits."""
