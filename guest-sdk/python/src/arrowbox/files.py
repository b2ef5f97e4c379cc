"""The files that a reader was given, and no others: `entries()` names them, `open()` reads one."""

from __future__ import annotations

import io
from typing import Iterator, List, NamedTuple

from ._errors import Error
from ._host import files as host
from ._options import _Reader

#: What the host is asked for at once, in bytes.
BUFFER = 1 << 20


class Entry(NamedTuple):
    """One of the files."""

    path: str
    #: In bytes.
    size: int


class Range(NamedTuple):
    """Some bytes of a file."""

    path: str
    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


def entries() -> List[Entry]:
    """All of them, in the order of their paths."""
    return [Entry(path, size) for path, size in host().entries()]


def size(path: str) -> int:
    """In bytes."""
    for entry in entries():
        if entry.path == path:
            return entry.size
    raise Error(f"{path} is none of the files that the reader was given")


def read(path: str, offset: int = 0, length: int = -1) -> bytes:
    """From `offset`, `length` bytes or what is left; all that is left without a length."""
    pieces, at = [], offset
    end = size(path) if length < 0 else offset + length
    while at < end:
        piece = host().read(path, at, min(end - at, 16 << 20))
        if not piece:
            break
        pieces.append(piece)
        at += len(piece)
    return b"".join(pieces)


def open(path: str) -> io.BufferedReader:
    """A file to read, from one end to the other or from anywhere. It reads a MiB at a time."""
    return io.BufferedReader(_Reader(lambda at, length: read(path, at, length), lambda: size(path)), BUFFER)


def lines(where: Range) -> Iterator[bytes]:
    """The lines that begin in a part of a file, without their ends: so that parts which cover a file have each line
    once. The last is there whether or not the file ends with a line break; `\\r` before `\\n` belongs to the line."""
    at = where.offset
    rest = b""
    if at > 0:
        # A line that began before is somebody else's: look at the byte before for whether one begins here.
        at -= 1
        skipping = True
    else:
        skipping = False
    position = at
    while True:
        piece = read(where.path, at, BUFFER)
        at += len(piece)
        data = rest + piece
        if skipping:
            end = data.find(b"\n")
            if end < 0:
                if not piece:
                    return
                position += len(data)
                rest = b""
                continue
            data = data[end + 1 :]
            position += end + 1
            skipping = False
        found = data.split(b"\n")
        rest = found.pop()
        for line in found:
            if position >= where.end:
                return
            position += len(line) + 1
            yield line
        if position >= where.end:
            return
        if not piece:
            if rest:
                yield rest
            return
