"""The program `python -m ark_emulator`, also installed as `ark-emulator`.

The command line takes a moment to be imported. An interrupt in that moment ends the program by the default action of
the system, without a traceback. After that, the command handles interrupts.
"""

import sys

# The module `signal` would import much more before the handler can be set.
from _signal import SIG_DFL, SIGINT, default_int_handler, getsignal, signal  # type: ignore[import-not-found]


def run() -> int:
    """Run the command of this program; return its exit code."""
    interruptible = getsignal(SIGINT) is default_int_handler  # shells start background programs with interrupts ignored
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
