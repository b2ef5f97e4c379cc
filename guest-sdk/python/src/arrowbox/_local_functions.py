"""Functions and aggregates of the engine in plain Python: those that `Column` has methods for."""

from __future__ import annotations

import datetime
import decimal
import math
import operator
import re
import statistics
from typing import Any, Callable, Dict, List, Optional

from ._errors import Error
from ._local_values import BOOLEAN, FLOAT64, FLOATS, NULL, RANGES, TEXT, LocalHandle, checked, common, text_of
from ._types import Type


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
        of = common(of, each)
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
        of = common(of, each)
    values = [next((value for value in row if value is not None), None) for row in zip(*columns)]
    return LocalHandle(of, _brought_each(values, of))


def _brought_each(values: List[Any], of: Type) -> List[Any]:
    if of.format in FLOATS:
        return [None if value is None else float(value) for value in values]
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
    total = math.fsum(values) if of.format in FLOATS else sum(values)
    if of.format in RANGES:
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
    return int(middle) if of.format in RANGES else middle


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
