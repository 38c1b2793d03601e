"""Run as `python -m ark_emulator`, and as `ark-emulator`.

The command line takes a moment to be imported. An interrupt in that moment ends the program as the system does it,
without a traceback; from then on it is the command's.
"""

import sys

# The module signal would import much more before anything can be done.
from _signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]


def run() -> int:
    """Run the command that this program was started with; answers with the exit code."""
    interruptible = getsignal(SIGINT) is default_int_handler  # a program in the background may be told to ignore them
    if interruptible:
        signal(SIGINT, SIG_DFL)
    from ark_emulator.cli import main

    try:
        if interruptible:
            signal(SIGINT, default_int_handler)
        return main()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(run())
