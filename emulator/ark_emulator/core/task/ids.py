"""Ids as the real service prints them, derived from the seed so that they repeat and never collide.

A task's *place* is a number below 27^5. Within a key the places pass through the whole cycle before one repeats, so a
hundred thousand tasks of one frozen second still have different ids. Id and object name both spell the place, which is
how a storage path is mapped to its task without an index.
"""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from ark_emulator.core.time.dice import BETWEEN, Dice

ALPHABET: Final = "bcdfghjklmnpqrstvwxz2456789"
"""The alphabet of the suffix: 25 of 30 recorded ids use only these characters."""
PLACES: Final = len(ALPHABET) ** 5
_STRIDE: Final = 8_875_297
"""Coprime to 27^5 and near its golden section, so that consecutive ids look unrelated."""
_CHINA: Final = timezone(timedelta(hours=8))
_HEX_STRIDE: Final = 10_368_889
_HEX_SPACE: Final = 1 << 24
_HEX_BACK: Final = pow(_HEX_STRIDE, -1, _HEX_SPACE)
_DECIMAL_EPOCH: Final = 1_564_000_000
_DECIMAL_LEAST: Final = 10**17
_DECIMAL_STRIDE: Final = 292
"""All places of one second fit between the ids of two: 27^5 * 292 < 1000 * 2^22."""
OBJECT_NAME: Final = 53
"""The length of an object name, without the ending that follows it: `.mp4`, `_last-frame.png`."""
_OBJECT_NAME: Final = re.compile(r"02[0-9]{13}0{20}ffff[0-9a-f]{14}")
_BASE62: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


def place(dice: Dice, key: str, number: int) -> int:
    """Return the place of the `number`-th task of a key."""
    return (_first_place(dice, key) + number * _STRIDE) % PLACES


@lru_cache(maxsize=1024)
def _first_place(dice: Dice, key: str) -> int:
    return dice.whole(0, PLACES - 1, "place", key)


def task_id(created_at: float, spot: int, *, batch: bool = False) -> str:
    """Return `cgt-YYYYMMDDHHMMSS-xxxxx`, `cgt-batch-...` for the flex tier; the clock is UTC+8 on both sites
    (recorded).
    """
    return f"cgt-{'batch-' if batch else ''}{_china_stamp(int(created_at))}-{_spell(spot)}"


@lru_cache(maxsize=128)
def _china_stamp(second: int) -> str:
    return datetime.fromtimestamp(second, _CHINA).strftime("%Y%m%d%H%M%S")


def object_name(created_at: float, spot: int, pod: str) -> str:
    """Return the storage name of a task's result.

    It is `02`, 13 digits of milliseconds, zeros, `ffff`, a pod address, 6 digits. `pod` is 8 hexadecimal digits; each
    world has its own.
    """
    return f"02{int(created_at * 1000):013d}{'0' * 20}ffff{pod}{spot * _HEX_STRIDE % _HEX_SPACE:06x}"


def is_object_name(text: str) -> bool:
    """Return True for a text of the form that `object_name` returns."""
    return _OBJECT_NAME.fullmatch(text) is not None


def task_ids_of(name: str) -> tuple[str, str]:
    """Return the ids, online and flex, of the task with this object name."""
    created_at, spot = int(name[2:15]) // 1000, _spot_of(name)
    return task_id(created_at, spot), task_id(created_at, spot, batch=True)


def decimal_id(created_at: float, spot: int) -> str:
    """Return a task id of 18 digits, as Kling's are: milliseconds since 2019 times 2^22, plus a part unique per task.

    The milliseconds are those of whole seconds. The epoch is inferred from a recorded id, the rest from its form.
    """
    since = int(created_at) - _DECIMAL_EPOCH
    number = (since * 1000 << 22) + spot * _DECIMAL_STRIDE
    return str(_DECIMAL_LEAST + (number - _DECIMAL_LEAST) % (9 * _DECIMAL_LEAST))


def decimal_id_of(name: str) -> str:
    """Return the decimal id of the task with this object name."""
    return decimal_id(int(name[2:15]) // 1000, _spot_of(name))


def pod_of(name: str) -> str:
    """Return the pod address within an object name."""
    return name[39:47]


def request_id(now: float, dice: Dice, key: str, number: int) -> str:
    """Return a request id of 53 characters: `02`, 13 digits of milliseconds, 38 hexadecimal digits (recorded shape)."""
    return f"02{int(now * 1000):013d}{dice.nth_hex(38, f'request{BETWEEN}{key}', number)}"


def public_task_id(dice: Dice, key: str, number: int) -> str:
    """Return a gateway's id: `task_` and 32 characters of base 62 (new-api source)."""
    digest = dice.digest("public", key, number, size=32)
    return "task_" + "".join(_BASE62[byte % 62] for byte in digest)


def utc_stamp(moment: float) -> str:
    """Return a moment as `YYYYMMDDHHMMSS` in UTC."""
    return datetime.fromtimestamp(int(moment), UTC).strftime("%Y%m%d%H%M%S")


def _spot_of(name: str) -> int:
    return int(name[-6:], 16) * _HEX_BACK % _HEX_SPACE % PLACES


def _spell(spot: int) -> str:
    letters = []
    for _ in range(5):
        spot, digit = divmod(spot, len(ALPHABET))
        letters.append(ALPHABET[digit])
    return "".join(letters)
