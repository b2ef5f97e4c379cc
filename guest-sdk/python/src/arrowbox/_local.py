"""The operations on columns in plain Python, for tests outside of a component.

Nulls, overflows and the types of results are those of the engine. Functions are those that `Column` has methods for;
the engine has many more.
"""

from __future__ import annotations

import decimal
import math
import operator
from typing import Any, Callable, Dict, List, Optional, Sequence

from ._decode import DIGITS
from ._errors import Error
from ._local_functions import AGGREGATES, FUNCTIONS, ordered
from ._local_values import (
    BOOLEAN,
    FLOATS,
    INT64,
    RANGES,
    TEXTS,
    UINT64,
    WIDTHS,
    LocalHandle,
    brought,
    cast,
    checked,
    common,
    decimal_like,
    decimal_result,
    held,
    together,
)
from ._raw import Raw, take
from ._types import Field, Type, decimal_of

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
}


def _kleene_and(left: Optional[bool], right: Optional[bool]) -> Optional[bool]:
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def _kleene_or(left: Optional[bool], right: Optional[bool]) -> Optional[bool]:
    if left is True or right is True:
        return True
    return None if left is None or right is None else False


class Local:
    """The operations of `wit/columns.wit`."""

    def from_raw(self, field: Field, raw: Raw) -> LocalHandle:
        return LocalHandle(raw.type, raw=raw)

    def binary(self, name: str, left: Any, right: Any) -> LocalHandle:
        like = next((each.type for each in (left, right) if isinstance(each, LocalHandle)), None)
        _, (of_left, of_right), (lefts, rights) = together([left, right], like)
        if name in ("and", "or"):
            if not {of_left.format, of_right.format} <= {"b", "n"}:
                raise Error(f"{name} is of truth values, and not of {of_left} and {of_right}")
            kleene = _kleene_and if name == "and" else _kleene_or
            return LocalHandle(BOOLEAN, list(map(kleene, lefts, rights)))
        if name in ("add", "subtract") and of_left.format[:2] in ("ts", "tD") and of_right.format[:2] == "tD":
            return self._rows(_ARITHMETIC[name], lefts, rights, of_left, name)
        if name == "subtract" and of_left.format == of_right.format == "tdD":
            return self._rows(lambda left, right: (left - right).days, lefts, rights, INT64, name)
        if name == "subtract" and of_left.format[:2] == of_right.format[:2] == "ts":
            return self._rows(operator.sub, lefts, rights, Type("tDu"), name)
        shared = _compared(of_left, of_right) if name in _COMPARISONS else common(of_left, of_right)
        if shared.format.startswith("d:") and name in _ARITHMETIC and not name.startswith("bit"):
            sides = [decimal_like(shared if each.format == "n" else each) for each in (of_left, of_right)]
            return self._decimals(name, lefts, rights, *sides)
        lefts, rights = brought(lefts, of_left, shared), brought(rights, of_right, shared)
        if name in _COMPARISONS:
            function = _COMPARISONS[name]
            if shared.format in FLOATS:
                function = _ordered(function)
            return LocalHandle(
                BOOLEAN, [None if a is None or b is None else function(a, b) for a, b in zip(lefts, rights)]
            )
        if shared.format not in WIDTHS and not shared.format.startswith("d:"):
            raise Error(f"{name} is of numbers, and not of {of_left} and {of_right}")
        if shared.format not in RANGES and name.startswith(("bit", "shift")):
            raise Error(f"{name} is of integers, and not of {of_left} and {of_right}")
        if name.startswith("shift"):
            return LocalHandle(shared, _shifted(name, lefts, rights, shared))
        return self._rows(_ARITHMETIC[name], lefts, rights, shared, name)

    def _decimals(self, name: str, lefts: List[Any], rights: List[Any], of_left: Type, of_right: Type) -> LocalHandle:
        of = decimal_result(name, of_left, of_right)
        scale = decimal_of(of.format)[1]

        def compute(left: Any, right: Any) -> decimal.Decimal:
            with decimal.localcontext(DIGITS):
                left, right = decimal.Decimal(left), decimal.Decimal(right)
                value = left / right if name == "divide" else _ARITHMETIC[name](left, right)
                # What is more than the digits of the result is cut off.
                return value.quantize(decimal.Decimal(1).scaleb(-scale), decimal.ROUND_DOWN)

        return self._rows(compute, lefts, rights, of, name)

    def _rows(self, function: Callable, lefts: List[Any], rights: List[Any], of: Type, name: str) -> LocalHandle:
        try:
            values = [None if a is None or b is None else function(a, b) for a, b in zip(lefts, rights)]
        except (ZeroDivisionError, decimal.InvalidOperation):
            raise Error("Arrow error: Divide by zero error") from None
        except OverflowError:
            raise Error(f"Arrow error: Arithmetic overflow: Overflow happened on: {name}") from None
        return checked(values, of, name)

    def call(self, function: str, arguments: Sequence[Any]) -> LocalHandle:
        known = FUNCTIONS.get(function.lower())
        if known is None:
            raise Error(
                f"`{function}` is a function of the engine, which a test outside of a component has not: "
                f"it has {', '.join(sorted(FUNCTIONS))}"
            )
        _, types, columns = together(arguments, None)
        return known(types, columns)

    def cast(self, values: Any, field: Field) -> LocalHandle:
        _, (of,), (given,) = together([values], None)
        return LocalHandle(field.type, [None if value is None else cast(value, of, field.type) for value in given])

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
        if values.type.format in FLOATS:
            there.sort(key=lambda place: ordered(given[place]), reverse=descending)
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
            raise Error(
                f"there is no aggregate `{aggregate}` outside of a component: there are {', '.join(sorted(AGGREGATES))}"
            )
        given = [value for value in values.values if value is not None]
        if aggregate.lower() == "count":
            return len(given)
        numeric = values.type.format in WIDTHS or values.type.format[:2] in ("d:", "tD")
        if aggregate.lower() in ("sum", "avg", "stddev", "median") and not numeric:
            raise Error(f"Error during planning: {aggregate} is of numbers, and not of {values.type}")
        return held(known(given, values.type), values.type) if given else None


def _compared(left: Type, right: Type) -> Type:
    """The type in which two values are compared: text beside a date or a time is read as one."""
    for one, other in ((left, right), (right, left)):
        if one.format[:2] in ("td", "ts") and other.format in TEXTS:
            return one
    return common(left, right)


def _shifted(name: str, lefts: List[Any], rights: List[Any], of: Type) -> List[Any]:
    """Bits that are pushed out are lost, and so are those of the number of places that the width has not."""
    bits = WIDTHS[of.format] * 8
    low, _ = RANGES[of.format]

    def shift(left: int, right: int) -> int:
        if name == "shift-right":
            return left >> (right % bits)
        return ((left << (right % bits)) - low) % (1 << bits) + low

    return [None if left is None or right is None else shift(left, right) for left, right in zip(lefts, rights)]


def _ordered(function: Callable) -> Callable:
    """As SQL compares floats: what is no number equals itself and is greater than all numbers."""

    def compare(left: float, right: float) -> bool:
        return function(
            (math.isnan(left), 0.0 if math.isnan(left) else left),
            (math.isnan(right), 0.0 if math.isnan(right) else right),
        )

    return compare
