"""Functions and aggregates of the engine in plain Python: those that `Column` has methods for."""

from __future__ import annotations

import datetime
import decimal
import math
import operator
import re
import statistics
from typing import Any, Callable, Dict, List, Optional, Tuple

from ._decode import DIGITS, EPOCH, EPOCH_UTC
from ._errors import Error
from ._local_values import (
    BOOLEAN,
    FLOAT64,
    FLOATS,
    NULL,
    RANGES,
    TEXT,
    WIDTHS,
    LocalHandle,
    cast,
    checked,
    common,
    decimal_like,
    narrowed,
    text_of,
    wider,
)
from ._types import Type, decimal_of


def _of_nulls(function: Callable, result: Any) -> Callable:
    """A function of rows that is null where an argument is."""

    def run(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
        of = result(types) if callable(result) else result
        try:
            values = [None if None in row else function(*row) for row in zip(*columns)]
        except ArithmeticError as error:
            raise Error(f"Arrow error: {error}") from None
        return checked(values, of, function.__name__)

    return run


def _first(types: List[Type]) -> Type:
    return types[0]


def _first_float(types: List[Type]) -> Type:
    return types[0] if types[0].format == "f" else FLOAT64


def _textual(types: List[Type]) -> Type:
    return TEXT


def _power(base: Any, exponent: Any) -> float:
    if base == 0 and exponent < 0:
        raise Error("Arrow error: Compute error: zero raised to a negative power is undefined")
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.copysign(math.inf, base) if exponent % 2 == 1 else math.inf
    except ValueError:
        return math.nan


def _sqrt(value: Any) -> float:
    if value < 0:
        raise Error("Arrow error: Compute error: Execution error: cannot take square root of a negative number")
    return math.sqrt(value)


def _ln(value: Any) -> float:
    if value == 0:
        return -math.inf
    return math.log(value) if value > 0 else math.nan


def _exp(value: Any) -> float:
    try:
        return math.exp(value)
    except OverflowError:
        return math.inf


def _round(value: Any, places: int = 0) -> Any:
    """Halves go away from zero."""
    if isinstance(value, (int, decimal.Decimal)):
        step = decimal.Decimal(1).scaleb(-places)
        rounded = decimal.Decimal(value).quantize(step, decimal.ROUND_HALF_UP, DIGITS)
        return rounded if isinstance(value, decimal.Decimal) else int(rounded) if places < 0 else value
    if not math.isfinite(value):
        return value
    factor = 10.0**places
    whole = decimal.Decimal(value * factor).to_integral_value(decimal.ROUND_HALF_UP)
    return math.copysign(float(whole) / factor, value)


def _rounded(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    of = types[0] if types[0].format in RANGES else _first_float(types)
    if types[0].format.startswith("d:"):
        precision, scale, _ = decimal_of(types[0].format)
        places = columns[1][0] if len(columns) > 1 and columns[1] else 0
        of = Type(f"d:{precision},{min(scale, max(places, 0))}")
    return _of_nulls(_round, of)(types, columns)


def _to_whole(function: Callable) -> Callable:
    def run(value: Any) -> Any:
        if isinstance(value, decimal.Decimal):
            return decimal.Decimal(function(value))
        return math.copysign(float(function(value)), value) if math.isfinite(value) else value

    return _of_nulls(run, lambda types: types[0] if types[0].format.startswith("d:") else _first_float(types))


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


_REPLACED = re.compile(r"\$(\d+)|\$\{(\w+)\}|\\(\d)|\$\$|\\")


def _regexp_replace(text: str, pattern: str, replacement: str, flags: str = "") -> str:
    replacement = _REPLACED.sub(
        lambda found: f"\\g<{found[found.lastindex]}>" if found.lastindex else {"$$": "$"}.get(found[0], r"\\"),
        replacement,
    )
    pieces, end = [], 0
    for match in re.finditer(pattern, text, re.IGNORECASE if "i" in flags else 0):
        if pieces and match.start() == match.end() == end:
            # Nothing, right behind what was found.
            continue
        pieces += [text[end : match.start()], match.expand(replacement)]
        end = match.end()
        if "g" not in flags:
            break
    return "".join(pieces) + text[end:]


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


def _truncated(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    if not types[1].format.startswith("td"):
        return _of_nulls(_trunc, types[1])(types, columns)
    units, days = columns
    times = [None if day is None else datetime.datetime(day.year, day.month, day.day) for day in days]
    return _of_nulls(_trunc, Type("tsn:"))(types, [units, times])


def _part(unit: str, value: Any) -> Any:
    unit = unit.lower()
    if not isinstance(value, datetime.datetime):
        value = datetime.datetime(value.year, value.month, value.day)
    if unit in ("year", "month", "day", "hour", "minute", "second"):
        return getattr(value, unit)
    if unit == "millisecond":
        return value.second * 1000 + value.microsecond // 1000
    if unit == "microsecond":
        return value.second * 1_000_000 + value.microsecond
    if unit == "epoch":
        return (value - (EPOCH_UTC if value.tzinfo else EPOCH)) / datetime.timedelta(seconds=1)
    if unit == "quarter":
        return (value.month - 1) // 3 + 1
    if unit == "week":
        return value.isocalendar()[1]
    if unit == "dow":
        return (value.weekday() + 1) % 7
    if unit == "isodow":
        return value.isoweekday()
    if unit == "doy":
        return value.timetuple().tm_yday
    raise Error(f"Execution error: there is no part {unit!r} of a time outside of a component")


def _parts(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    of_epoch = any(unit is not None and unit.lower() == "epoch" for unit in columns[0])
    return _of_nulls(_part, FLOAT64 if of_epoch else Type("i"))(types, columns)


def _case(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    pairs = len(columns) // 2
    otherwise = columns[-1] if len(columns) % 2 else None
    results = [types[2 * index + 1] for index in range(pairs)] + ([types[-1]] if otherwise is not None else [])
    of = _united(results)
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
    of = _united(types)
    values = [next((value for value in row if value is not None), None) for row in zip(*columns)]
    return LocalHandle(of, _brought_each(values, of))


def _united(types: List[Type]) -> Type:
    """The type of what is one or the other."""
    of = NULL
    for each in types:
        decimals = [one.format.startswith("d:") for one in (of, each)]
        if any(decimals) and {of.format, each.format} & FLOATS:
            of = wider(decimal_like(of), decimal_like(each))
        else:
            of = common(of, each)
    return of


def _brought_each(values: List[Any], of: Type) -> List[Any]:
    if of.format in FLOATS:
        return [None if value is None else narrowed(float(value), of) for value in values]
    if of.format.startswith(("d:", "ts")):
        return [None if value is None else cast(value, of, of) for value in values]
    return values


def _concat(types: List[Type], columns: List[List[Any]]) -> LocalHandle:
    return LocalHandle(TEXT, ["".join(text_of(value) for value in row if value is not None) for row in zip(*columns)])


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
    "round": _rounded,
    "floor": _to_whole(math.floor),
    "ceil": _to_whole(math.ceil),
    "upper": _of_nulls(str.upper, _textual),
    "lower": _of_nulls(str.lower, _textual),
    "btrim": _of_nulls(lambda text, characters=" ": text.strip(characters), _textual),
    "character_length": _of_nulls(len, Type("i")),
    "contains": _of_nulls(lambda text, part: part in text, BOOLEAN),
    "starts_with": _of_nulls(str.startswith, BOOLEAN),
    "ends_with": _of_nulls(str.endswith, BOOLEAN),
    "replace": _of_nulls(lambda text, old, new: text.replace(old, new) if old else text, _textual),
    "substr": _of_nulls(_substr, _textual),
    "split_part": _of_nulls(_split_part, _textual),
    "like": _of_nulls(lambda text, pattern: _like_pattern(pattern, 0).fullmatch(text) is not None, BOOLEAN),
    "ilike": _of_nulls(lambda text, pattern: _like_pattern(pattern, re.I).fullmatch(text) is not None, BOOLEAN),
    "regexp_replace": _of_nulls(_regexp_replace, _textual),
    "regexp_like": _of_nulls(lambda text, pattern: re.search(pattern, text) is not None, BOOLEAN),
    "date_trunc": _truncated,
    "date_part": _parts,
}


def _sum(values: List[Any], of: Type) -> Any:
    total = math.fsum(values) if of.format in FLOATS else sum(values)
    if of.format in RANGES:
        # As the engine adds integers: without a check.
        bits = (1 << 64) - 1
        total &= bits
        if of.format in "csil" and total >> 63:
            total -= 1 << 64
    return total


def _mean(values: List[Any], of: Type) -> Any:
    return math.fsum(values) / len(values) if of.format in WIDTHS else sum(values[1:], values[0]) / len(values)


def ordered(value: float) -> Tuple:
    """As SQL has floats in order: zero has a sign, and what is no number is greater than all numbers."""
    return (True,) if math.isnan(value) else (False, value, math.copysign(1, value))


def _least(values: List[Any], of: Type) -> Any:
    return min(values, key=ordered) if of.format in FLOATS else min(values)


def _greatest(values: List[Any], of: Type) -> Any:
    return max(values, key=ordered) if of.format in FLOATS else max(values)


def _deviation(values: List[Any], of: Type) -> Optional[float]:
    if len(values) < 2:
        return None
    numbers = list(map(float, values))
    return statistics.stdev(numbers) if all(map(math.isfinite, numbers)) else math.nan


def _median(values: List[Any], of: Type) -> Any:
    if of.format in FLOATS:
        values = sorted(values, key=ordered)
        middle = len(values) // 2
        return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    middle = statistics.median(values)
    return float(middle) if of.format in RANGES else middle


AGGREGATES: Dict[str, Callable] = {
    "sum": _sum,
    "min": _least,
    "max": _greatest,
    "avg": _mean,
    "count": lambda values, of: len(values),
    "stddev": _deviation,
    "median": _median,
    "bool_and": lambda values, of: all(values),
    "bool_or": lambda values, of: any(values),
}
