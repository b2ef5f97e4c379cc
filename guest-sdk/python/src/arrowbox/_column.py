"""Columns that stay where they are, and what can be computed with them."""

from __future__ import annotations

import re
from typing import Any, Generic, List, Optional, Sequence, TypeVar

from ._annotations import Place, understand
from ._batch import Array, raw_of
from ._errors import Error
from ._host import columns as kernels
from ._raw import Raw
from ._types import Field, Type

T = TypeVar("T")

_INTEGERS = frozenset("cCsSiIlL")
_TEXTS = frozenset(("u", "U", "vu"))


class Column(Generic[T]):
    """A column that stays with the host: its operators and methods are kernels of the engine, so that no value is
    moved and nothing is looped over in Python. Outside of a component the same is computed in Python, for tests.

    Operators are as in SQL: null where an operand is null, an error where integers overflow or are divided by zero;
    `&`, `|` and `~` of truth values follow Kleene's logic. `/` divides as Python does, with a fraction; `//` and `%`
    divide integers and decimals as SQL does, towards zero, and `//` of floats is the whole number below. Other operands
    are columns or plain values.
    """

    __slots__ = ("_handle",)

    def __init__(self, handle: Any):
        self._handle = handle

    @classmethod
    def of(cls, values: Any, type: Any = None) -> "Column":
        """A column of Python values. `type` is a type hint such as `int`; it is that of the first value that is not
        None where it is not said."""
        array = values if isinstance(values, Array) and type is None else Array.of(values, type)
        return column_of(array.raw())

    @property
    def type(self) -> Type:
        """Its Arrow type; `str(type)` is how the engine writes it."""
        return self._handle.field().type

    @property
    def null_count(self) -> int:
        return self._handle.null_count()

    def __len__(self) -> int:
        return self._handle.length()

    def __getitem__(self, index: Any) -> Any:
        """A value, or a slice."""
        length = len(self)
        if isinstance(index, slice):
            start, stop, step = index.indices(length)
            if step != 1:
                raise Error("a column is sliced in steps of one: take() takes any rows")
            return Column(self._handle.slice(start, max(stop - start, 0)))
        if not -length <= index < length:
            raise IndexError(f"there is no row {index} in a column of {length}")
        return self._handle.get(index % length)

    def __iter__(self) -> Any:
        raise TypeError("a column is not looped over, it is computed with as a whole; to_list() has its values")

    def __bool__(self) -> bool:
        raise TypeError(
            "a column is neither true nor false: `&`, `|` and `~` combine columns, any() and all() reduce them"
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Column({len(self)} of {self.type})"

    # Out of the host.

    def to_array(self) -> Array:
        """The values in the sandbox, which copies them."""
        return Array(self._handle.raw())

    def to_list(self) -> List[Optional[T]]:
        """As Python values, None for null; this copies and makes all of them."""
        return self.to_array().to_list()

    # Operators.

    def __add__(self, other: Any) -> "Column":
        if self._is_text():
            return _concatenated(self, other)
        return _binary("add", self, other)

    def __radd__(self, other: Any) -> "Column":
        if self._is_text():
            return _concatenated(other, self)
        return _binary("add", other, self)

    def __sub__(self, other: Any) -> "Column":
        return _binary("subtract", self, other)

    def __rsub__(self, other: Any) -> "Column":
        return _binary("subtract", other, self)

    def __mul__(self, other: Any) -> "Column":
        return _binary("multiply", self, other)

    def __rmul__(self, other: Any) -> "Column":
        return _binary("multiply", other, self)

    def __truediv__(self, other: Any) -> "Column":
        return _binary("divide", _real(self), _real(other))

    def __rtruediv__(self, other: Any) -> "Column":
        return _binary("divide", _real(other), _real(self))

    def __floordiv__(self, other: Any) -> "Column":
        return _divided(self, other)

    def __rfloordiv__(self, other: Any) -> "Column":
        return _divided(other, self)

    def __mod__(self, other: Any) -> "Column":
        return _binary("remainder", self, other)

    def __rmod__(self, other: Any) -> "Column":
        return _binary("remainder", other, self)

    def __pow__(self, other: Any) -> "Column":
        return call("power", self, other)

    def __rpow__(self, other: Any) -> "Column":
        return call("power", other, self)

    def __neg__(self) -> "Column":
        return call("negative", self)

    def __abs__(self) -> "Column":
        return call("abs", self)

    def __eq__(self, other: Any) -> "Column":  # type: ignore[override]
        return _binary("equal", self, other)

    def __ne__(self, other: Any) -> "Column":  # type: ignore[override]
        return _binary("not-equal", self, other)

    def __lt__(self, other: Any) -> "Column":
        return _binary("less", self, other)

    def __le__(self, other: Any) -> "Column":
        return _binary("less-equal", self, other)

    def __gt__(self, other: Any) -> "Column":
        return _binary("greater", self, other)

    def __ge__(self, other: Any) -> "Column":
        return _binary("greater-equal", self, other)

    def __and__(self, other: Any) -> "Column":
        return _binary("and" if self._is_boolean() else "bit-and", self, other)

    def __rand__(self, other: Any) -> "Column":
        return _binary("and" if self._is_boolean() else "bit-and", other, self)

    def __or__(self, other: Any) -> "Column":
        return _binary("or" if self._is_boolean() else "bit-or", self, other)

    def __ror__(self, other: Any) -> "Column":
        return _binary("or" if self._is_boolean() else "bit-or", other, self)

    def __xor__(self, other: Any) -> "Column":
        return _binary("not-equal" if self._is_boolean() else "bit-xor", self, other)

    def __rxor__(self, other: Any) -> "Column":
        return self ^ other

    def __lshift__(self, other: Any) -> "Column":
        return _binary("shift-left", self, other)

    def __rshift__(self, other: Any) -> "Column":
        return _binary("shift-right", self, other)

    def __invert__(self) -> "Column":
        if self._is_boolean():
            return call("not", self)
        return _binary("bit-xor", self, -1)

    # Nulls and choices.

    def is_null(self) -> "Column":
        """Which values are null."""
        return call("is_null", self)

    def is_not_null(self) -> "Column":
        """Which values are not null."""
        return call("is_not_null", self)

    def fill_null(self, value: Any) -> "Column":
        """`value`, a column or a plain one, where there is null."""
        return call("coalesce", self, value)

    def where(self, condition: "Column", otherwise: Any = None) -> "Column":
        """The values where `condition` is true, and `otherwise` elsewhere."""
        return where(condition, self, otherwise)

    # Rows.

    def filter(self, mask: "Column") -> "Column":
        """The rows in which `mask` is true."""
        return Column(kernels().filter(self._handle, mask._handle))

    def take(self, places: Any) -> "Column":
        """The rows at these places, which can repeat; null for null."""
        if not isinstance(places, Column):
            from ._annotations import UInt64

            places = Column.of(places, UInt64)
        return Column(kernels().take(self._handle, places._handle))

    def argsort(self, descending: bool = False, nulls_first: bool = False) -> "Column":
        """The places of the rows in their order; equal ones stay in the order they had."""
        return Column(kernels().sort(self._handle, descending, nulls_first))

    def sort(self, descending: bool = False, nulls_first: bool = False) -> "Column":
        """The values in their order."""
        return self.take(self.argsort(descending, nulls_first))

    # Types.

    def cast(self, type: Any) -> "Column":
        """To the type of a hint such as `int`, `Float32` or `str`; an error where a value does not fit."""
        if not isinstance(type, Type):
            type = understand(type, Place("Column.cast", 0, "Column.cast")).type
        if self.type == type:
            return self
        return Column(kernels().cast(self._handle, Field("", type)))

    # Reductions: null values do not count.

    def sum(self) -> Any:
        return self._reduced("sum")

    def min(self) -> Any:
        return self._reduced("min")

    def max(self) -> Any:
        return self._reduced("max")

    def mean(self) -> Optional[float]:
        return self._reduced("avg")

    def count(self) -> int:
        """How many values are not null."""
        return self._reduced("count")

    def std(self) -> Optional[float]:
        """The standard deviation of a sample."""
        return self._reduced("stddev")

    def median(self) -> Any:
        return self._reduced("median")

    def any(self) -> Optional[bool]:
        return self._reduced("bool_or")

    def all(self) -> Optional[bool]:
        return self._reduced("bool_and")

    def reduce(self, aggregate: str) -> Any:
        """An aggregate of the engine by its name in SQL."""
        return self._reduced(aggregate)

    # Numbers.

    def abs(self) -> "Column":
        return call("abs", self)

    def sqrt(self) -> "Column":
        return call("sqrt", self)

    def exp(self) -> "Column":
        return call("exp", self)

    def ln(self) -> "Column":
        return call("ln", self)

    def round(self, places: int = 0) -> "Column":
        return call("round", self, places) if places else call("round", self)

    def floor(self) -> "Column":
        return call("floor", self)

    def ceil(self) -> "Column":
        return call("ceil", self)

    # Text.

    def upper(self) -> "Column":
        return call("upper", self)

    def lower(self) -> "Column":
        return call("lower", self)

    def strip(self, characters: Optional[str] = None) -> "Column":
        return call("btrim", self) if characters is None else call("btrim", self, characters)

    def length(self) -> "Column":
        """Of each text, in characters."""
        return call("character_length", self)

    def contains(self, text: Any) -> "Column":
        return call("contains", self, text)

    def starts_with(self, text: Any) -> "Column":
        return call("starts_with", self, text)

    def ends_with(self, text: Any) -> "Column":
        return call("ends_with", self, text)

    def replace(self, old: Any, new: Any) -> "Column":
        return call("replace", self, old, new)

    def substring(self, start: Any, length: Any = None) -> "Column":
        """From the character `start` on, counted from one as in SQL."""
        return call("substr", self, start) if length is None else call("substr", self, start, length)

    def like(self, pattern: str) -> "Column":
        """Whether it is as a pattern of SQL says, in which `%` is any text and `_` any character."""
        return call("like", self, pattern)

    def split_part(self, delimiter: Any, index: Any) -> "Column":
        """The part of this number, counted from one."""
        return call("split_part", self, delimiter, index)

    def regexp_replace(self, pattern: str, replacement: str, flags: str = "") -> "Column":
        return call("regexp_replace", self, pattern, replacement, *([flags] if flags else []))

    def matches(self, pattern: str) -> "Column":
        """Whether a regular expression is found in it."""
        return call("regexp_like", self, pattern)

    # Times.

    def trunc(self, unit: str) -> "Column":
        """The beginning of the `"day"`, `"hour"`, … that a time is in."""
        return call("date_trunc", unit, self)

    def part(self, unit: str) -> "Column":
        """The `"year"`, `"hour"`, … of a time."""
        return call("date_part", unit, self)

    def _reduced(self, aggregate: str) -> Any:
        return kernels().reduce(aggregate, self._handle)

    def _is_boolean(self) -> bool:
        return self.type.format == "b"

    def _is_text(self) -> bool:
        data_type = self.type
        inner = data_type.dictionary.type if data_type.dictionary is not None else data_type
        return inner.format in _TEXTS


def column_of(raw: Raw) -> Column:
    """A column of these bytes."""
    return Column(kernels().from_raw(Field("", raw.type), raw))


def expanded(column: Column, rows: int) -> Column:
    """A column of one value stands for every row."""
    return column.take([0] * rows) if rows != 1 and len(column) == 1 else column


def call(function: str, *arguments: Any) -> Column:
    """A scalar function of the engine by its name in SQL, of columns and plain values: `call("date_trunc", "day", t)`.
    Any that is immutable and built in, and `not`, `negative`, `is_null`, `is_not_null`, `like`, `ilike`, `case`."""
    if not re.match(r"\w+$", function):
        raise Error(f"{function!r} is no name of a function")
    return Column(kernels().call(function, [_operand(argument) for argument in arguments]))


def where(condition: Column, then: Any, otherwise: Any = None) -> Column:
    """`then` where `condition` is true, and `otherwise` where it is false or null. Both are columns or plain values."""
    return call("case", condition, then, otherwise)


def concat(columns: Sequence[Column]) -> Column:
    """One after the other, of one type."""
    return Column(kernels().concat([column._handle for column in columns]))


def _operand(value: Any) -> Any:
    if isinstance(value, Column):
        return value._handle
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return value
    if isinstance(value, Array):
        return Column.of(value)._handle
    # A date, a decimal, …: a column of one value of that type stands for all rows.
    if isinstance(value, (list, dict, set)):
        raise Error(f"a {type(value).__name__} is no operand of a column: make it one with Column.of")
    return Column.of([value])._handle


def _binary(operator: str, left: Any, right: Any) -> Column:
    return Column(kernels().binary(operator, _operand(left), _operand(right)))


def _real(value: Any) -> Any:
    """Numbers that are divided with a fraction."""
    if isinstance(value, Column):
        return value.cast(float) if value.type.format in _INTEGERS else value
    if isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    return value


def _divided(left: Any, right: Any) -> Column:
    """A whole number: of integers and decimals the one towards zero, of floats the one below."""
    quotient = _binary("divide", left, right)
    if quotient.type.format in _INTEGERS:
        return quotient
    if quotient.type.format.startswith("d:"):
        return where(quotient < 0, quotient.ceil(), quotient.floor())
    return quotient.floor()


def _concatenated(left: Any, right: Any) -> Column:
    """As `||` in SQL: null where one of them is."""
    joined = call("concat", left, right)
    for each in (left, right):
        if each is None:
            return where(joined.is_null(), None, None)
        if isinstance(each, Column) and each.null_count:
            joined = where(each.is_not_null(), joined, None)
    return joined


def settle(given: Any, rows: int, field: Field) -> Column:
    """The column that a function gave, as it was agreed.

    Raises `Error` where it is not.
    """
    computed = isinstance(given, Column)
    if not computed:
        if given is None or isinstance(given, (bool, int, float, str, bytes)):
            given = [given] * rows
        try:
            raw: Raw = raw_of(given, field.type)
        except Error as error:
            error.message = f"the function returned {error.message}"
            raise
        given = column_of(raw)
    length = len(given)
    if computed and length == 1 and rows != 1:
        # All operands were constants.
        given, length = expanded(given, rows), rows
    if length != rows:
        raise Error(f"the function returned {length} values for {rows} rows")
    if given.type != field.type:
        if not _is_near(given.type, field.type):
            raise Error(f"the function returned {given.type} and its signature says {field.type}")
        given = given.cast(field.type)
    return given


def settled(batch: Any, fields: Sequence[Field]) -> List[Column]:
    """The columns of a batch that a function gave, as they were agreed, each a column of its own.

    Raises `Error` where they are not.
    """
    from ._schema import check_names

    check_names(batch, fields)
    columns: List[Column] = []
    for column, field in zip(batch.columns, fields):
        own = settle(column, batch.rows, field)
        if any(own._handle is other._handle for other in columns):
            # The host takes each of them over.
            own = own[:]
        columns.append(own)
    return columns


def _is_near(given: Type, wanted: Type) -> bool:
    """Whether a result is cast to what was agreed without asking: another width or layout of the same."""
    families = (_INTEGERS, frozenset("efg"), _TEXTS, frozenset(("z", "Z", "vz")))
    if given.dictionary is not None:
        given = given.dictionary.type
    if any(given.format in family and wanted.format in family for family in families) or given.format == "n":
        return True
    if given.format in _INTEGERS and wanted.format in "efg":
        return True
    return given.format[:2] == wanted.format[:2] and given.format[:2] in ("ts", "tD", "tt", "d:")
