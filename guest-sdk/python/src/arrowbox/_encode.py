"""Python values as arrays."""

from __future__ import annotations

import datetime
import decimal
import struct
from array import array
from itertools import accumulate, chain
from operator import attrgetter, itemgetter
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ._annotations import Hint, is_named_tuple, is_struct
from ._bits import pack
from ._decode import EPOCH, EPOCH_ORDINAL, EPOCH_UTC
from ._errors import Error
from ._raw import Raw
from ._types import Type, code_of, decimal_of

#: For decimals of any number of digits.
_EXACT = decimal.Context(prec=1_000_000, Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN)
_MICROSECOND = datetime.timedelta(microseconds=1)


def encode(values: List[Any], data_type: Type, hint: Optional[Hint] = None) -> Raw:
    """The array of these values, in which None is null.

    Raises `Error`, with the place of the value as its row, where a value is not of the type.
    """
    count = len(values)
    if data_type.format in _FAST and data_type.dictionary is None:
        # To look for nulls takes as long as to make the array: an encoder that meets one says so.
        try:
            return Raw(data_type, count, buffers=_ENCODERS[data_type.format](values, data_type))
        except (TypeError, OverflowError, ValueError, AttributeError, struct.error):
            pass
    if data_type.format == "+r":
        return _runs(values, data_type, hint, count)
    nulls = values.count(None) if data_type.format != "n" else 0
    if not nulls:
        return _encode(values, data_type, hint, count)
    valid = [value is not None for value in values]
    zero = _zero(data_type)
    if data_type.dictionary is not None:
        # One of its own values: another one could be one too many.
        zero = next((value for value in values if value is not None), zero)
    if zero is None and data_type.dictionary is None:
        # The values that are there, and then nulls put between them.
        raw = _encode_sparse(values, valid, data_type, hint, count)
    else:
        raw = _encode([zero if value is None else value for value in values], data_type, hint, count)
    raw.validity, raw.null_count = pack(valid), nulls
    return raw


def _zero(data_type: Type) -> Any:
    """What stands where null is; None for types that have no such value."""
    if data_type.dictionary is not None:
        return _zero(data_type.dictionary.type)
    format = data_type.format
    if format in _ZEROS:
        return _ZEROS[format]
    if format.startswith("ts"):
        return EPOCH_UTC if len(format) > 4 else EPOCH
    if format.startswith("d:"):
        return decimal.Decimal(0)
    if format.startswith("w:"):
        return bytes(int(format[2:]))
    if format in ("+l", "+L", "+vl", "+vL"):
        return []
    if format.startswith("+w:"):
        return [None] * int(format[3:])
    if format == "+m":
        return {}
    return None


_ZEROS: Dict[str, Any] = {format: 0 for format in "cCsSiIlL"}
_ZEROS.update({format: 0.0 for format in "efg"})
_ZEROS.update({"b": False, "u": "", "U": "", "vu": "", "z": b"", "Z": b"", "vz": b""})
_ZEROS.update({"tdD": datetime.date(1970, 1, 1), "tdm": datetime.date(1970, 1, 1)})
_ZEROS.update({"tiM": 0, "tiD": (0, 0), "tin": (0, 0, 0)})
_ZEROS.update({f"tt{unit}": datetime.time() for unit in "smun"})
_ZEROS.update({f"tD{unit}": datetime.timedelta() for unit in "smun"})


def _encode(values: List[Any], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    format = data_type.format
    if data_type.dictionary is not None:
        return _dictionary(values, data_type, hint, count)
    one = _ENCODERS.get(format)
    if one is not None:
        buffers = _guarded(one, values, data_type, hint)
        return Raw(data_type, count, buffers=buffers)
    if format in ("+l", "+L", "+vl", "+vL") or format.startswith("+w:"):
        return _list(values, data_type, hint, count)
    if format == "+m":
        return _map(values, data_type, hint, count)
    if format == "+s":
        return _struct(values, [True] * count, data_type, hint, count)
    for prefix, encoder in _BY_PREFIX:
        if format.startswith(prefix):
            return Raw(data_type, count, buffers=_guarded(encoder, values, data_type, hint))
    raise Error(f"values of type {data_type} can not be made in Python")


def _encode_sparse(values: List[Any], valid: List[bool], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    if data_type.format == "+s":
        return _struct(values, valid, data_type, hint, count)
    raise Error(f"nulls of type {data_type} can not be made in Python")


def _guarded(encoder: Callable, values: List[Any], data_type: Type, hint: Optional[Hint]) -> List[bytes]:
    try:
        return encoder(values, data_type)
    except (TypeError, OverflowError, ValueError, AttributeError, struct.error, decimal.InvalidOperation):
        for row, value in enumerate(values):
            try:
                encoder([value], data_type)
            except OverflowError:
                raise Error(f"{show(value)}, which does not fit {data_type}", row) from None
            except ValueError as error:
                raise Error(f"{show(value)}, which does not fit {data_type}: {error}", row) from None
            except (TypeError, AttributeError, struct.error, decimal.InvalidOperation):
                wanted = f"{hint} ({data_type})" if hint else str(data_type)
                raise Error(f"{show(value)} is not what is agreed, which is {wanted}", row) from None
        raise


def show(value: Any) -> str:
    """A value and its type, for an error."""
    if value is None:
        return "None"
    try:
        text = repr(value)
    except ValueError:
        # Of an integer with thousands of digits.
        text = f"of {value.bit_length()} bits" if isinstance(value, int) else "that can not be shown"
    if len(text) > 60:
        text = text[:57] + "…"
    return f"{type(value).__name__} {text}"


def _numbers(values: List[Any], data_type: Type) -> List[bytes]:
    return [array(code_of(data_type.format), values).tobytes()]


def _halves(values: List[Any], data_type: Type) -> List[bytes]:
    return [struct.pack(f"<{len(values)}e", *values)]


def _booleans(values: List[Any], data_type: Type) -> List[bytes]:
    if not set(map(type, values)) <= {bool}:
        raise TypeError
    return [pack(values)]


def _nulls(values: List[Any], data_type: Type) -> List[bytes]:
    if values.count(None) != len(values):
        raise TypeError
    return []


def _texts(values: List[str], data_type: Type) -> List[bytes]:
    text = "".join(values)
    code = "q" if data_type.format == "U" else "i"
    if text.isascii():
        return [array(code, accumulate(map(len, values), initial=0)).tobytes(), text.encode()]
    pieces = [value.encode() for value in values]
    return [array(code, accumulate(map(len, pieces), initial=0)).tobytes(), b"".join(pieces)]


def _binaries(values: List[bytes], data_type: Type) -> List[bytes]:
    code = "q" if data_type.format == "Z" else "i"
    data = b"".join(values)
    ends = array(code, accumulate(map(len, values), initial=0))
    if ends[-1] != len(data):
        # Of numbers that are wider than a byte.
        raise TypeError
    return [ends.tobytes(), data]


def _text_views(values: List[str], data_type: Type) -> List[bytes]:
    return _views([value.encode() for value in values], data_type)


def _views(values: List[bytes], data_type: Type) -> List[bytes]:
    views, data = bytearray(), bytearray()
    for value in values:
        if not isinstance(value, (bytes, bytearray)):
            raise TypeError
        if len(value) <= 12:
            views += struct.pack("<i12s", len(value), value)
        else:
            views += struct.pack("<i4sii", len(value), value[:4], 0, len(data))
            data += value
    return [bytes(views), bytes(data)] if data else [bytes(views)]


def _dates(values: List[datetime.date], data_type: Type) -> List[bytes]:
    days = [value.toordinal() - EPOCH_ORDINAL for value in values]
    if any(isinstance(value, datetime.datetime) for value in values):
        raise TypeError
    if data_type.format == "tdm":
        days = [day * 86_400_000 for day in days]
    return _numbers(days, data_type)


def _in_unit(micros: List[int], unit: str) -> List[int]:
    if unit == "u":
        return micros
    if unit == "n":
        return [value * 1000 for value in micros]
    factor = 1_000_000 if unit == "s" else 1000
    return [value // factor for value in micros]


def _timestamps(values: List[datetime.datetime], data_type: Type) -> List[bytes]:
    format = data_type.format
    epoch, micro = (EPOCH_UTC if len(format) > 4 else EPOCH), _MICROSECOND
    return _numbers(_in_unit([(value - epoch) // micro for value in values], format[2]), data_type)


def _durations(values: List[datetime.timedelta], data_type: Type) -> List[bytes]:
    micro = _MICROSECOND
    return _numbers(_in_unit([value // micro for value in values], data_type.format[2]), data_type)


def _times(values: List[datetime.time], data_type: Type) -> List[bytes]:
    # A datetime has the same attributes, and a zone would be lost.
    if any(not isinstance(value, datetime.time) or value.tzinfo is not None for value in values):
        raise TypeError
    micros = [
        ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond for value in values
    ]
    return _numbers(_in_unit(micros, data_type.format[2]), data_type)


def _decimals(values: List[Any], data_type: Type) -> List[bytes]:
    precision, scale, bits = decimal_of(data_type.format)
    most, width = 10**precision, bits // 8
    pieces = []
    for value in values:
        if not isinstance(value, (decimal.Decimal, int)) or isinstance(value, bool):
            raise TypeError
        value = decimal.Decimal(value)
        if value.adjusted() + scale > precision and value:
            raise OverflowError
        whole = int(value.scaleb(scale, _EXACT).to_integral_value(decimal.ROUND_HALF_UP))
        if not -most < whole < most:
            raise OverflowError
        pieces.append(whole.to_bytes(width, "little", signed=True))
    return [b"".join(pieces)]


def _fixed_binaries(values: List[bytes], data_type: Type) -> List[bytes]:
    width = int(data_type.format[2:])
    data = b"".join(values)
    if any(len(value) != width for value in values):
        raise ValueError(f"it has not {width} bytes")
    if len(data) != width * len(values):
        raise TypeError
    return [data]


def _days_millis(values: List[tuple], data_type: Type) -> List[bytes]:
    return [struct.pack(f"<{len(values) * 2}i", *chain.from_iterable(values))]


def _months_days_nanos(values: List[tuple], data_type: Type) -> List[bytes]:
    return [b"".join([struct.pack("<iiq", *value) for value in values])]


_ENCODERS: Dict[str, Callable] = {format: _numbers for format in "cCsSiIlLfg"}
_ENCODERS.update({"e": _halves, "b": _booleans, "n": _nulls, "u": _texts, "U": _texts})
_ENCODERS.update({"z": _binaries, "Z": _binaries, "vu": _text_views, "vz": _views})
_ENCODERS.update({"tdD": _dates, "tdm": _dates, "tiM": _numbers, "tiD": _days_millis, "tin": _months_days_nanos})

_FAST = frozenset("cCsSiIlLefgbuUzZ")

_BY_PREFIX: Sequence[Tuple[str, Callable]] = (
    ("ts", _timestamps),
    ("tD", _durations),
    ("tt", _times),
    ("d:", _decimals),
    ("w:", _fixed_binaries),
)


def _within(hint: Optional[Hint], index: int) -> Optional[Hint]:
    return hint.items[index] if hint and len(hint.items) > index else None


def _nested(rows: Sequence[int], values: List[Any], data_type: Type, hint: Optional[Hint]) -> Raw:
    """What is within values: an error names the row of the outer value."""
    try:
        raw = encode(values, data_type, hint)
        _require_some(raw, values, hint, None)
        return raw
    except Error as error:
        row = error.row
        if row is not None:
            for index, end in enumerate(accumulate(rows)):
                if row < end:
                    error.row = index
                    break
        raise


def _require_some(raw: Raw, values: List[Any], hint: Optional[Hint], valid: Optional[List[bool]]) -> None:
    """Refuses None where a hint says that it can not be, in those rows that are there."""
    if raw.null_count and hint is not None and not hint.optional:
        for row, value in enumerate(values):
            if value is None and (valid is None or valid[row]):
                raise Error(f"None is not what is agreed, which is {hint} ({raw.type})", row)


def _list(values: List[Any], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    _require(values, (list, tuple, range, array, memoryview), data_type, hint)
    lengths, format = list(map(len, values)), data_type.format
    code = "q" if format in ("+L", "+vL") else "i"
    if format.startswith("+w:"):
        size = int(format[3:])
        for row, length in enumerate(lengths):
            if length != size:
                raise Error(f"{show(values[row])} has {length} values, and {data_type} has {size}", row)
        buffers = []
    elif format in ("+vl", "+vL"):
        starts = array(code, accumulate(lengths, initial=0))[:count]
        buffers = [starts.tobytes(), array(code, lengths).tobytes()]
    else:
        buffers = [array(code, accumulate(lengths, initial=0)).tobytes()]
    inner = list(chain.from_iterable(values))
    child = _nested(lengths, inner, data_type.children[0].type, _within(hint, 0))
    return Raw(data_type, count, buffers=buffers, children=[child])


def _map(values: List[Any], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    _require(values, dict, data_type, hint)
    lengths = list(map(len, values))
    ends = array("i", accumulate(lengths, initial=0)).tobytes()
    entries = data_type.children[0].type
    keys = list(chain.from_iterable(values))
    if None in keys:
        raise Error("the keys of a map are never None", next(row for row, value in enumerate(values) if None in value))
    items = list(chain.from_iterable([value.values() for value in values]))
    columns = [
        _nested(lengths, keys, entries.children[0].type, _within(hint, 0)),
        _nested(lengths, items, entries.children[1].type, _within(hint, 1)),
    ]
    return Raw(data_type, count, buffers=[ends], children=[Raw(entries, len(keys), children=columns)])


def _struct(values: List[Any], valid: List[bool], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    names = list(hint.names) if hint and hint.names else [field.name for field in data_type.children]
    rows = [value for value in values if value is not None] if len(values) != sum(valid) else values
    columns = columns_of(rows, names, hint.python if hint else None, data_type)
    children = []
    for index, field in enumerate(data_type.children):
        column = columns[index]
        if len(column) != count:
            following = iter(column)
            column = [next(following) if is_valid else None for is_valid in valid]
        children.append(_field(column, field, _within(hint, index), valid))
    return Raw(data_type, count, children=children)


def _field(values: List[Any], field, hint: Optional[Hint], valid: List[bool]) -> Raw:
    try:
        raw = encode(values, field.type, hint)
        _require_some(raw, values, hint, valid)
        return raw
    except Error as error:
        error.message = f"{field.name}: {error.message}"
        raise


def columns_of(
    rows: Sequence[Any], names: Sequence[str], python: Any, data_type: Optional[Type] = None
) -> List[List[Any]]:
    """The values of each field of structs: dataclasses, tuples, or dicts.

    Raises `Error`, with the row, where one has not these fields.
    """
    if not rows:
        return [[] for _ in names]
    if not names:
        return []
    kinds = set(map(type, rows))
    try:
        if len(kinds) == 1:
            kind = next(iter(kinds))
            if is_named_tuple(kind) and sorted(kind._fields) == sorted(names):
                return [list(map(attrgetter(name), rows)) for name in names]
            if issubclass(kind, tuple) and len(rows[0]) == len(names):
                if set(map(len, rows)) != {len(names)}:
                    return _refuse(rows, names, python)
                return list(map(list, zip(*rows)))
            if issubclass(kind, dict):
                return [list(map(itemgetter(name), rows)) for name in names]
            if is_struct(kind):
                return [list(map(attrgetter(name), rows)) for name in names]
        return list(map(list, zip(*[_row(row, names) for row in rows])))
    except (KeyError, AttributeError, TypeError):
        return _refuse(rows, names, python)


def _row(row: Any, names: Sequence[str]) -> tuple:
    if is_named_tuple(type(row)) and sorted(row._fields) == sorted(names):
        return tuple(getattr(row, name) for name in names)
    if isinstance(row, tuple):
        if len(row) != len(names):
            raise TypeError
        return row
    if isinstance(row, dict):
        return tuple(row[name] for name in names)
    if is_struct(type(row)):
        return tuple(getattr(row, name) for name in names)
    raise TypeError


def _refuse(rows: Sequence[Any], names: Sequence[str], python: Any):
    for index, row in enumerate(rows):
        try:
            _row(row, names)
        except (KeyError, AttributeError, TypeError):
            wanted = getattr(python, "__name__", None)
            wanted = f"{wanted} with the fields" if wanted else "a row of"
            raise Error(f"{show(row)} is not what is agreed, which is {wanted} {', '.join(names)}", index) from None
    raise Error("rows are not what is agreed")


def _runs(values: List[Any], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    ends, inner = data_type.children
    # A run for each value: which of them are equal in every bit is not seen here.
    children = [encode(list(range(1, count + 1)), ends.type), encode(values, inner.type, hint)]
    return Raw(data_type, count, children=children)


def _dictionary(values: List[Any], data_type: Type, hint: Optional[Hint], count: int) -> Raw:
    known: Dict[Any, int] = {}
    inner_type = data_type.dictionary.type
    if inner_type.format in ("e", "f", "g") or inner_type.children or inner_type.dictionary is not None:
        # Zero has a sign, what is no number does not equal itself, and lists and the like have no hash.
        keys = [known.setdefault(repr(value), len(known)) for value in values]
        different = list({repr(value): value for value in values}.values())
    else:
        keys = [known.setdefault(value, len(known)) for value in values]
        different = list(known)
    inner = encode(different, inner_type, hint)
    keys_type = Type(data_type.format)
    try:
        buffers = _numbers(keys, keys_type)
    except OverflowError:
        raise Error(f"{len(different)} different values are too many for {data_type}") from None
    return Raw(data_type, count, buffers=buffers, children=[inner])


def _require(values: List[Any], kinds: Any, data_type: Type, hint: Optional[Hint]) -> None:
    for row, value in enumerate(values):
        if not isinstance(value, kinds):
            wanted = f"{hint} ({data_type})" if hint else str(data_type)
            raise Error(f"{show(value)} is not what is agreed, which is {wanted}", row)
