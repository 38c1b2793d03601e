"""The numbers on which the sources disagree; each can be configured to another source's value."""

from dataclasses import dataclass, fields
from typing import Final


@dataclass(frozen=True, slots=True)
class DisputedNumbers:
    """One value for each number in dispute.

    `least_expiry` is the shortest `execution_expires_after` of 2.x in seconds: the service accepts less than the 3600
    of the seed (recorded); the lower bound is not known. `most_seed` is the largest seed: the seed page's, or
    2147483647 of the newest official one. `unknown_video_seconds` is how long a reference video counts whose length was
    not read.
    """

    least_expiry: int = 1
    most_seed: int = 2**32 - 1
    unknown_video_seconds: int = 5


DEFAULT_NUMBERS: Final = DisputedNumbers()
NAMES: Final = tuple(field.name for field in fields(DisputedNumbers))
