"""Bitmaps, least significant bit first, as lists of truth values."""

from __future__ import annotations

from itertools import chain
from typing import List, Sequence, Union

Bytes = Union[bytes, bytearray, memoryview]

_EIGHT = [tuple(bool(byte >> bit & 1) for bit in range(8)) for byte in range(256)]
_DIGITS = bytes.maketrans(b"\0\1", b"01")


def unpack(bitmap: Bytes, length: int) -> List[bool]:
    """The first `length` bits."""
    eight = _EIGHT
    bits = list(chain.from_iterable([eight[byte] for byte in bitmap[: (length + 7) // 8]]))
    del bits[length:]
    return bits


def pack(bits: Sequence[bool]) -> bytes:
    """The bitmap of truth values (or of zeros and ones)."""
    if not bits:
        return b""
    digits = bytes(bits)[::-1].translate(_DIGITS)
    return int(digits, 2).to_bytes((len(bits) + 7) // 8, "little")


def both(left: Bytes, right: Bytes) -> bytes:
    """The bits that are set in both bitmaps of one length."""
    number = int.from_bytes(left, "little") & int.from_bytes(right, "little")
    return number.to_bytes(max(len(left), len(right)), "little")


def count(bitmap: Bytes, length: int) -> int:
    """How many of the first `length` bits are set."""
    return (int.from_bytes(bitmap, "little") & ((1 << length) - 1)).bit_count()
