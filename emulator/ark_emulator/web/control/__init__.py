"""The control API under `/_emulator/`: a handler per verb, in a room per subject."""
