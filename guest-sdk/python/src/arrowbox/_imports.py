"""The imports of a component: what a function asks its host for. Only in components."""

from __future__ import annotations

import logging
from typing import Any, Optional

from arrowbox_world.imports import arrow, columns, data, files, log, sink  # type: ignore[import-not-found]
from componentize_py_types import Err  # type: ignore[import-not-found]

from ._encode import show
from ._errors import Error, crossing, written
from ._raw import Raw, read, write
from ._types import Field, Type, read_fields
from ._wire import of_fields, of_wire, to_wire


def asked(function, *arguments):
    """What the host gives; what it says no with is an `Error`."""
    for argument in arguments:
        if type(argument) is str:
            crossing(argument)
    try:
        return function(*arguments)
    except Err as error:
        raise Error(error.value) from None


class Data:
    size = staticmethod(lambda name: asked(data.size, name))
    read = staticmethod(lambda name, offset, length: asked(data.read, name, offset, length))


class Files:
    entries = staticmethod(lambda: [(entry.path, entry.size) for entry in asked(files.entries)])
    read = staticmethod(lambda path, offset, length: asked(files.read, path, offset, length))


class _Created:
    def __init__(self, file):
        self.file = file

    def write(self, piece):
        asked(self.file.write, arrow.Buffer_Bytes(piece))

    def finish(self):
        return asked(self.file.finish)


class Sink:
    create = staticmethod(lambda path: _Created(asked(sink.File.create, path)))


class Handle:
    """A column of the host."""

    __slots__ = ("column", "_field", "_length")

    def __init__(self, column, field=None, length=None):
        self.column = column
        # What is known of it need not be asked for.
        self._field = field
        self._length = length

    def field(self) -> Field:
        if self._field is None:
            self._field = read_fields(self.column.schema())[0]
        return self._field

    def length(self) -> int:
        if self._length is None:
            self._length = self.column.length()
        return self._length

    def null_count(self) -> int:
        return self.column.null_count()

    def get(self, row: int):
        return of_value(asked(self.column.get, row))

    def slice(self, offset: int, length: int) -> "Handle":
        return Handle(self.column.slice(offset, length))

    def raw(self) -> Raw:
        return read([self.field()], to_wire(asked(self.column.to_batch)))[0]


def of_value(value: Any) -> Any:
    return None if isinstance(value, columns.Value_Null) else value.value


_NULL = columns.Operand_Value(columns.Value_Null())


def operand(value: Any) -> Any:
    kind = type(value)
    if kind is Handle:
        return columns.Operand_Column(value.column)
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return columns.Operand_Value(columns.Value_Boolean(value))
    if isinstance(value, int):
        if -(1 << 63) <= value < 1 << 63:
            return columns.Operand_Value(columns.Value_Int64(value))
        if value < 1 << 64 and value > 0:
            return columns.Operand_Value(columns.Value_Uint64(value))
        raise Error(f"{show(value)}, which no integer of Arrow holds")
    if isinstance(value, float):
        return columns.Operand_Value(columns.Value_Float64(value))
    if isinstance(value, str):
        return columns.Operand_Value(columns.Value_Text(crossing(value)))
    if isinstance(value, (bytes, bytearray)):
        return columns.Operand_Value(columns.Value_Binary(bytes(value)))
    raise Error(f"{kind.__name__} is no value that a column can be computed with: make a column of it")


_COMPARISONS = frozenset(("equal", "not-equal", "less", "less-equal", "greater", "greater-equal", "and", "or"))


_BOOLEAN = Field("", Type("b"))


_LEAST = {"c": -128, "s": -32768, "i": -(1 << 31), "l": -(1 << 63), "C": 0, "S": 0, "I": 0, "L": 0}


_MOST = {"c": 127, "s": 32767, "i": (1 << 31) - 1, "l": (1 << 63) - 1}


_MOST.update({"C": 255, "S": 65535, "I": (1 << 32) - 1, "L": (1 << 64) - 1})


def foreseen(operator: str, left: Any, right: Any) -> Optional[Field]:
    """The field of what an operator gives, where it needs no look: comparisons, and numbers of one type."""
    if operator in _COMPARISONS:
        return _BOOLEAN
    one, other = (left, right) if type(left) is Handle else (right, left)
    field = one._field
    if field is None:
        return None
    format = field.type.format
    if format not in _LEAST and format not in ("f", "g"):
        return None
    if type(other) is Handle:
        return field if other._field is not None and other._field.type.format == format else None
    if type(other) is int:
        return field if format in ("f", "g") or _LEAST[format] <= other <= _MOST[format] else None
    return field if type(other) is float and format in ("f", "g") else None


_OPERATORS = {operator.name.lower().replace("_", "-"): operator for operator in columns.Operator}


class Columns:
    """The host's kernels."""

    @staticmethod
    def from_raw(field, raw):
        return Handle(asked(columns.Column.from_batch, of_fields([field]), of_wire(write(raw.length, [raw]))))

    @staticmethod
    def binary(operator, left, right):
        made = asked(columns.binary, _OPERATORS[operator], operand(left), operand(right))
        return Handle(made, foreseen(operator, left, right))

    @staticmethod
    def call(function, arguments):
        return Handle(asked(columns.call, function, [operand(each) for each in arguments]))

    @staticmethod
    def cast(values, field):
        return Handle(asked(columns.cast, operand(values), of_fields([field])))

    @staticmethod
    def filter(values, mask):
        return Handle(asked(columns.filter, values.column, mask.column))

    @staticmethod
    def take(values, places):
        return Handle(asked(columns.take, values.column, places.column))

    @staticmethod
    def sort(values, descending, nulls_first):
        return Handle(asked(columns.sort, values.column, descending, nulls_first))

    @staticmethod
    def concat(handles):
        return Handle(asked(columns.concat, [each.column for each in handles]))

    @staticmethod
    def reduce(aggregate, values):
        return of_value(asked(columns.reduce, aggregate, values.column))


class LogHandler(logging.Handler):
    """Lines of `logging` go to whoever watches the query."""

    def emit(self, record):
        level = "ERROR" if record.levelno >= logging.ERROR else None
        for least, name in ((logging.WARNING, "WARN"), (logging.INFO, "INFO"), (logging.DEBUG, "DEBUG")):
            if level is None and record.levelno >= least:
                level = name
        try:
            log.write(log.Level[level or "TRACE"], written(self.format(record)))
        except Exception:  # A line that can not be formatted ends no query.
            self.handleError(record)
