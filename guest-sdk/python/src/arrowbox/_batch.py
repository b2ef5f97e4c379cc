"""Columns and batches of them, as a function of batches sees them."""

from __future__ import annotations

import datetime
from array import array
from typing import Any, Dict, Generic, Iterable, Iterator, List, Optional, Sequence, TypeVar, Union

from ._annotations import Hint, Place, UtcDatetime, understand
from ._decode import decode
from ._encode import encode
from ._errors import Error
from ._raw import Raw, seen, take
from ._types import Field, Type, code_of, width_of

T = TypeVar("T")


class Array(Generic[T], Sequence):
    """The values of a column, in the sandbox: as Python values, or as the numbers that lie there.

    `Array[float]` as the hint of a parameter is a column of numbers; as the hint of a result, whatever is a
    sequence of them: an `Array`, an `array.array`, a `memoryview`, a list with None for nulls.
    """

    __slots__ = ("_raw", "_hint", "_start", "_length", "_values", "_valid")

    def __init__(self, raw: Raw, hint: Optional[Hint] = None, start: int = 0, length: Optional[int] = None):
        self._raw = raw
        self._hint = hint
        self._start = start
        self._length = raw.length if length is None else length
        self._values: Optional[list] = None
        self._valid: Any = False

    @classmethod
    def of(cls, values: Any, type: Any = None) -> "Array":
        """An array of these values. `type` is a type hint such as `int` or `Float32`; it is that of the first
        value that is not None where it is not said."""
        if not hasattr(values, "__len__") and isinstance(values, Iterable):
            values = list(values)
        if type is None:
            first = next((value for value in values if value is not None), None)
            type = _hint_of(first)
        hint = understand(type, Place("Array.of", 0, "Array.of"))
        return cls(raw_of(values, hint.type, hint), hint)

    @property
    def type(self) -> Type:
        """Its Arrow type; `str(type)` is how the engine writes it."""
        return self._raw.type

    @property
    def is_constant(self) -> bool:
        """Whether one value stands for all rows."""
        return self._raw.length == 1 and self._length != 1

    @property
    def values(self) -> memoryview:
        """The numbers where they lie, without a copy; those of dates and times as they are counted. What stands
        where null is can be anything."""
        code = code_of(self.type.format)
        if code in (None, "e") or self.type.dictionary is not None:
            raise Error(f"values of type {self.type} do not lie in one buffer as numbers: take to_list()")
        if self.is_constant:
            return memoryview(bytes(self._raw.buffers[0][: width_of(self.type.format)]) * self._length).cast(code)
        view = memoryview(self._raw.buffers[0]).cast(code)
        return view[self._start : self._start + self._length]

    @property
    def valid(self) -> Optional[List[bool]]:
        """Which values are not null; None if all are."""
        if self._valid is False:
            valid = seen(self._raw)
            if valid is not None:
                if self.is_constant:
                    valid = valid * self._length
                elif self._length != len(valid):
                    valid = valid[self._start : self._start + self._length]
                if all(valid):
                    valid = None
            self._valid = valid
        return self._valid

    @property
    def null_count(self) -> int:
        valid = self.valid
        return valid.count(False) if valid is not None else 0

    def to_list(self) -> List[Optional[T]]:
        """As Python values, None for null."""
        if self._values is None:
            values = decode(self._raw, self._hint)
            if self.is_constant:
                values = values * self._length
            elif self._length != len(values):
                values = values[self._start : self._start + self._length]
            self._values = values
        # Another one each time, so that who sorts or changes it changes nothing here.
        return self._values.copy()

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Optional[T]]:
        return iter(self.to_list())

    def __getitem__(self, index):
        if isinstance(index, slice):
            start, stop, step = index.indices(self._length)
            if step == 1 and not self.is_constant:
                part = Array(self._raw, self._hint, self._start + start, max(stop - start, 0))
                if self._values is not None:
                    part._values = self._values[start:stop]
                return part
            return self.take(range(start, stop, step))
        if not -self._length <= index < self._length:
            raise IndexError(f"there is no value {index} in an array of {self._length}")
        if self._values is None:
            self.to_list()
        return self._values[index]

    def take(self, places: Sequence[int]) -> "Array":
        """The values at these places, of any type."""
        places = list(places)
        if places and not (0 <= min(places) and max(places) < self._length):
            outside = next(place for place in places if not 0 <= place < self._length)
            raise IndexError(f"there is no value {outside} in an array of {self._length}")
        if self.is_constant:
            return Array(take(self._raw, [0] * len(places)), self._hint)
        if self._start:
            places = [self._start + place for place in places]
        return Array(take(self._raw, places), self._hint)

    def raw(self) -> Raw:
        """As it crosses."""
        if self._start == 0 and self._length == self._raw.length:
            return self._raw
        if self.is_constant:
            return take(self._raw, [0] * self._length)
        return take(self._raw, range(self._start, self._start + self._length))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Array):
            return self.type == other.type and self.to_list() == other.to_list()
        if isinstance(other, (list, tuple)):
            return self.to_list() == list(other)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = ", ".join(map(repr, self.to_list()[:10]))
        return f"Array[{self.type}]([{shown}{', …' if self._length > 10 else ''}])"


def _hint_of(value: Any) -> Any:
    if isinstance(value, list):
        inner = next((each for each in value if each is not None), None)
        return List[Optional[_hint_of(inner)]]  # type: ignore[misc]
    if isinstance(value, datetime.datetime) and value.tzinfo is not None:
        return UtcDatetime
    if isinstance(value, dict):
        raise Error("say what type the dicts are: Array.of(values, dict[str, int])")
    return type(value)


def raw_of(values: Any, data_type: Type, hint: Optional[Hint] = None) -> Raw:
    """An array of what a function gives for a column.

    Raises `Error` where it is of another type.
    """
    if isinstance(values, Array):
        raw = values.raw()
        if raw.type.fits(data_type):
            return raw
        values = values.to_list()
        if values.count(None) == len(values) or raw.type.format in _NUMBERS and data_type.format in _NUMBERS:
            return encode(values, data_type, hint)
        raise Error(f"an array of {raw.type} is given where {data_type} is agreed")
    if isinstance(values, (array, memoryview, bytes, bytearray)):
        raw = _of_buffer(values, data_type)
        if raw is not None:
            return raw
    if isinstance(values, (str, bytes, dict, set)) or not isinstance(values, Iterable):
        raise Error(f"{type(values).__name__} is given where a column of {data_type} is agreed")
    return encode(values if type(values) is list else list(values), data_type, hint)


_NUMBERS = frozenset("cCsSiIlLefg")


def _of_buffer(values: Any, data_type: Type) -> Optional[Raw]:
    code = code_of(data_type.format)
    view = memoryview(values)
    if view.ndim != 1:
        return None
    same = view.itemsize == width_of(data_type.format) and (
        view.format == code or (view.format in "lq" and code == "q") or (view.format in "LQ" and code == "Q")
    )
    if code is None or not same:
        return None
    return Raw(data_type, len(view), buffers=[view.tobytes()])


class Batch:
    """Rows in columns."""

    __slots__ = ("fields", "columns", "rows")

    def __init__(self, fields: Sequence[Field], columns: Sequence[Any], rows: int):
        #: Names and types.
        self.fields = list(fields)
        #: In the order of the fields: an `Array` each, or a `Column` where the function takes columns.
        self.columns = list(columns)
        #: How many.
        self.rows = rows

    @classmethod
    def of(cls, columns: Dict[str, Any], rows: Optional[int] = None) -> "Batch":
        """A batch of these columns: lists, or an `Array` each, or a `Column` each."""
        from ._column import Column

        made, fields = [], []
        for name, values in columns.items():
            column = values if isinstance(values, (Array, Column)) else Array.of(values)
            made.append(column)
            fields.append(Field(name, column.type))
        lengths = {len(column) for column in made} | ({rows} if rows is not None else set())
        if len(lengths) != 1:
            raise Error(f"the columns of a batch have one length, and these have {sorted(lengths)}")
        return cls(fields, made, lengths.pop())

    @classmethod
    def read(cls, fields: Sequence[Field], raws: Sequence[Raw], rows: int) -> "Batch":
        return cls(fields, [Array(raw, None, 0, rows) for raw in raws], rows)

    @property
    def names(self) -> List[str]:
        return [field.name for field in self.fields]

    def __getitem__(self, column: Union[str, int]) -> Any:
        """A column, by its name or its place."""
        if isinstance(column, int):
            return self.columns[column]
        return self.columns[index_of(self.fields, column)]

    def __contains__(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def __len__(self) -> int:
        return self.rows

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        """The rows, each a dict."""
        names = self.names
        for row in zip(*[column.to_list() for column in self.columns]) if self.columns else [()] * self.rows:
            yield dict(zip(names, row))

    def select(self, names: Iterable[str]) -> "Batch":
        """Some of the columns, in this order."""
        places = [index_of(self.fields, name) for name in names]
        return Batch([self.fields[place] for place in places], [self.columns[place] for place in places], self.rows)

    def with_column(self, name: str, values: Any) -> "Batch":
        """The same with one more column, or with another in its place."""
        one = Batch.of({name: values}, self.rows)
        place = self.names.index(name) if name in self else len(self.fields)
        fields, columns = list(self.fields), list(self.columns)
        fields[place : place + 1], columns[place : place + 1] = one.fields, one.columns
        return Batch(fields, columns, self.rows)

    def to_dict(self) -> Dict[str, list]:
        """The columns as lists."""
        return {name: column.to_list() for name, column in zip(self.names, self.columns)}

    def __repr__(self) -> str:
        return f"Batch({self.rows} rows of {', '.join(map(repr, self.fields))})"


def index_of(fields: Sequence[Field], name: str) -> int:
    """The place of a column of this name.

    Raises `Error`, which names those that there are.
    """
    for index, field in enumerate(fields):
        if field.name == name:
            return index
    raise Error(f"there is no column {name!r}: there are {', '.join(repr(field.name) for field in fields)}")
