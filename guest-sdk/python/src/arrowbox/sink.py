"""The files that a writer makes. They lie below the location of its table, and are visible when all is written."""

from __future__ import annotations

import io
from typing import Optional

from ._errors import Error
from ._host import sink as host

#: What is given to the host at once, in bytes.
BUFFER = 256 << 10


class File(io.RawIOBase):
    """A file being made, at a path of names with `/` between them that do not begin with a dot.

    It gathers 256 KiB before it gives them to the host. A file that is not finished is not there; at the end of a
    `with` it is finished, unless an exception ended that.
    """

    def __init__(self, path: str):
        super().__init__()
        self.path = path
        self._target = host().create(path)
        self._buffer = bytearray()
        self._size: Optional[int] = None

    def __exit__(self, kind, *others) -> None:
        if kind is None and not self.closed:
            self.finish()
        super().__exit__(kind, *others)

    def writable(self) -> bool:
        return True

    def write(self, piece) -> int:
        """Adds bytes, or text, which is UTF-8."""
        if self._size is not None:
            raise Error(f"{self.path} is finished already")
        piece = piece.encode() if isinstance(piece, str) else bytes(piece)
        length = len(piece)
        if length >= BUFFER:
            self._drain()
            self._target.write(piece)
            return length
        self._buffer += piece
        if len(self._buffer) >= BUFFER:
            self._drain()
        return length

    def finish(self) -> int:
        """Ends the file and says how many bytes it has."""
        if self._size is None:
            self._drain()
            self._size = self._target.finish()
        return self._size

    def _drain(self) -> None:
        if self._buffer:
            self._target.write(bytes(self._buffer))
            self._buffer.clear()
