"""Bit strings of H.264: fixed and Exp-Golomb codes, and NAL units.

A bit string is a `str` of the characters 0 and 1. Joining and repeating text is the fastest way to put
codes of odd lengths together in pure Python, and `int(text, 2)` packs them in one call.
"""

import re
import struct

# Two zero bytes before a byte of 0 to 3 would look like a start code (H.264 section 7.4.1).
_LOOKS_LIKE_START_CODE = re.compile(rb"\0\0(?=[\0-\3])")


def fixed(value: int, width: int) -> str:
    """Return the code u(n): `value` in exactly `width` bits."""
    return format(value, f"0{width}b")


def unsigned(value: int) -> str:
    """Return the code ue(v): Exp-Golomb of a value of 0 or more (H.264 section 9.1)."""
    code = format(value + 1, "b")
    return "0" * (len(code) - 1) + code


def signed(value: int) -> str:
    """Return the code se(v): Exp-Golomb of any integer (H.264 section 9.1.1)."""
    return unsigned(2 * value - 1 if value > 0 else -2 * value)


def pack(bits: str) -> bytes:
    """Return whole bytes of a bit string, first bit highest; zeros fill the last byte."""
    length = -(-len(bits) // 8)
    return int(bits.ljust(8 * length, "0") or "0", 2).to_bytes(length, "big")


def escape(payload: bytes) -> bytes:
    """Return the payload of a NAL unit with emulation prevention bytes."""
    return _LOOKS_LIKE_START_CODE.sub(b"\0\0\3", payload)


def nal_unit(header: int, bits: str) -> bytes:
    """Return a NAL unit: its header byte, then the bits with the stop bit, escaped. No start code, no length."""
    return bytes((header,)) + escape(pack(bits + "1"))


def with_length(unit: bytes) -> bytes:
    """Return a NAL unit behind its length in four bytes, as samples of an MP4 carry it."""
    return struct.pack(">I", len(unit)) + unit
