"""Arrays as they cross: lengths and buffers, which nobody has looked into yet."""

from __future__ import annotations

import array
import struct
from bisect import bisect_right
from itertools import accumulate
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ._bits import pack, unpack
from ._types import Field, Type, code_of, has_validity, width_of


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
        code = "q" if format == "+vL" else "i"
        return [_picked(buffer, code, places) for buffer in raw.buffers], raw.children
    if format == "+s":
        return [], [take(child, places) for child in raw.children]
    if format.startswith("+w:"):
        size = int(format[3:])
        inner = [place * size + index for place in places for index in range(size)]
        return [], [take(raw.children[0], inner)]
    if format.startswith("+us:"):
        return [_picked(raw.buffers[0], "b", places)], [take(child, places) for child in raw.children]
    if format.startswith("+ud:"):
        return _take_dense(raw, places)
    if format == "+r":
        return _take_runs(raw, places)
    raise ValueError(f"values of type {data_type} can not be picked out in Python: cast the column in the query")


def _picked(buffer: bytes, code: str, places: Iterable[int]) -> bytes:
    values = memoryview(buffer).cast(code)
    return array.array(code, [values[place] for place in places]).tobytes()


def _take_dense(raw: Raw, places: Sequence[int]):
    kinds, within = memoryview(raw.buffers[0]).cast("b"), memoryview(raw.buffers[1]).cast("i")
    inner: Dict[int, List[int]] = {kind: [] for kind in union_kinds(raw.type)}
    moved = []
    for place in places:
        own = inner[kinds[place]]
        moved.append(len(own))
        own.append(within[place])
    children = [take(child, inner[kind]) for kind, child in zip(inner, raw.children)]
    return [_picked(raw.buffers[0], "b", places), array.array("i", moved).tobytes()], children


def _take_runs(raw: Raw, places: Sequence[int]):
    code = code_of(raw.children[0].type.format)
    ends = memoryview(raw.children[0].buffers[0]).cast(code)[: raw.children[0].length].tolist()
    taken: List[int] = []
    runs: List[int] = []
    for number, place in enumerate(places, 1):
        run = bisect_right(ends, place)
        if runs and runs[-1] == run:
            taken[-1] = number
        else:
            taken.append(number)
            runs.append(run)
    return [], [_run_ends(raw, taken), take(raw.children[1], runs)]


def _run_ends(like: Raw, ends: List[int]) -> Raw:
    data_type = like.children[0].type
    try:
        return Raw(data_type, len(ends), buffers=[array.array(code_of(data_type.format), ends).tobytes()])
    except OverflowError:
        raise ValueError(f"{ends[-1]} rows are too many for {like.type}") from None


def union_kinds(data_type: Type) -> List[int]:
    """The type id of each child of a union."""
    return [int(each) for each in data_type.format.split(":")[1].split(",") if each]


def seen(raw: Raw) -> Optional[List[bool]]:
    """Which of the values are not null, to whoever reads them: those of dictionaries, runs and unions can be null
    within. None if all are not."""
    valid, format = raw.valid(), raw.type.format
    if raw.type.dictionary is not None:
        inner = seen(raw.children[-1])
        if inner is None or not raw.length:
            return valid
        keys = memoryview(raw.buffers[0]).cast(code_of(format))
        return [is_valid and inner[key] for key, is_valid in zip(keys, valid or [True] * raw.length)]
    if format == "+r":
        inner = seen(raw.children[1])
        if inner is None:
            return None
        ends = memoryview(raw.children[0].buffers[0]).cast(code_of(raw.children[0].type.format))
        return [inner[bisect_right(ends, place)] for place in range(raw.length)]
    if format.startswith("+u"):
        of_kinds = {kind: seen(child) for kind, child in zip(union_kinds(raw.type), raw.children)}
        if not any(of_kinds.values()):
            return None
        kinds = memoryview(raw.buffers[0]).cast("b")[: raw.length]
        places = memoryview(raw.buffers[1]).cast("i") if format.startswith("+ud:") else range(raw.length)
        return [of_kinds[kind] is None or of_kinds[kind][place] for kind, place in zip(kinds, places)]
    return valid


def joined(raws: Sequence[Raw]) -> Raw:
    """The values of arrays of one type, one array behind the other, with nothing of them looked at."""
    if len(raws) == 1:
        return raws[0]
    data_type, length = raws[0].type, sum(raw.length for raw in raws)
    validity, null_count = None, 0
    if any(raw.validity for raw in raws):
        bits = [bit for raw in raws for bit in raw.valid() or [True] * raw.length]
        validity, null_count = pack(bits), bits.count(False)
    buffers, children = _join(data_type, raws, length)
    return Raw(data_type, length, null_count, validity, buffers, children)


def _join(data_type: Type, raws: Sequence[Raw], length: int):
    format = data_type.format
    if data_type.dictionary is not None:
        return _join_dictionaries(data_type, raws)
    if format == "n":
        return [], []
    if format == "b":
        return [pack([bit for raw in raws for bit in unpack(raw.buffers[0], raw.length)])], []
    if format in ("vu", "vz"):
        return _join_views(raws), []
    width = width_of(format)
    if width is not None:
        return [b"".join([memoryview(raw.buffers[0])[: raw.length * width] for raw in raws])], []
    if format in ("u", "U", "z", "Z"):
        lengths, pieces = [], []
        for raw in raws:
            ends = offsets(raw).tolist()
            lengths += map(int.__sub__, ends[1:], ends)
            pieces.append(memoryview(raw.buffers[1])[ends[0] : ends[-1]])
        return [_ends(lengths, "q" if format in "UZ" else "i"), b"".join(pieces)], []
    if format in ("+l", "+L", "+m"):
        lengths, inner = [], []
        for raw in raws:
            ends = offsets(raw).tolist()
            lengths += map(int.__sub__, ends[1:], ends)
            inner.append(_part(raw.children[0], ends[0], ends[-1]))
        return [_ends(lengths, "q" if format == "+L" else "i")], [joined(inner)]
    if format in ("+vl", "+vL"):
        return _join_list_views(raws, "q" if format == "+vL" else "i")
    if format == "+s" or format.startswith("+us:"):
        kinds = [b"".join([memoryview(raw.buffers[0])[: raw.length] for raw in raws])] if format != "+s" else []
        return kinds, _join_children(raws, [raw.length for raw in raws])
    if format.startswith("+w:"):
        return [], _join_children(raws, [raw.length * int(format[3:]) for raw in raws])
    if format.startswith("+ud:"):
        return _join_dense(data_type, raws)
    if format == "+r":
        return _join_runs(raws)
    raise ValueError(f"values of type {data_type} can not be put together in Python: cast the column in the query")


def _part(raw: Raw, start: int, stop: int) -> Raw:
    return raw if start == 0 and stop == raw.length else take(raw, range(start, stop))


def _join_children(raws: Sequence[Raw], lengths: Sequence[int]) -> List[Raw]:
    children = zip(*[[_part(child, 0, length) for child in raw.children] for raw, length in zip(raws, lengths)])
    return [joined(of_raws) for of_raws in children]


def _join_views(raws: Sequence[Raw]) -> List[bytes]:
    views, data = bytearray(), []
    for raw in raws:
        own = bytearray(memoryview(raw.buffers[0])[: raw.length * 16])
        if data:
            # Where a view says which buffer its text is in: the buffers of others stand before those now.
            numbers = memoryview(own).cast("i")
            for at in range(0, len(numbers), 4):
                if numbers[at] > 12:
                    numbers[at + 2] += len(data)
            numbers.release()
        views += own
        data += raw.buffers[1:]
    return [bytes(views), *data]


def _join_list_views(raws: Sequence[Raw], code: str):
    starts, sizes, base = array.array(code), array.array(code), 0
    for raw in raws:
        own = [memoryview(buffer).cast(code)[: raw.length].tolist() for buffer in raw.buffers]
        for start, size, valid in zip(*own, raw.valid() or [True] * raw.length):
            starts.append(base + start if valid else 0)
            sizes.append(size if valid else 0)
        base += raw.children[0].length
    return [starts.tobytes(), sizes.tobytes()], [joined([raw.children[0] for raw in raws])]


def _join_dense(data_type: Type, raws: Sequence[Raw]):
    places = array.array("i")
    bases = dict.fromkeys(union_kinds(data_type), 0)
    for raw in raws:
        kinds = memoryview(raw.buffers[0]).cast("b")[: raw.length]
        places.extend([bases[kind] + place for kind, place in zip(kinds, memoryview(raw.buffers[1]).cast("i"))])
        for kind, child in zip(bases, raw.children):
            bases[kind] += child.length
    kinds = b"".join([memoryview(raw.buffers[0])[: raw.length] for raw in raws])
    return [kinds, places.tobytes()], [joined(of_raws) for of_raws in zip(*[raw.children for raw in raws])]


def _join_runs(raws: Sequence[Raw]):
    ends: List[int] = []
    values, base = [], 0
    for raw in raws:
        _, (own, inner) = _take_runs(raw, range(raw.length))
        code = code_of(own.type.format)
        ends += [base + end for end in memoryview(own.buffers[0]).cast(code)]
        values.append(inner)
        base += raw.length
    return [], [_run_ends(raws[0], ends), joined(values)]


def _join_dictionaries(data_type: Type, raws: Sequence[Raw]):
    """Those values that are referred to, and equal ones once."""
    places: List[int] = []
    base = 0
    for raw in raws:
        code = code_of(data_type.format)
        keys = memoryview(raw.buffers[0]).cast(code)[: raw.length]
        places += [base + key if valid else -1 for key, valid in zip(keys, raw.valid() or [True] * raw.length)]
        base += raw.children[-1].length
    values = joined([raw.children[-1] for raw in raws])
    used = list(dict.fromkeys(place for place in places if place >= 0))
    known: Dict[Any, int] = {}
    moved, kept = {-1: 0}, []
    for place, image in zip(used, _images(take(values, used))):
        moved[place] = known.setdefault(image, len(known))
        if len(kept) < len(known):
            kept.append(place)
    try:
        keys = array.array(code, [moved[place] for place in places])
    except OverflowError:
        raise ValueError(f"{len(known)} different values are too many for {data_type}") from None
    return [keys.tobytes()], [take(values, kept)]


def _images(raw: Raw) -> Sequence[Any]:
    """What is equal for values that are the same, as far as that is seen without decoding them."""
    valid = raw.valid() or [True] * raw.length
    format = raw.type.format
    if format in ("u", "U", "z", "Z"):
        ends, data = offsets(raw).tolist(), bytes(raw.buffers[1])
        images: List[Any] = [data[start:end] for start, end in zip(ends, ends[1:])]
    elif width_of(format) is not None and format not in ("vu", "vz") and raw.type.dictionary is None:
        width, data = width_of(format), bytes(raw.buffers[0])
        images = [data[at * width : (at + 1) * width] for at in range(raw.length)]
    elif format in ("vu", "vz"):
        buffers, images = [bytes(buffer) for buffer in raw.buffers], []
        for at in range(0, raw.length * 16, 16):
            view = buffers[0][at : at + 16]
            length, _, buffer, start = struct.unpack("<iiii", view)
            images.append(view if length <= 12 else buffers[1 + buffer][start : start + length])
    else:
        images = list(range(raw.length))
    return [image if is_valid else None for image, is_valid in zip(images, valid)]


def _ends(lengths: Iterable[int], code: str) -> bytes:
    return array.array(code, accumulate(lengths, initial=0)).tobytes()
