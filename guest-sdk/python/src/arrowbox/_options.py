"""What the statement that made a function known said to it."""

from __future__ import annotations

import io
from typing import Dict, Iterable, List, Mapping, Optional, Tuple

from ._errors import Error

_CHUNK = 16 << 20


class Options:
    """Parameters and data of a function.

    `CREATE FUNCTION … OPTIONS (param.mode = 'strict', data.lexicon = 'words.csv')`. A test makes its own:
    `Options({"mode": "strict"}, data={"lexicon": b"…"})`.
    """

    __slots__ = ("_params", "_data")

    def __init__(self, params: Optional[Mapping[str, str]] = None, data: Optional[Mapping[str, bytes]] = None):
        self._params: Dict[str, str] = dict(params or {})
        self._data = {name: Blob(name, bytes) for name, bytes in (data or {}).items()}

    @classmethod
    def of_host(cls, parameters: Iterable[Tuple[str, str]], data: Iterable[str]) -> "Options":
        options = cls(dict(parameters))
        options._data = {name: Blob(name) for name in data}
        return options

    def param(self, key: str, default: Optional[str] = None) -> Optional[str]:
        """The value of `param.<key>`."""
        return self._params.get(key, default)

    def params(self) -> List[Tuple[str, str]]:
        """All parameters, in the order in which they were given."""
        return list(self._params.items())

    def data(self, name: str) -> Optional["Blob"]:
        """The blob `data.<name>`."""
        return self._data.get(name)

    def only(self, *known: str) -> None:
        """Refuses every parameter and every blob but these, so that a misspelt one is noticed."""
        for kind, names in (("param", self._params), ("data", self._data)):
            for name in names:
                if name in known:
                    continue
                if not known:
                    raise Error(f"{kind}.{name} is not known: the function takes no options")
                raise Error(f"{kind}.{name} is not known: the function takes {', '.join(known)}")

    def __repr__(self) -> str:
        return f"Options({self._params!r}, data={list(self._data)!r})"


class Blob:
    """A lookup table, the weights of a model: what `data.<name> = '<path>'` named."""

    __slots__ = ("name", "_bytes")

    def __init__(self, name: str, bytes: Optional[bytes] = None):
        #: As in `data.<name>`.
        self.name = name
        self._bytes = bytes

    def size(self) -> int:
        """In bytes."""
        if self._bytes is not None:
            return len(self._bytes)
        from ._host import data

        return data().size(self.name)

    def read_at(self, offset: int, length: int) -> bytes:
        """At most `length` bytes, or what is left."""
        if self._bytes is not None:
            return self._bytes[offset : offset + length]
        from ._host import data

        return data().read(self.name, offset, min(length, _CHUNK))

    def read(self) -> bytes:
        """All of it."""
        size, pieces, read = self.size(), [], 0
        while read < size:
            piece = self.read_at(read, _CHUNK)
            if not piece:
                raise Error(f"data.{self.name} ended after {read} of {size} bytes")
            pieces.append(piece)
            read += len(piece)
        return b"".join(pieces)

    def read_text(self) -> str:
        """All of it as text."""
        try:
            return self.read().decode()
        except UnicodeDecodeError as error:
            raise Error(f"data.{self.name}: {error}") from None

    def open(self) -> io.BufferedReader:
        """As a file to read."""
        return io.BufferedReader(_Reader(self.read_at, self.size), 1 << 20)


class _Reader(io.RawIOBase):
    """A file of what can be read from anywhere."""

    def __init__(self, read_at, size):
        super().__init__()
        self._read_at = read_at
        self._size = size
        self._offset = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, into) -> int:
        piece = self._read_at(self._offset, len(into))
        into[: len(piece)] = piece
        self._offset += len(piece)
        return len(piece)

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._offset}.get(whence)
        base = self._size() if base is None else base
        if base + offset < 0:
            raise ValueError("there is no position before the first byte")
        self._offset = base + offset
        return self._offset

    def tell(self) -> int:
        return self._offset
