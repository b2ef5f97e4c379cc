"""Arrays as Python values."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime
import decimal
import functools
import inspect
import struct
from itertools import accumulate, chain
from typing import Any, Callable, Iterator, List, Optional, Sequence

from ._annotations import Hint, is_named_tuple
from ._bits import unpack
from ._errors import Error
from ._raw import Raw, offsets, take, union_kinds
from ._types import code_of, decimal_of

EPOCH = datetime.datetime(1970, 1, 1)
EPOCH_UTC = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
EPOCH_ORDINAL = datetime.date(1970, 1, 1).toordinal()
#: As many digits as any decimal has.
DIGITS = decimal.Context(prec=80)


def decode(raw: Raw, hint: Optional[Hint] = None) -> List[Any]:
    """The values; None for null. Structs are as `hint` says, and dicts without one."""
    values = decode_dense(raw, hint)
    valid = raw.valid()
    if valid is None:
        return values
    return [value if is_valid else None for value, is_valid in zip(values, valid)]


def decode_dense(raw: Raw, hint: Optional[Hint] = None) -> List[Any]:
    """As `decode`, but anything can stand where null is."""
    if not raw.length:
        return []
    data_type = raw.type
    format = data_type.format
    if data_type.dictionary is not None:
        return _dictionary(raw, hint)
    plain = _PLAIN.get(format)
    if plain is not None:
        return plain(raw)
    if format in ("+l", "+L", "+m", "+vl", "+vL") or format.startswith("+w:"):
        return _lists(raw, hint)
    if format == "+s":
        return _structs(raw, hint)
    if format.startswith("ts"):
        return _timestamps(raw)
    if format.startswith("tD"):
        return _durations(raw)
    if format.startswith("tt"):
        return _times(raw)
    if format.startswith("d:"):
        return _decimals(raw)
    if format.startswith("w:"):
        width = int(format[2:])
        data = bytes(raw.buffers[0])
        return [data[at * width : (at + 1) * width] for at in range(raw.length)]
    if format == "+r":
        return _runs(raw, hint)
    if format.startswith("+u"):
        return _union(raw)
    raise Error(f"values of type {data_type} are not known to Python: cast the column in the query")


def numbers(raw: Raw) -> List[Any]:
    """Numbers as they lie, those of dates and times as they are counted."""
    code = code_of(raw.type.format)
    if code == "e":
        return list(struct.unpack(f"<{raw.length}e", bytes(raw.buffers[0])[: raw.length * 2]))
    return memoryview(raw.buffers[0]).cast(code)[: raw.length].tolist()


def _booleans(raw: Raw) -> List[bool]:
    return unpack(raw.buffers[0], raw.length)


def _nulls(raw: Raw) -> List[None]:
    return [None] * raw.length


def _texts(raw: Raw) -> List[str]:
    ends = offsets(raw).tolist()
    data = raw.buffers[1]
    first, last = ends[0], ends[-1]
    text = str(memoryview(data)[first:last], "utf-8")
    if len(text) == last - first:
        # One byte each: the places of bytes are those of characters.
        if first:
            ends = [end - first for end in ends]
        return [text[start:end] for start, end in zip(ends, ends[1:])]
    data = bytes(data)
    return [data[start:end].decode() for start, end in zip(ends, ends[1:])]


def _binaries(raw: Raw) -> List[bytes]:
    ends = offsets(raw).tolist()
    data = bytes(raw.buffers[1])
    return [data[start:end] for start, end in zip(ends, ends[1:])]


def _views(raw: Raw) -> List[bytes]:
    views = bytes(raw.buffers[0])
    data = [bytes(buffer) for buffer in raw.buffers[1:]]
    values = []
    entries = struct.iter_unpack("<iiii", views[: raw.length * 16])
    valid = raw.valid()
    for at, (length, _, buffer, offset) in enumerate(entries):
        if valid is not None and not valid[at]:
            values.append(b"")
        elif length <= 12:
            values.append(views[at * 16 + 4 : at * 16 + 4 + length])
        else:
            values.append(data[buffer][offset : offset + length])
    return values


def _text_views(raw: Raw) -> List[str]:
    return [value.decode() for value in _views(raw)]


def _dates(raw: Raw) -> List[datetime.date]:
    of, ordinal, valid = datetime.date.fromordinal, EPOCH_ORDINAL, raw.valid()
    days = numbers(raw)
    if raw.type.format == "tdm":
        days = [milliseconds // 86_400_000 for milliseconds in days]
    if valid is not None:
        days = [day if is_valid else 0 for day, is_valid in zip(days, valid)]
    try:
        return [of(day + ordinal) for day in days]
    except (ValueError, OverflowError):
        raise Error("a date is before the year 1 or after the year 9999, which Python has not") from None


def _scaled(raw: Raw, unit: str) -> List[int]:
    """In microseconds; what is less is cut off."""
    values = numbers(raw)
    valid = raw.valid()
    if valid is not None:
        values = [value if is_valid else 0 for value, is_valid in zip(values, valid)]
    if unit == "u":
        return values
    if unit == "n":
        return [value // 1000 for value in values]
    factor = 1_000_000 if unit == "s" else 1000
    return [value * factor for value in values]


def _timestamps(raw: Raw) -> List[datetime.datetime]:
    format = raw.type.format
    epoch = EPOCH_UTC if len(format) > 4 else EPOCH
    delta = datetime.timedelta
    try:
        return [epoch + delta(0, 0, value) for value in _scaled(raw, format[2])]
    except OverflowError:
        raise Error("a time is before the year 1 or after the year 9999, which Python has not") from None


def _durations(raw: Raw) -> List[datetime.timedelta]:
    delta = datetime.timedelta
    try:
        return [delta(0, 0, value) for value in _scaled(raw, raw.type.format[2])]
    except OverflowError:
        raise Error("a duration is longer than a timedelta can be") from None


def _times(raw: Raw) -> List[datetime.time]:
    time = datetime.time
    values = []
    for value in _scaled(raw, raw.type.format[2]):
        seconds, micros = divmod(value, 1_000_000)
        if not 0 <= seconds < 86_400:
            raise Error("a time is not within a day, which Python has not")
        values.append(time(seconds // 3600, seconds // 60 % 60, seconds % 60, micros))
    return values


def _decimals(raw: Raw) -> List[decimal.Decimal]:
    _, scale, bits = decimal_of(raw.type.format)
    width = bits // 8
    data, of, make = bytes(raw.buffers[0]), int.from_bytes, decimal.Decimal
    whole = [of(data[at : at + width], "little", signed=True) for at in range(0, raw.length * width, width)]
    return [make(value).scaleb(-scale, DIGITS) for value in whole]


def _years_months(raw: Raw) -> List[int]:
    return numbers(raw)


def _days_millis(raw: Raw) -> List[tuple]:
    return list(struct.iter_unpack("<ii", bytes(raw.buffers[0])[: raw.length * 8]))


def _months_days_nanos(raw: Raw) -> List[tuple]:
    return list(struct.iter_unpack("<iiq", bytes(raw.buffers[0])[: raw.length * 16]))


_PLAIN = {format: numbers for format in ("c", "C", "s", "S", "i", "I", "l", "L", "e", "f", "g")}
_PLAIN.update({"b": _booleans, "n": _nulls, "u": _texts, "U": _texts, "z": _binaries, "Z": _binaries})
_PLAIN.update({"vu": _text_views, "vz": _views, "tdD": _dates, "tdm": _dates})
_PLAIN.update({"tiM": _years_months, "tiD": _days_millis, "tin": _months_days_nanos})


def _lists(raw: Raw, hint: Optional[Hint]) -> List[Any]:
    format, child = raw.type.format, raw.children[0]
    if format.startswith("+w:"):
        size = int(format[3:])
        starts = [at * size for at in range(raw.length)]
        stops = [start + size for start in starts]
    elif format in ("+vl", "+vL"):
        code = "q" if format == "+vL" else "i"
        starts = memoryview(raw.buffers[0]).cast(code)[: raw.length].tolist()
        sizes = memoryview(raw.buffers[1]).cast(code)[: raw.length].tolist()
        stops = [start + size for start, size in zip(starts, sizes)]
    else:
        ends = offsets(raw).tolist()
        starts, stops = ends[:-1], ends[1:]
    child, starts, stops = _seen(raw, child, starts, stops)
    with _rows_of(lambda row: next(at for at, (start, stop) in enumerate(zip(starts, stops)) if start <= row < stop)):
        if format == "+m":
            keys = decode(child.children[0], hint.items[0] if hint else None)
            values = _within(child.children[1], hint.items[1] if hint else None, "a value of a map")
            return [dict(zip(keys[start:stop], values[start:stop])) for start, stop in zip(starts, stops)]
        values = _within(child, hint.items[0] if hint and hint.items else None, "a value of a list")
        return [values[start:stop] for start, stop in zip(starts, stops)]


def _seen(raw: Raw, child: Raw, starts: List[int], stops: List[int]):
    """What lists have in them, and where: without what lists that are null, or none at all, hide."""
    valid = raw.valid()
    if valid is not None:
        spans = [range(start, stop) if is_valid else range(0) for start, stop, is_valid in zip(starts, stops, valid)]
    elif sum(stops) - sum(starts) != child.length or starts[0]:
        spans = list(map(range, starts, stops))
    else:
        return child, starts, stops
    lengths = list(map(len, spans))
    ends = list(accumulate(lengths, initial=0))
    if ends[-1] != child.length or valid is None or raw.type.format in ("+vl", "+vL"):
        child = take(child, list(chain.from_iterable(spans)))
    return child, ends[:-1], ends[1:]


def _within(raw: Raw, hint: Optional[Hint], what: str) -> List[Any]:
    """The values within others.

    Raises `Error`, with the place, where one is null that can not be None.
    """
    values = decode(raw, hint)
    if raw.null_count and hint is not None and not hint.optional:
        raise Error(f"{what} is null, and its hint says {hint}", values.index(None))
    return values


@contextlib.contextmanager
def _rows_of(outer: Callable[[int], Optional[int]]) -> Iterator[None]:
    """An error of what is within values names the row of the outer value."""
    try:
        yield
    except Error as error:
        if error.row is not None:
            error.row = outer(error.row)
        raise


def _structs(raw: Raw, hint: Optional[Hint]) -> List[Any]:
    valid = raw.valid()
    places = None if valid is None else [place for place, is_valid in enumerate(valid) if is_valid]
    children = raw.children if places is None else [take(child, places) for child in raw.children]
    count = raw.length if places is None else len(places)
    with _rows_of(lambda row: row if places is None else places[row]):
        if hint is None:
            names = [field.name for field in raw.type.children]
            columns = [decode(child) for child in children]
        else:
            names = list(hint.names)
            columns = [
                _within(child, item, f"the field {name}") for child, item, name in zip(children, hint.items, names)
            ]
        rows: Any = list(zip(*columns)) if columns else [()] * count
        if hint is None or not _is_constructed(hint.python):
            values = [dict(zip(names, row)) for row in rows]
        else:
            values = list(map(maker(hint.python, names), rows))
    if valid is None:
        return values
    following = iter(values)
    return [next(following) if is_valid else None for is_valid in valid]


def _is_constructed(python: Any) -> bool:
    return dataclasses.is_dataclass(python) or is_named_tuple(python)


def maker(python: Any, names: Sequence[str]):
    """What makes a struct of the tuple of its fields."""
    if is_named_tuple(python):
        return python._make
    if takes(python, tuple(names)):
        return lambda row: python(*row)

    def make(row):
        value = python.__new__(python)
        for name, each in zip(names, row):
            object.__setattr__(value, name, each)
        return value

    return make


@functools.lru_cache(maxsize=None)
def takes(python: Any, names: Sequence[str]) -> bool:
    """Whether a dataclass is made of these fields, by their places."""
    return tuple(inspect.signature(python.__init__).parameters)[1:] == names and not any(
        field.kw_only for field in dataclasses.fields(python)
    )


def _dictionary(raw: Raw, hint: Optional[Hint]) -> List[Any]:
    code = code_of(raw.type.format)
    keys = memoryview(raw.buffers[0]).cast(code)[: raw.length].tolist()
    with _rows_of(lambda row: None):
        values = decode(raw.children[-1], hint)
    valid = raw.valid()
    if valid is None:
        return [values[key] for key in keys]
    return [values[key] if is_valid else None for key, is_valid in zip(keys, valid)]


def _runs(raw: Raw, hint: Optional[Hint]) -> List[Any]:
    with _rows_of(lambda row: None):
        ends, values = numbers(raw.children[0]), decode(raw.children[1], hint)
    expanded: List[Any] = []
    for end, value in zip(ends, values):
        expanded.extend([value] * (min(end, raw.length) - len(expanded)))
    return expanded


def _union(raw: Raw) -> List[Any]:
    which = {kind: index for index, kind in enumerate(union_kinds(raw.type))}
    kinds = memoryview(raw.buffers[0]).cast("b")[: raw.length].tolist()
    children = [decode(child) for child in raw.children]
    if raw.type.format.startswith("+ud:"):
        places = memoryview(raw.buffers[1]).cast("i")[: raw.length].tolist()
    else:
        places = range(raw.length)
    return [children[which[kind]][place] for kind, place in zip(kinds, places)]
