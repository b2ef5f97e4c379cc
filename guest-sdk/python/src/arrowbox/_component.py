"""The exports of a component: what the host calls, and what it says in the terms of `wit/`.

Only in components. `componentize-py` makes `arrowbox_world` of the contract; it looks for the resources of each
interface in modules that the build names, which are made here.
"""

from __future__ import annotations

import logging
import sys
import types as python_types
from typing import Any, List, Optional

from arrowbox_world.exports import arrowbox_aggregate as wit_aggregate  # type: ignore[import-not-found]
from arrowbox_world.exports import arrowbox_reader as wit_reader  # type: ignore[import-not-found]
from arrowbox_world.imports import (  # type: ignore[import-not-found]
    arrow,
    clock,
    columns,
    data,
    files,
    log,
    random,
    sink,
    types,
)
from componentize_py_types import Err  # type: ignore[import-not-found]

from ._errors import Error, error_of
from ._function import describe, find
from ._host import HOST
from ._options import Options
from ._raw import Raw, Wire, read, write
from ._types import Field, Type, read_fields, write_fields

VERSION = "0.1.0"

_FLAGS = [arrow.FieldFlags(bits) for bits in range(8)]
_NO_BYTES = arrow.Buffer_Bytes(b"")


def to_wire(batch: Any) -> Wire:
    nodes = [(node.length, node.null_count) for node in batch.nodes]
    return Wire(batch.rows, nodes, [buffer.value for buffer in batch.buffers], batch.variadic)


def of_wire(wire: Wire) -> Any:
    node, bytes_ = arrow.Node, arrow.Buffer_Bytes
    nodes = [node(length, nulls) for length, nulls in wire.nodes]
    buffers = [bytes_(buffer if type(buffer) is bytes else bytes(buffer)) for buffer in wire.buffers]
    return arrow.Batch(wire.rows, nodes, buffers, list(wire.variadic))


def of_option(wire: Optional[Wire]) -> Any:
    return None if wire is None else of_wire(wire)


def of_fields(fields: List[Field]) -> list:
    make, flags = arrow.Field, _FLAGS
    return [
        make(each.name, each.format, flags[each.flags], each.children, each.dictionary, list(each.metadata))
        for each in write_fields(fields)
    ]


def to_options(options: Any) -> Options:
    return Options.of_host(options.parameters, options.data)


def refusal(exception: BaseException) -> Err:
    error = error_of(exception)
    row = error.row
    return Err(types.Error(error.message, row if row is not None and row >= 0 else None))


class Library:
    def describe(self) -> Any:
        functions = []
        for function in describe():
            signatures = [
                types.Signature(of_fields(arguments), variadic, of_fields(result))
                for arguments, variadic, result in function.signatures
            ]
            functions.append(
                types.Function(
                    function.name,
                    types.Kind[function.kind.replace("-", "_").upper()],
                    signatures,
                    types.Volatility[function.volatility.upper()],
                    types.NullHandling.STRICT if function.strict else types.NullHandling.CALLED,
                    function.grants,
                    function.columns,
                    function.documentation,
                )
            )
        return types.Description(f"arrowbox-sdk {VERSION} (python {sys.version.split()[0]})", functions)


def said(method):
    """An exception of a method is what the guest says no with."""

    def call(*arguments):
        try:
            return method(*arguments)
        except BaseException as exception:
            raise refusal(exception) from None

    return call


def no_columns(rows: int) -> Any:
    return arrow.Batch(rows, [], [], [])


def given(batch: int, fields: List[Field]) -> List[Any]:
    """The columns of a batch of the call under way, which are of these fields."""
    from ._column import Column

    return [Column(Handle(column, field)) for column, field in zip(columns.arguments(batch), fields)]


def give(results: List[Any]) -> None:
    columns.give([column._handle.column for column in results])


class ScalarFunction:
    @classmethod
    @said
    def open(cls, name, arguments, options):
        self = cls()
        fields = read_fields(arguments)
        entry = find("scalar", name, fields)
        self.function = entry.open(entry, fields, to_options(options))
        self.columns = entry.columns
        self.fields = fields
        return self

    def result(self):
        return of_fields([self.function.result])

    @said
    def invoke(self, arguments):
        if self.columns:
            give(self.function.give(given(0, self.fields), arguments.rows))
            return no_columns(arguments.rows)
        return of_wire(self.function.invoke(to_wire(arguments)))


def first_of(emit: Any) -> Optional[int]:
    return emit.value if isinstance(emit, wit_aggregate.Emit_First) else None


class Accumulator:
    @classmethod
    @said
    def open(cls, name, arguments, options):
        self = cls()
        fields = read_fields(arguments)
        entry = find("aggregate", name, fields)
        self.groups = entry.open(entry, fields, to_options(options))
        return self

    def result(self):
        return of_fields([self.groups.result])

    def state_schema(self):
        return of_fields(self.groups.state_fields)

    def retractable(self):
        return self.groups.retractable

    @said
    def update(self, rows, groups):
        self.groups.update(to_wire(rows), groups)

    @said
    def retract(self, rows, groups):
        self.groups.retract(to_wire(rows), groups)

    @said
    def merge(self, states, groups):
        self.groups.merge(to_wire(states), groups)

    @said
    def convert(self, arguments):
        return of_wire(self.groups.convert(to_wire(arguments)))

    @said
    def state(self, emit):
        return of_wire(self.groups.state(first_of(emit)))

    @said
    def evaluate(self, emit):
        return of_wire(self.groups.evaluate(first_of(emit)))

    @said
    def peek(self):
        return of_wire(self.groups.peek())


class WindowFunction:
    @classmethod
    @said
    def open(cls, name, arguments, options):
        self = cls()
        fields = read_fields(arguments)
        entry = find("window", name, fields)
        self.function = entry.open(entry, fields, to_options(options))
        self.columns = entry.columns
        self.fields = fields
        return self

    def result(self):
        return of_fields([self.function.result])

    def incremental(self):
        return self.function.incremental

    @said
    def evaluate(self, partition):
        if self.columns:
            give(self.function.give(given(0, self.fields), partition.rows))
            return no_columns(partition.rows)
        return of_wire(self.function.evaluate(to_wire(partition)))

    @said
    def push(self, rows, first):
        return of_wire(self.function.push(to_wire(rows), first))


class TableFunction:
    @classmethod
    @said
    def open(cls, name, arguments, options):
        self = cls()
        fields = read_fields(arguments)
        entry = find("table", name, fields)
        self.function = entry.open(entry, fields, to_options(options))
        return self

    def result(self):
        return of_fields(self.function.result)

    @said
    def push(self, arguments):
        self.function.push(to_wire(arguments))

    @said
    def next(self):
        return of_option(self.function.next())


class BatchMapper:
    @classmethod
    @said
    def open(cls, name, input, schema, arguments, options):
        self = cls()
        fields = read_fields(schema)
        entry = find("map-batches", name, fields)
        self.function = entry.open(entry, read_fields(input), fields, to_wire(arguments), to_options(options))
        self.columns = entry.columns
        return self

    def result(self):
        return of_fields(self.function.result)

    @said
    def push(self, rows):
        if self.columns:
            self.function.push_columns(given(0, self.function.input), rows.rows)
        else:
            self.function.push(to_wire(rows))

    @said
    def finish(self):
        self.function.finish()

    @said
    def next(self):
        if not self.columns:
            return of_option(self.function.next())
        batch = self.function.next_columns()
        if batch is None:
            return None
        give(batch.columns)
        return no_columns(batch.rows)


class GroupMapper:
    @classmethod
    @said
    def open(cls, name, inputs, keys, schema, arguments, options):
        self = cls()
        fields = read_fields(schema)
        entry = find("grouped-map" if len(inputs) == 1 else "cogrouped-map", name, fields)
        inputs = [read_fields(input) for input in inputs]
        self.function = entry.open(entry, inputs, keys, fields, to_wire(arguments), to_options(options))
        self.columns = entry.columns
        return self

    def result(self):
        return of_fields(self.function.result)

    @said
    def push(self, inputs, continued):
        groups = [(to_wire(each.rows), each.offsets) for each in inputs]
        self.function.push(groups, continued)

    @said
    def next(self):
        return of_option(self.function.next())


def to_filters(filters: Any) -> Any:
    comparisons = [
        (each.column, each.comparison.name.lower().replace("_", "-")) for each in filters.filters
    ]
    return comparisons, read_fields(filters.schema), to_wire(filters.values)


def to_request(request: Any) -> Any:
    from ._reader import Request

    return Request.of_host(request.projection, to_filters(request.filters), request.limit)


class TableReader:
    @classmethod
    @said
    def open(cls, name, options):
        self = cls()
        entry = find("reader", name, [])
        self.reader = entry.open(entry, to_options(options))
        return self

    def result(self):
        return of_fields(self.reader.result)

    @said
    def exactness(self, filters):
        from ._reader import filters_of

        exactness = self.reader.exactness(filters_of(*to_filters(filters)))
        return [wit_reader.Exactness[each.name] for each in exactness]

    @said
    def plan(self, request):
        splits = []
        for split in self.reader.plan(to_request(request)):
            place = split.range
            place = None if place is None else wit_reader.Range(place.path, place.offset, place.length)
            splits.append(wit_reader.Split(split.token, place, split.rows))
        return splits

    @said
    def read(self, split, request):
        from ._reader import Split
        from .files import Range

        place = split.range
        place = None if place is None else Range(place.path, place.offset, place.length)
        self_ = SplitReader()
        self_.rows = self.reader.read(Split(place, split.token, split.rows), to_request(request))
        return self_


class SplitReader:
    @said
    def next(self):
        return of_option(self.rows.next())


class TableWriter:
    @classmethod
    @said
    def open(cls, name, input, options):
        self = cls()
        entry = find("writer", name, [])
        self.writer = entry.open(entry, read_fields(input), to_options(options))
        return self

    @said
    def partition(self, partition):
        opened = PartitionWriter()
        opened.writer = self.writer.partition(partition)
        return opened

    @said
    def commit(self, manifests):
        self.writer.commit(manifests)


class PartitionWriter:
    @said
    def write(self, rows):
        self.writer.write(to_wire(rows))

    @said
    def finish(self):
        return self.writer.finish()


def asked(function, *arguments):
    """What the host gives; what it says no with is an `Error`."""
    try:
        return function(*arguments)
    except Err as error:
        raise Error(error.value) from None


class _Data:
    size = staticmethod(lambda name: asked(data.size, name))
    read = staticmethod(lambda name, offset, length: asked(data.read, name, offset, length))


class _Files:
    entries = staticmethod(lambda: [(entry.path, entry.size) for entry in asked(files.entries)])
    read = staticmethod(lambda path, offset, length: asked(files.read, path, offset, length))


class _Created:
    def __init__(self, file):
        self.file = file

    def write(self, piece):
        asked(self.file.write, arrow.Buffer_Bytes(piece))

    def finish(self):
        return asked(self.file.finish)


class _Sink:
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
        raise Error(f"{value} is larger than any integer of Arrow")
    if isinstance(value, float):
        return columns.Operand_Value(columns.Value_Float64(value))
    if isinstance(value, str):
        return columns.Operand_Value(columns.Value_Text(value))
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


class _Columns:
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


class _LogHandler(logging.Handler):
    """Lines of `logging` go to whoever watches the query."""

    def emit(self, record):
        level = "ERROR" if record.levelno >= logging.ERROR else None
        for least, name in ((logging.WARNING, "WARN"), (logging.INFO, "INFO"), (logging.DEBUG, "DEBUG")):
            if level is None and record.levelno >= least:
                level = name
        try:
            log.write(log.Level[level or "TRACE"], self.format(record))
        except Exception:  # A line that can not be formatted ends no query.
            self.handleError(record)


RESOURCES = {
    "scalar": [ScalarFunction],
    "aggregate": [Accumulator],
    "window": [WindowFunction],
    "table": [TableFunction],
    "map_batches": [BatchMapper],
    "grouped": [GroupMapper],
    "reader": [TableReader, SplitReader],
    "writer": [TableWriter, PartitionWriter],
}


def install() -> None:
    """Ties functions to the host, and puts the resources where they are looked for."""
    HOST.data, HOST.files, HOST.sink = _Data, _Files, _Sink
    HOST.clock, HOST.random, HOST.columns = clock, random, _Columns
    logging.raiseExceptions = False
    root = logging.getLogger()
    root.handlers = [_LogHandler()]
    root.setLevel(logging.DEBUG)
    for interface, resources in RESOURCES.items():
        module = python_types.ModuleType(f"arrowbox_{interface}")
        for resource in resources:
            setattr(module, resource.__name__, resource)
        sys.modules[module.__name__] = module
