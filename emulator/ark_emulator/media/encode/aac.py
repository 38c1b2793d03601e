"""One frame of AAC-LC that, repeated, is a steady tone.

The tone of 430.664 Hz has exactly ten periods in the 1024 samples of a frame. An encoder in its steady state therefore
writes the same frame again and again, and decoding the repeated frame gives the tone.
"""

from typing import Final

SAMPLE_RATE: Final = 44100  # hertz
CHANNELS: Final = 1
SAMPLES_PER_FRAME: Final = 1024
PRIMING: Final = 1024  # samples that a decoder gives before the first real one
AUDIO_SPECIFIC_CONFIG: Final = bytes.fromhex("1208")  # AAC-LC, 44.1 kHz, one channel (ISO/IEC 14496-3 section 1.6.2.1)

FRAME: Final = bytes.fromhex(
    "00fa352d4eb3abdbd77f67dff556eeefc7c7ad6fe3baf8f9acba9d7332a77edf3edeaf40"
    "05734daeeb9632c120120ef486dbe4a93f8efbc25b7159ee9eb010f35532ea593d1525c1"
    "ebf698e5195aa596195aa4dfa05482aa55ba4e9d04a277f04a3df84d34a24d301df8124d"
    "277e04921349348124d2493124d3492077d24d20134d24c04d20013004c4931c"
)


def frames_within(pictures: int, picture_rate: int) -> int:
    """Return the most frames that do not play longer than so many pictures at `picture_rate` per second."""
    return (pictures * SAMPLE_RATE // picture_rate + PRIMING) // SAMPLES_PER_FRAME
