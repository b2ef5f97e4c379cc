"""Arrays as they cross: lengths and buffers, which nobody has looked into yet."""

from __future__ import annotations

from typing import Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ._bits import pack, unpack
from ._types import Field, Type, has_validity, width_of


class Wire(NamedTuple):
    """A batch as it crosses. See `wit/arrow.wit`."""

    rows: int
    nodes: Sequence[Tuple[int, int]]
    buffers: Sequence[bytes]
    variadic: Sequence[int]


class Raw:
    """An array. Its buffers are in the order of the contract, without the validity bitmap.

    The values of a dictionary are its last child.
    """

    __slots__ = ("type", "length", "null_count", "validity", "buffers", "children")

    def __init__(
        self,
        type: Type,
        length: int,
        null_count: int = 0,
        validity: Optional[bytes] = None,
        buffers: Sequence[bytes] = (),
        children: Sequence["Raw"] = (),
    ):
        self.type = type
        self.length = length
        self.null_count = null_count if validity else 0
        self.validity = validity if null_count else None
        self.buffers = list(buffers)
        self.children = list(children)
        if type.format == "n":
            self.null_count = length

    def valid(self) -> Optional[List[bool]]:
        """Which of the values are not null; None if all are."""
        if self.type.format == "n":
            return [False] * self.length if self.length else None
        return unpack(self.validity, self.length) if self.validity else None


def read(fields: Iterable[Field], wire: Wire) -> List[Raw]:
    """The columns of a batch.

    Raises `ValueError` where it has fewer parts than its schema needs.
    """
    nodes, buffers, variadic = iter(wire.nodes), iter(wire.buffers), iter(wire.variadic)
    try:
        return [_read(field.type, nodes, buffers, variadic) for field in fields]
    except StopIteration:
        raise ValueError("the batch has fewer nodes or buffers than its schema needs") from None


def _read(data_type: Type, nodes, buffers, variadic) -> Raw:
    length, null_count = next(nodes)
    format = data_type.format
    validity = next(buffers) if has_validity(format) else None
    own = [next(buffers) for _ in range(_buffers(data_type))]
    if format in ("vu", "vz"):
        own += [next(buffers) for _ in range(next(variadic))]
    children = [_read(child.type, nodes, buffers, variadic) for child in data_type.children]
    if data_type.dictionary is not None:
        children.append(_read(data_type.dictionary.type, nodes, buffers, variadic))
    return Raw(data_type, length, null_count, validity, own, children)


def _buffers(data_type: Type) -> int:
    """Buffers behind the validity bitmap, without the data of views."""
    format = data_type.format
    if format in ("n", "+s", "+r") or format.startswith("+w:"):
        return 0
    if format in ("u", "U", "z", "Z", "+vl", "+vL") or format.startswith("+ud:"):
        return 2
    return 1


def write(rows: int, columns: Iterable[Raw]) -> Wire:
    """The batch of these columns."""
    nodes: list = []
    buffers: list = []
    variadic: list = []
    for column in columns:
        _write(column, nodes, buffers, variadic)
    return Wire(rows, nodes, buffers, variadic)


def _write(raw: Raw, nodes: list, buffers: list, variadic: list) -> None:
    format = raw.type.format
    nodes.append((raw.length, raw.null_count))
    if has_validity(format):
        buffers.append(raw.validity or b"")
    buffers.extend(raw.buffers)
    if format in ("vu", "vz"):
        variadic.append(len(raw.buffers) - 1)
    for child in raw.children:
        _write(child, nodes, buffers, variadic)


def offsets(raw: Raw) -> memoryview:
    """The offsets of text, binary, lists and maps: one more than there are values."""
    code = "q" if raw.type.format in ("U", "Z", "+L") else "i"
    view = memoryview(raw.buffers[0])
    if not view.nbytes:
        return memoryview(bytes(8)).cast(code)[:1]
    return view.cast(code)[: raw.length + 1]


def take(raw: Raw, places: Sequence[int]) -> Raw:
    """The values at these places, with nothing of them looked at."""
    valid = raw.valid()
    validity, null_count = None, 0
    if valid is not None:
        taken = [valid[place] for place in places]
        null_count = taken.count(False)
        validity = pack(taken) if null_count else None
    buffers, children = _take(raw, places)
    return Raw(raw.type, len(places), null_count, validity, buffers, children)


def _take(raw: Raw, places: Sequence[int]):
    import array

    data_type, format = raw.type, raw.type.format
    if format == "n":
        return [], []
    if format == "b":
        bits = unpack(raw.buffers[0], raw.length)
        return [pack([bits[place] for place in places])], []
    width = width_of(format)
    if width is not None:
        view = memoryview(raw.buffers[0])
        values = b"".join([view[place * width : (place + 1) * width] for place in places])
        return [values, *raw.buffers[1:]], raw.children
    if format in ("u", "U", "z", "Z"):
        ends, data = offsets(raw), memoryview(raw.buffers[1])
        pieces = [data[ends[place] : ends[place + 1]] for place in places]
        return [_ends(map(len, pieces), "q" if format in "UZ" else "i"), b"".join(pieces)], []
    if format in ("+l", "+L", "+m"):
        ends = offsets(raw)
        spans = [range(ends[place], ends[place + 1]) for place in places]
        inner = [index for span in spans for index in span]
        return [_ends(map(len, spans), "q" if format == "+L" else "i")], [take(raw.children[0], inner)]
    if format in ("+vl", "+vL"):
        code, size = ("q", 8) if format == "+vL" else ("i", 4)
        picked = []
        for buffer in raw.buffers:
            values = memoryview(buffer).cast(code)
            picked.append(array.array(code, [values[place] for place in places]).tobytes())
        return picked, raw.children
    if format == "+s":
        return [], [take(child, places) for child in raw.children]
    if format.startswith("+w:"):
        size = int(format[3:])
        inner = [place * size + index for place in places for index in range(size)]
        return [], [take(raw.children[0], inner)]
    if data_type.dictionary is not None:
        raise AssertionError("the keys of a dictionary have a width")
    raise ValueError(f"values of type {data_type} can not be picked out in Python: cast the column in the query")


def _ends(lengths: Iterable[int], code: str) -> bytes:
    import array
    from itertools import accumulate

    return array.array(code, accumulate(lengths, initial=0)).tobytes()
