"""The operations on columns in plain Python, for tests outside of a component.

Nulls, overflows and the types of results are those of the engine. Functions are those that `Column` has methods for;
the engine has many more.
"""

from __future__ import annotations

import datetime
import decimal
import math
import operator
import re
import statistics
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple

from ._decode import decode
from ._encode import encode
from ._errors import Error
from ._raw import Raw, take
from ._types import Field, Type, decimal_of

_RANGES = {
    "c": (-(1 << 7), (1 << 7) - 1),
    "s": (-(1 << 15), (1 << 15) - 1),
    "i": (-(1 << 31), (1 << 31) - 1),
    "l": (-(1 << 63), (1 << 63) - 1),
    "C": (0, (1 << 8) - 1),
    "S": (0, (1 << 16) - 1),
    "I": (0, (1 << 32) - 1),
    "L": (0, (1 << 64) - 1),
}
_WIDTHS = {"c": 1, "C": 1, "s": 2, "S": 2, "e": 2, "i": 4, "I": 4, "f": 4, "l": 8, "L": 8, "g": 8}
_FLOATS = frozenset("efg")
_TEXTS = frozenset(("u", "U", "vu"))

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
        return self.values[row]

    def slice(self, offset: int, length: int) -> "LocalHandle":
        return LocalHandle(self._type, self.values[offset : offset + length])

    def raw(self) -> Raw:
        if self._raw is None:
            self._raw = encode(self._values, self._type)
        return self._raw


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


def _both(handles: Sequence[Any], like: Optional[Type]) -> Tuple[int, List[Type], List[List[Any]]]:
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
            values = [float(handle) if types[-1].format in _FLOATS and own.format in "lL" else handle]
        columns.append(values * rows if len(values) == 1 and rows != 1 else values)
    return rows, types, columns


def _like(own: Type, value: Any, like: Optional[Type]) -> Type:
    """A plain number or text takes the type of the column beside it, where it fits."""
    if like is None:
        return own
    format = like.format
    if own.format == "n":
        return like
    if own.format in ("l", "L") and format in _RANGES:
        low, high = _RANGES[format]
        return like if low <= value <= high else own
    if own.format in ("l", "L", "g") and format in _FLOATS:
        return like
    return like if own.format == "u" and format in _TEXTS else own


def _common(left: Type, right: Type) -> Type:
    """The type that both sides of an operator are brought to."""
    if left == right:
        return left
    a, b = left.format, right.format
    if a == "n":
        return right
    if b == "n":
        return left
    if a in _TEXTS and b in _TEXTS:
        return TEXT
    if a in _FLOATS or b in _FLOATS:
        if a in _WIDTHS and b in _WIDTHS:
            if {a, b} <= _FLOATS:
                return left if _WIDTHS[a] > _WIDTHS[b] else right
            one, other = (a, b) if a in _FLOATS else (b, a)
            return Type("g") if one == "g" or _WIDTHS[other] >= 4 else Type("f")
    if a in _RANGES and b in _RANGES:
        signed = (a in "csil", b in "csil")
        if signed[0] == signed[1]:
            return left if _WIDTHS[a] >= _WIDTHS[b] else right
        width = max(_WIDTHS[a] if signed[0] else _WIDTHS[a] * 2, _WIDTHS[b] if signed[1] else _WIDTHS[b] * 2)
        return Type({1: "c", 2: "s", 4: "i"}.get(width, "l"))
    if a.startswith("d:") or b.startswith("d:"):
        if a in _FLOATS or b in _FLOATS:
            return Type("g")
        return left if a.startswith("d:") else right
    if a[:2] == b[:2] and a[:2] in ("ts", "tD", "tt"):
        return left
    if {a[:2], b[:2]} == {"td", "ts"}:
        return left if a[:2] == "ts" else right
    raise Error(f"{left} and {right} can not be brought to one type")


_COMPARISONS: Dict[str, Callable] = {
    "equal": operator.eq,
    "not-equal": operator.ne,
    "less": operator.lt,
    "less-equal": operator.le,
    "greater": operator.gt,
    "greater-equal": operator.ge,
}


def _quotient(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        if right == 0:
            raise ZeroDivisionError
        quotient = abs(left) // abs(right)
        return quotient if (left < 0) == (right < 0) else -quotient
    if isinstance(right, float) and right == 0:
        if left == 0 or math.isnan(left):
            return math.nan
        return math.copysign(math.inf, left) * math.copysign(1, right)
    if right == 0:
        raise ZeroDivisionError
    return left / right


def _remainder(left: Any, right: Any) -> Any:
    if isinstance(left, int) and isinstance(right, int):
        if right == 0:
            raise ZeroDivisionError
        return int(math.copysign(1, left)) * (abs(left) % abs(right))
    if isinstance(left, float):
        return math.fmod(left, right) if right and not math.isinf(left) else math.nan
    return left % right


_ARITHMETIC: Dict[str, Callable] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": _quotient,
    "remainder": _remainder,
    "bit-and": operator.and_,
    "bit-or": operator.or_,
    "bit-xor": operator.xor,
    "shift-left": lambda left, right: left << (right % 64),
    "shift-right": lambda left, right: left >> (right % 64),
}


def _kleene_and(left: Optional[bool], right: Optional[bool]) -> Optional[bool]:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _kleene_or(left: Optional[bool], right: Optional[bool]) -> Optional[bool]:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


def _checked(values: List[Any], data_type: Type, what: str) -> LocalHandle:
    """Integers that fit the type that an operation gives, and floats of its width."""
    limits = _RANGES.get(data_type.format)
    if limits is not None:
        low, high = limits
        for value in values:
            if value is not None and not low <= value <= high:
                raise Error(f"Arrow error: Arithmetic overflow: Overflow happened on: {what}")
    elif data_type.format in ("e", "f"):
        values = decode(encode(values, data_type))
    return LocalHandle(data_type, values)


class Local:
    """The operations of `wit/columns.wit`."""

    def from_raw(self, field: Field, raw: Raw) -> LocalHandle:
        return LocalHandle(raw.type, raw=raw)

    def binary(self, name: str, left: Any, right: Any) -> LocalHandle:
        like = next((each.type for each in (left, right) if isinstance(each, LocalHandle)), None)
        _, (of_left, of_right), (lefts, rights) = _both([left, right], like)
        if name in ("and", "or"):
            if not {of_left.format, of_right.format} <= {"b", "n"}:
                raise Error(f"{name} is of truth values, and not of {of_left} and {of_right}")
            kleene = _kleene_and if name == "and" else _kleene_or
            return LocalHandle(BOOLEAN, list(map(kleene, lefts, rights)))
        if name in ("add", "subtract") and of_left.format[:2] in ("ts", "td") and of_right.format[:2] == "tD":
            return self._rows(_ARITHMETIC[name], lefts, rights, of_left, name)
        if name == "subtract" and of_left.format[:2] == of_right.format[:2] == "ts":
            return self._rows(operator.sub, lefts, rights, Type("tDu"), name)
        common = _common(of_left, of_right)
        lefts, rights = _brought(lefts, of_left, common), _brought(rights, of_right, common)
        if name in _COMPARISONS:
            function = _COMPARISONS[name]
            if common.format in _FLOATS:
                function = _ordered(function)
            return LocalHandle(
                BOOLEAN, [None if a is None or b is None else function(a, b) for a, b in zip(lefts, rights)]
            )
        if common.format not in _WIDTHS and not common.format.startswith("d:"):
            raise Error(f"{name} is of numbers, and not of {of_left} and {of_right}")
        if common.format in _FLOATS and name.startswith(("bit", "shift")):
            raise Error(f"{name} is of integers, and not of {of_left} and {of_right}")
        return self._rows(_ARITHMETIC[name], lefts, rights, common, name)

    def _rows(self, function: Callable, lefts: List[Any], rights: List[Any], of: Type, name: str) -> LocalHandle:
        try:
            values = [None if a is None or b is None else function(a, b) for a, b in zip(lefts, rights)]
        except (ZeroDivisionError, decimal.InvalidOperation):
            raise Error("Arrow error: Divide by zero error") from None
        except OverflowError:
            raise Error(f"Arrow error: Arithmetic overflow: Overflow happened on: {name}") from None
        return _checked(values, of, name)

    def call(self, function: str, arguments: Sequence[Any]) -> LocalHandle:
        known = FUNCTIONS.get(function.lower())
        if known is None:
            raise Error(
                f"`{function}` is a function of the engine, which a test outside of a component has not: "
                f"it has {', '.join(sorted(FUNCTIONS))}"
            )
        _, types, columns = _both(arguments, None)
        return known(types, columns)

    def cast(self, values: Any, field: Field) -> LocalHandle:
        _, (of,), (given,) = _both([values], None)
        return LocalHandle(field.type, [None if value is None else _cast(value, of, field.type) for value in given])

    def filter(self, values: LocalHandle, mask: LocalHandle) -> LocalHandle:
        if values.length() != mask.length():
            raise Error(f"a mask of {mask.length()} rows does not fit a column of {values.length()}")
        return LocalHandle(values.type, [value for value, keep in zip(values.values, mask.values) if keep])

    def take(self, values: LocalHandle, places: LocalHandle) -> LocalHandle:
        for place in places.values:
            if place is not None and not 0 <= place < values.length():
                raise Error(f"there is no row {place}: the column has {values.length()} rows")
        if None not in places.values and values._raw is not None:
            return LocalHandle(values.type, raw=take(values._raw, places.values))
        return LocalHandle(values.type, [None if place is None else values.values[place] for place in places.values])

    def sort(self, values: LocalHandle, descending: bool, nulls_first: bool) -> LocalHandle:
        given = values.values
        there = [place for place, value in enumerate(given) if value is not None]
        nulls = [place for place, value in enumerate(given) if value is None]
        if values.type.format in _FLOATS:
            # As SQL has it, what is no number is greater than all numbers.
            there.sort(key=lambda place: (math.isnan(given[place]), given[place]), reverse=descending)
        else:
            there.sort(key=given.__getitem__, reverse=descending)
        return LocalHandle(UINT64, nulls + there if nulls_first else there + nulls)

    def concat(self, handles: Sequence[LocalHandle]) -> LocalHandle:
        if not handles:
            raise Error("there are no columns to put one behind the other")
        for handle in handles:
            if handle.type != handles[0].type:
                raise Error(
                    f"a column of the type {handle.type} can not stand behind one of the type {handles[0].type}"
                )
        return LocalHandle(handles[0].type, [value for handle in handles for value in handle.values])

    def reduce(self, aggregate: str, values: LocalHandle) -> Any:
        known = AGGREGATES.get(aggregate.lower())
        if known is None:
            raise Error(f"there is no aggregate `{aggregate}` outside of a component: there are {', '.join(sorted(AGGREGATES))}")
        given = [value for value in values.values if value is not None]
        if aggregate.lower() == "count":
            return len(given)
        return known(given, values.type) if given else None


def _ordered(function: Callable) -> Callable:
    """As SQL compares floats: what is no number equals itself and is greater than all numbers."""

    def compare(left: float, right: float) -> bool:
        return function((math.isnan(left), 0.0 if math.isnan(left) else left), (math.isnan(right), 0.0 if math.isnan(right) else right))

    return compare


def _brought(values: List[Any], of: Type, common: Type) -> List[Any]:
    if of == common or of.format == common.format:
        return values
    return [None if value is None else _cast(value, of, common) for value in values]


def _cast(value: Any, of: Type, wanted: Type) -> Any:
    """A value of another type.

    Raises `Error` where it does not fit.
    """
    format = wanted.format
    try:
        if format in _RANGES:
            if isinstance(value, str):
                whole = int(value.strip())
            elif isinstance(value, datetime.timedelta):
                whole = value // datetime.timedelta(microseconds=1)
            elif isinstance(value, datetime.datetime):
                whole = (value.replace(tzinfo=None) - datetime.datetime(1970, 1, 1)) // datetime.timedelta(microseconds=1)
            elif isinstance(value, datetime.date):
                whole = (value - datetime.date(1970, 1, 1)).days
            else:
                whole = int(value)
            low, high = _RANGES[format]
            if not low <= whole <= high:
                raise ValueError
            return whole
        if format in _FLOATS:
            return float(value)
        if format in _TEXTS:
            return _text(value)
        if format == "b":
            if isinstance(value, str):
                return {"true": True, "false": False, "t": True, "f": False, "1": True, "0": False}[value.lower()]
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


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, datetime.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, float):
        if math.isinf(value):
            return "inf" if value > 0 else "-inf"
        return "NaN" if math.isnan(value) else repr(value)
    return str(value)


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


def _of_nulls(function: Callable, result: Any) -> Callable:
    """A function of rows that is null where an argument is."""

    def run(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
        of = result(types) if callable(result) else result
        try:
            values = [None if None in row else function(*row) for row in zip(*columns)]
        except ArithmeticError as error:
            raise Error(f"Arrow error: {error}") from None
        return _checked(values, of, function.__name__)

    return run


def _first(types: List[Type]) -> Type:
    return types[0]


def _first_float(types: List[Type]) -> Type:
    return types[0] if types[0].format in ("e", "f") else FLOAT64


def _textual(types: List[Type]) -> Type:
    return TEXT


def _power(base: Any, exponent: Any) -> float:
    try:
        return float(base) ** float(exponent)
    except OverflowError:
        return math.inf
    except ZeroDivisionError:
        return math.inf


def _sqrt(value: Any) -> float:
    return math.sqrt(value) if value >= 0 else math.nan


def _ln(value: Any) -> float:
    if value == 0:
        return -math.inf
    return math.log(value) if value > 0 else math.nan


def _exp(value: Any) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _round(value: float, places: int = 0) -> float:
    """Halves go away from zero."""
    if math.isnan(value) or math.isinf(value):
        return value
    step = decimal.Decimal(1).scaleb(-places)
    return float(decimal.Decimal(repr(float(value))).quantize(step, decimal.ROUND_HALF_UP))


def _substr(text: str, start: int, length: Optional[int] = None) -> str:
    if length is None:
        return text[max(start - 1, 0) :]
    if length < 0:
        raise Error("Execution error: negative substring length not allowed")
    return text[max(start - 1, 0) : max(start - 1 + length, 0)]


def _split_part(text: str, delimiter: str, index: int) -> str:
    if index == 0:
        raise Error("Execution error: field position must not be zero")
    parts = text.split(delimiter) if delimiter else [text]
    place = index - 1 if index > 0 else len(parts) + index
    return parts[place] if 0 <= place < len(parts) else ""


def _like_pattern(pattern: str, flags: int) -> "re.Pattern":
    parts, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\" and at + 1 < len(pattern):
            at += 1
            parts.append(re.escape(pattern[at]))
        else:
            parts.append({"%": ".*", "_": "."}.get(char, re.escape(char)))
        at += 1
    return re.compile("".join(parts), flags | re.DOTALL)


def _regexp_replace(text: str, pattern: str, replacement: str, flags: str = "") -> str:
    replacement = re.sub(r"\$(\d+)", r"\\\1", replacement)
    how = re.IGNORECASE if "i" in flags else 0
    return re.sub(pattern, replacement, text, count=0 if "g" in flags else 1, flags=how)


def _trunc(unit: str, value: Any) -> Any:
    order = ["year", "month", "day", "hour", "minute", "second", "millisecond", "microsecond"]
    unit = unit.lower()
    if unit == "week":
        value = value - datetime.timedelta(days=value.weekday())
        unit = "day"
    if unit == "quarter":
        return value.replace(month=(value.month - 1) // 3 * 3 + 1, day=1, hour=0, minute=0, second=0, microsecond=0)
    if unit not in order:
        raise Error(f"Execution error: there is no unit {unit!r} of time")
    if unit == "millisecond":
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    keep = order.index(unit)
    beginnings = {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "microsecond": 0}
    return value.replace(**{name: first for name, first in beginnings.items() if order.index(name) > keep})


def _part(unit: str, value: Any) -> int:
    unit = unit.lower()
    if unit in ("year", "month", "day", "hour", "minute", "second"):
        return getattr(value, unit)
    if unit == "quarter":
        return (value.month - 1) // 3 + 1
    if unit == "week":
        return value.isocalendar()[1]
    if unit == "dow":
        return (value.weekday() + 1) % 7
    if unit == "doy":
        return value.timetuple().tm_yday
    raise Error(f"Execution error: there is no part {unit!r} of a time outside of a component")


def _case(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    pairs = len(columns) // 2
    otherwise = columns[-1] if len(columns) % 2 else None
    of = NULL
    results = [types[2 * index + 1] for index in range(pairs)] + ([types[-1]] if otherwise is not None else [])
    for each in results:
        of = _common(of, each)
    values = []
    for row in range(len(columns[0])):
        for index in range(pairs):
            if columns[2 * index][row] is True:
                values.append(columns[2 * index + 1][row])
                break
        else:
            values.append(otherwise[row] if otherwise is not None else None)
    return LocalHandle(of, _brought_each(values, of))


def _coalesce(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    of = NULL
    for each in types:
        of = _common(of, each)
    values = [next((value for value in row if value is not None), None) for row in zip(*columns)]
    return LocalHandle(of, _brought_each(values, of))


def _brought_each(values: List[Any], of: Type) -> List[Any]:
    if of.format in _FLOATS:
        return [None if value is None else float(value) for value in values]
    return values


def _concat(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    return LocalHandle(TEXT, ["".join(_text(value) for value in row if value is not None) for row in zip(*columns)])


def _is_null(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    return LocalHandle(BOOLEAN, [value is None for value in columns[0]])


def _is_not_null(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    return LocalHandle(BOOLEAN, [value is not None for value in columns[0]])


FUNCTIONS: Dict[str, Callable] = {
    "not": _of_nulls(operator.not_, BOOLEAN),
    "negative": _of_nulls(operator.neg, _first),
    "abs": _of_nulls(abs, _first),
    "is_null": _is_null,
    "is_not_null": _is_not_null,
    "coalesce": _coalesce,
    "case": _case,
    "concat": _concat,
    "power": _of_nulls(_power, FLOAT64),
    "sqrt": _of_nulls(_sqrt, _first_float),
    "exp": _of_nulls(_exp, _first_float),
    "ln": _of_nulls(_ln, _first_float),
    "sin": _of_nulls(math.sin, _first_float),
    "cos": _of_nulls(math.cos, _first_float),
    "tan": _of_nulls(math.tan, _first_float),
    "asin": _of_nulls(math.asin, _first_float),
    "acos": _of_nulls(math.acos, _first_float),
    "atan": _of_nulls(math.atan, _first_float),
    "atan2": _of_nulls(math.atan2, _first_float),
    "radians": _of_nulls(math.radians, _first_float),
    "degrees": _of_nulls(math.degrees, _first_float),
    "round": _of_nulls(_round, _first_float),
    "floor": _of_nulls(lambda value: float(math.floor(value)) if math.isfinite(value) else value, _first_float),
    "ceil": _of_nulls(lambda value: float(math.ceil(value)) if math.isfinite(value) else value, _first_float),
    "upper": _of_nulls(str.upper, _textual),
    "lower": _of_nulls(str.lower, _textual),
    "btrim": _of_nulls(lambda text, characters=" ": text.strip(characters), _textual),
    "character_length": _of_nulls(len, Type("i")),
    "contains": _of_nulls(lambda text, part: part in text, BOOLEAN),
    "starts_with": _of_nulls(str.startswith, BOOLEAN),
    "ends_with": _of_nulls(str.endswith, BOOLEAN),
    "replace": _of_nulls(str.replace, _textual),
    "substr": _of_nulls(_substr, _textual),
    "split_part": _of_nulls(_split_part, _textual),
    "like": _of_nulls(lambda text, pattern: _like_pattern(pattern, 0).fullmatch(text) is not None, BOOLEAN),
    "ilike": _of_nulls(lambda text, pattern: _like_pattern(pattern, re.I).fullmatch(text) is not None, BOOLEAN),
    "regexp_replace": _of_nulls(_regexp_replace, _textual),
    "regexp_like": _of_nulls(lambda text, pattern: re.search(pattern, text) is not None, BOOLEAN),
    "date_trunc": _of_nulls(_trunc, lambda types: types[1]),
    "date_part": _of_nulls(_part, Type("i")),
}


def _sum(values: List[Any], of: Type) -> Any:
    total = math.fsum(values) if of.format in _FLOATS else sum(values)
    if of.format in _RANGES:
        # As the engine adds integers: without a check.
        bits = (1 << 64) - 1
        total &= bits
        if of.format in "csil" and total >> 63:
            total -= 1 << 64
    return total


def _mean(values: List[Any], of: Type) -> float:
    return math.fsum(values) / len(values) if not of.format.startswith("d:") else float(sum(values) / len(values))


def _median(values: List[Any], of: Type) -> Any:
    middle = statistics.median(values)
    return int(middle) if of.format in _RANGES else middle


AGGREGATES: Dict[str, Callable] = {
    "sum": _sum,
    "min": lambda values, of: min(values),
    "max": lambda values, of: max(values),
    "avg": _mean,
    "count": lambda values, of: len(values),
    "stddev": lambda values, of: statistics.stdev(values) if len(values) > 1 else None,
    "median": _median,
    "bool_and": lambda values, of: all(values),
    "bool_or": lambda values, of: any(values),
}
