"""Time and chance: the virtual clock, named dice, random durations, queues for slots."""
