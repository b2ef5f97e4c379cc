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
from arrowbox_world.imports import arrow, clock, columns, random, types  # type: ignore[import-not-found]
from componentize_py_types import Err  # type: ignore[import-not-found]

from ._errors import error_of
from ._function import describe, find
from ._host import HOST
from ._imports import Columns, Data, Files, Handle, LogHandler, Sink
from ._options import Options
from ._types import Field, read_fields
from ._wire import of_fields, of_option, of_wire, to_wire

VERSION = "0.1.0"


def to_options(options: Any) -> Options:
    return Options.of_host(options.parameters, options.data)


def refusal(exception: BaseException) -> Err:
    error = error_of(exception)
    return Err(types.Error(error.message, error.row))


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


def of_columns(batch: Any) -> Any:
    """Gives the columns of a batch."""
    if batch is None:
        return None
    give(batch.columns)
    return no_columns(batch.rows)


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
        self.columns = entry.columns
        return self

    def result(self):
        return of_fields([self.groups.result])

    def state_schema(self):
        return of_fields(self.groups.state_fields)

    def retractable(self):
        return self.groups.retractable

    @said
    def update(self, rows, groups):
        if self.columns:
            self.groups.update_columns(given(0, self.groups.rows), rows.rows, groups)
        else:
            self.groups.update(to_wire(rows), groups)

    @said
    def retract(self, rows, groups):
        if self.columns:
            self.groups.retract_columns(given(0, self.groups.rows), rows.rows, groups)
        else:
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
        return of_columns(self.function.next_columns())


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
        if not self.columns:
            self.function.push([(to_wire(each.rows), each.offsets) for each in inputs], continued)
            return
        tables = [
            (given(index, input.fields), each.rows.rows, each.offsets)
            for index, (input, each) in enumerate(zip(self.function.inputs, inputs))
        ]
        self.function.push_columns(tables, continued)

    @said
    def next(self):
        if not self.columns:
            return of_option(self.function.next())
        return of_columns(self.function.next_columns())


def to_filters(filters: Any) -> Any:
    comparisons = [(each.column, each.comparison.name.lower().replace("_", "-")) for each in filters.filters]
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
    HOST.data, HOST.files, HOST.sink = Data, Files, Sink
    HOST.clock, HOST.random, HOST.columns = clock, random, Columns
    logging.raiseExceptions = False
    for printed in (sys.stdout, sys.stderr):
        printed.reconfigure(errors="backslashreplace")
    root = logging.getLogger()
    root.handlers = [LogHandler()]
    root.setLevel(logging.DEBUG)
    for interface, resources in RESOURCES.items():
        module = python_types.ModuleType(f"arrowbox_{interface}")
        for resource in resources:
            setattr(module, resource.__name__, resource)
        sys.modules[module.__name__] = module
