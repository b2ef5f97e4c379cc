"""Columns in plain Python, and the types that SQL brings their values to."""

from __future__ import annotations

import datetime
import decimal
import math
import re
import struct
from typing import Any, List, Optional, Sequence, Tuple

from ._decode import decode
from ._encode import encode
from ._errors import Error
from ._raw import Raw
from ._types import Field, Type, decimal_of

RANGES = {
    "c": (-(1 << 7), (1 << 7) - 1),
    "s": (-(1 << 15), (1 << 15) - 1),
    "i": (-(1 << 31), (1 << 31) - 1),
    "l": (-(1 << 63), (1 << 63) - 1),
    "C": (0, (1 << 8) - 1),
    "S": (0, (1 << 16) - 1),
    "I": (0, (1 << 32) - 1),
    "L": (0, (1 << 64) - 1),
}


WIDTHS = {"c": 1, "C": 1, "s": 2, "S": 2, "e": 2, "i": 4, "I": 4, "f": 4, "l": 8, "L": 8, "g": 8}


FLOATS = frozenset("efg")


TEXTS = frozenset(("u", "U", "vu"))


BOOLEAN, INT64, UINT64, FLOAT64, TEXT, BINARY, NULL = (Type(format) for format in ("b", "l", "L", "g", "u", "z", "n"))


class LocalHandle:
    """A column in Python."""

    __slots__ = ("_type", "_values", "_raw")

    def __init__(self, data_type: Type, values: Optional[List[Any]] = None, raw: Optional[Raw] = None):
        self._type = data_type
        self._values = values
        self._raw = raw

    @property
    def type(self) -> Type:
        return self._type

    @property
    def values(self) -> List[Any]:
        if self._values is None:
            self._values = decode(self._raw)
        return self._values

    def field(self) -> Field:
        return Field("", self._type)

    def length(self) -> int:
        return self._raw.length if self._raw is not None else len(self._values)

    def null_count(self) -> int:
        return self.values.count(None)

    def get(self, row: int) -> Any:
        return held(self.values[row], self._type)

    def slice(self, offset: int, length: int) -> "LocalHandle":
        return LocalHandle(self._type, self.values[offset : offset + length])

    def raw(self) -> Raw:
        if self._raw is None:
            self._raw = encode(self._values, self._type)
        return self._raw


def held(value: Any, of: Type) -> Any:
    """One value, as an operation gives it."""
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    raise Error(
        f"Execution error: a value of the type {of} has to be cast before it is one here: to int64, float64 or utf8"
    )


def _type_of(value: Any) -> Type:
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INT64 if value < 1 << 63 else UINT64
    if isinstance(value, float):
        return FLOAT64
    return TEXT if isinstance(value, str) else BINARY


def together(handles: Sequence[Any], like: Optional[Type]) -> Tuple[int, List[Type], List[List[Any]]]:
    """Operands of equal length; one value stands for all rows."""
    rows = 1
    for handle in handles:
        if isinstance(handle, LocalHandle) and handle.length() != 1:
            if rows not in (1, handle.length()):
                raise Error(f"a column of {rows} rows and one of {handle.length()} can not be combined")
            rows = handle.length()
    types, columns = [], []
    for handle in handles:
        if isinstance(handle, LocalHandle):
            types.append(handle.type)
            values = handle.values
        else:
            own = _type_of(handle)
            types.append(_like(own, handle, like))
            is_float = handle is not None and types[-1].format in FLOATS
            values = [narrowed(float(handle), types[-1]) if is_float else handle]
        columns.append(values * rows if len(values) == 1 and rows != 1 else values)
    return rows, types, columns


def _like(own: Type, value: Any, like: Optional[Type]) -> Type:
    """A plain number or text takes the type of the column beside it, where it fits."""
    if like is None:
        return own
    format = like.format
    if own.format == "n":
        return like
    if own.format in ("l", "L") and format in RANGES:
        low, high = RANGES[format]
        return like if low <= value <= high else own
    if own.format in ("l", "L", "g") and format in FLOATS:
        return like
    return like if own.format == "u" and format in TEXTS else own


def common(left: Type, right: Type) -> Type:
    """The type that both sides of an operator are brought to."""
    if left == right:
        return left
    a, b = left.format, right.format
    if a == "n":
        return right
    if b == "n":
        return left
    if a in TEXTS and b in TEXTS:
        return TEXT
    if a in FLOATS or b in FLOATS:
        if a in WIDTHS and b in WIDTHS:
            if {a, b} <= FLOATS:
                return left if WIDTHS[a] > WIDTHS[b] else right
            return left if a in FLOATS else right
    if a in RANGES and b in RANGES:
        signed = (a in "csil", b in "csil")
        if signed[0] == signed[1]:
            return left if WIDTHS[a] >= WIDTHS[b] else right
        if "L" in (a, b):
            return decimal_like(Type("L"))
        width = max(WIDTHS[a] if signed[0] else WIDTHS[a] * 2, WIDTHS[b] if signed[1] else WIDTHS[b] * 2)
        return Type({1: "c", 2: "s", 4: "i"}.get(width, "l"))
    if a.startswith("d:") or b.startswith("d:"):
        if a in FLOATS or b in FLOATS:
            return left if a in FLOATS else right
        if (a.startswith("d:") or a in RANGES) and (b.startswith("d:") or b in RANGES):
            return wider(decimal_like(left), decimal_like(right))
    if a[:2] == b[:2] and a[:2] in ("ts", "tD", "tt"):
        return left
    if {a[:2], b[:2]} == {"td", "ts"}:
        return left if a[:2] == "ts" else right
    raise Error(f"{left} and {right} can not be brought to one type")


def decimal_like(data_type: Type) -> Type:
    """A decimal that holds the numbers of a type."""
    digits = {"c": 3, "C": 3, "s": 5, "S": 5, "i": 10, "I": 10, "l": 20, "L": 20}.get(data_type.format)
    if digits is not None:
        return Type(f"d:{digits},0")
    return {"e": Type("d:11,4"), "f": Type("d:14,7"), "g": Type("d:30,15")}.get(data_type.format, data_type)


def wider(left: Type, right: Type) -> Type:
    """A decimal that holds the numbers of two."""
    (precision, scale, _), (other, their_scale, _) = decimal_of(left.format), decimal_of(right.format)
    behind = max(scale, their_scale)
    return Type(f"d:{min(38, max(precision - scale, other - their_scale) + behind)},{behind}")


def decimal_result(name: str, left: Type, right: Type) -> Type:
    """What an operator gives for decimals."""
    (precision, scale, _), (other, their_scale, _) = decimal_of(left.format), decimal_of(right.format)
    whole, theirs, behind = precision - scale, other - their_scale, max(scale, their_scale)
    if name in ("add", "subtract"):
        digits = max(whole, theirs) + behind + 1
    elif name == "multiply":
        digits, behind = precision + other + 1, scale + their_scale
    elif name == "divide":
        behind = min(38, scale + 4)
        digits = whole + their_scale + behind
    else:
        digits = min(whole, theirs) + behind
    return Type(f"d:{min(38, digits)},{behind}")


def narrowed(value: float, data_type: Type) -> float:
    """As a float of the type holds it."""
    if data_type.format not in ("e", "f"):
        return value
    try:
        return struct.unpack(data_type.format, struct.pack(data_type.format, value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)


def checked(values: List[Any], data_type: Type, what: str) -> LocalHandle:
    """Integers that fit the type that an operation gives, and floats of its width."""
    limits = RANGES.get(data_type.format)
    if limits is not None:
        low, high = limits
        for value in values:
            if value is not None and not low <= value <= high:
                raise Error(f"Arrow error: Arithmetic overflow: Overflow happened on: {what}")
    elif data_type.format in ("e", "f"):
        values = [None if value is None else narrowed(value, data_type) for value in values]
    return LocalHandle(data_type, values)


def brought(values: List[Any], of: Type, common: Type) -> List[Any]:
    if of == common or of.format == common.format:
        return values
    return [None if value is None else cast(value, of, common) for value in values]


def cast(value: Any, of: Type, wanted: Type) -> Any:
    """A value of another type.

    Raises `Error` where it does not fit.
    """
    format = wanted.format
    try:
        if format in RANGES:
            if isinstance(value, str):
                if "_" in value:
                    raise ValueError
                whole = int(value.strip())
            elif isinstance(value, datetime.timedelta):
                whole = value // datetime.timedelta(microseconds=1)
            elif isinstance(value, datetime.datetime):
                whole = (value.replace(tzinfo=None) - datetime.datetime(1970, 1, 1)) // datetime.timedelta(
                    microseconds=1
                )
            elif isinstance(value, datetime.date):
                whole = (value - datetime.date(1970, 1, 1)).days
            else:
                whole = int(value)
            low, high = RANGES[format]
            if not low <= whole <= high:
                raise ValueError
            return whole
        if format in FLOATS:
            return narrowed(float(value), wanted)
        if format in TEXTS:
            return text_of(value, of)
        if format == "b":
            if isinstance(value, str):
                return _TRUTHS[value.lower()]
            if isinstance(value, decimal.Decimal):
                raise TypeError
            return bool(value)
        if format.startswith("d:"):
            scale = decimal_of(format)[1]
            exact = decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)
            return exact.quantize(decimal.Decimal(1).scaleb(-scale), decimal.ROUND_HALF_UP, decimal.Context(prec=80))
        if format == "tdD":
            return value.date() if isinstance(value, datetime.datetime) else _date(value)
        if format.startswith("ts"):
            return _timestamp(value, len(format) > 4)
        if format in ("z", "Z", "vz") and isinstance(value, str):
            return value.encode()
        if of.format[:2] == format[:2]:
            return value
    except (ValueError, KeyError, OverflowError, decimal.InvalidOperation, TypeError):
        pass
    raise Error(f"Arrow error: Cast error: can not cast {value!r} to the type {wanted}")


_TRUTHS = {text: True for text in ("t", "tr", "tru", "true", "y", "ye", "yes", "on", "1")}
_TRUTHS.update({text: False for text in ("f", "fa", "fal", "fals", "false", "n", "no", "of", "off", "0")})


def text_of(value: Any, of: Type = FLOAT64) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return "NaN" if math.isnan(value) else re.sub(r"e\+?(-?)0*", r"e\1", _shortest(value, of))
    if isinstance(value, datetime.timedelta):
        micros = abs(value) // datetime.timedelta(microseconds=1)
        seconds = f"{micros // 1_000_000}.{micros % 1_000_000:06}".rstrip("0").rstrip(".")
        return f"{'-' if value < datetime.timedelta() else ''}PT{seconds}S"
    return f"{value:f}" if isinstance(value, decimal.Decimal) else str(value)


def _shortest(value: float, of: Type) -> str:
    """The fewest digits that are this number and no other of the type."""
    if of.format not in ("e", "f"):
        return repr(value)
    short = next(short for count in range(1, 18) if narrowed(short := float(f"{value:.{count}g}"), Type("f")) == value)
    return repr(short).removesuffix(".0") if of.format == "e" else repr(short)


def _date(value: Any) -> datetime.date:
    return datetime.date.fromisoformat(value) if isinstance(value, str) else value


def _timestamp(value: Any, zoned: bool) -> datetime.datetime:
    if isinstance(value, str):
        value = datetime.datetime.fromisoformat(value.replace("Z", "+00:00"))
    elif isinstance(value, int):
        value = datetime.datetime(1970, 1, 1) + datetime.timedelta(microseconds=value)
    elif not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if zoned:
        return value if value.tzinfo else value.replace(tzinfo=datetime.timezone.utc)
    return value.replace(tzinfo=None)
