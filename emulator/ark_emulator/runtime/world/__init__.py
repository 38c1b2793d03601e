"""One world: clock, tasks, journal, ledger, admission of creates, and behaviour."""
