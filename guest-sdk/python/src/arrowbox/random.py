"""What the grant `random` gives."""

from __future__ import annotations

import os

from ._host import HOST

_CHUNK = 65_536


def bytes(length: int):
    """So many bytes that nobody can foretell. The function has to be granted `random`, and says so:
    `grants=["random"]`. Without the grant the query ends here."""
    if HOST.random is None:
        return os.urandom(length)
    pieces = [HOST.random.bytes(min(_CHUNK, length - at)) for at in range(0, length, _CHUNK)]
    return b"".join(pieces)


def integer(below: int) -> int:
    """A number from zero on, below this one, each as likely."""
    if below <= 0:
        raise ValueError("there is no number from zero on below that")
    width = (below.bit_length() + 7) // 8 + 8
    return int.from_bytes(bytes(width), "little") % below


def fraction() -> float:
    """A number from zero on, below one."""
    return (int.from_bytes(bytes(8), "little") >> 11) / (1 << 53)
