"""Functions from batches to batches, which keep what they learn."""

from __future__ import annotations

import inspect
from typing import Any, Iterator, List, Optional, Sequence

from ._annotations import Place, hints_of, understand
from ._arguments import called, constants, received
from ._batch import Batch, index_of
from ._column import settled
from ._errors import Error, Refused
from ._function import Entry, Parameter, Said, construct, decorator, row_parameters
from ._raw import Wire
from ._schema import batches_of, lazily, promised, static_schema
from ._types import Field, Type

#: Of a function that looks at its arguments itself.
ANY = Parameter("arguments", Type("*"), True, None)


class TableCall:
    """How a function of a table is called."""

    def __init__(self, fields: Sequence[Field], arguments: Sequence[Any]):
        #: The columns of the table.
        self.fields = list(fields)
        #: What stands behind the table in the call.
        self.arguments = list(arguments)

    def column(self, name: str, *types: Any) -> int:
        """The place of a column of this name, which is of one of these types if there are any.

        Raises `Error` where it is not there, or of another.
        """
        place = index_of(self.fields, name)
        check_type(self.fields[place], types)
        return place

    def argument(self, index: int, default: Any = ...) -> Any:
        """What stands behind the table at `index`, counted from zero."""
        if index < len(self.arguments):
            return self.arguments[index]
        if default is not ...:
            return default
        raise Error(f"argument {index} (counted from zero) is missing: there are {len(self.arguments)}")


def check_type(field: Field, types: Sequence[Any]) -> None:
    wanted = [understand(each, Place("?", 0, "column")).type for each in types]
    if wanted and not any(field.type.fits(each) for each in wanted):
        names = " or ".join(str(each) for each in wanted)
        raise Error(f"the column {field.name!r} is {field.type}, and {names} is wanted: cast it in the query")


def _map_batches(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
    columns: bool = False,
) -> Entry:
    """A function from batches to batches: above a class with `push(self, rows: Batch)` and, if it has more at the
    end, `finish(self)`; or above a function of a batch and of what stands behind the table.

    Both give nothing, a `Batch`, several, or rows: a row type as the hint of the result (`-> Iterator[Part]`) says
    which columns there are, or a method `schema` does. With `columns=True`, the columns of batches stay with the
    host, each a `Column`.
    """
    said = Said(thing, "map_batches", name, volatility, grants)
    parameters: List[Parameter] = [ANY]
    variadic = True
    if inspect.isclass(thing):
        method = getattr(thing, "push", None)
        if not inspect.isfunction(method):
            raise said.place.error("a class with @map_batches has a method `push(self, rows)`")
    else:
        method = thing
        parameters, variadic = row_parameters(thing, said.place, 1)
        if not list(inspect.signature(thing).parameters):
            raise said.place.error("its first parameter is the batch: `rows: Batch`")
        static_schema(thing, None, thing, said.place, said.name)
    hints_of(method, said.place)
    return Entry(
        "map-batches",
        said.name,
        thing,
        said.place,
        columns=columns,
        parameters=parameters,
        variadic=variadic,
        open=lambda entry, input, fields, arguments, options: BatchMapper(
            entry, said, input, fields, arguments, options
        ),
        **said.common(),
    )


map_batches = decorator(_map_batches)


class BatchMapper:
    """A function of batches at one place in a query. See `wit/map-batches.wit`."""

    def __init__(self, entry: Entry, said: Said, input: List[Field], fields, arguments: Wire, options):
        values = constants(entry, fields, arguments)
        self.input = input
        self.batches: Iterator[Batch] = iter(())
        thing = entry.thing
        if inspect.isclass(thing):
            call = TableCall(input, values)
            function = called(lambda: construct(thing, said.place, call=call, options=options))
            self.push_rows = function.push
            self.finish_rows = getattr(function, "finish", lambda: None)
            method = thing.push
        else:
            options.only()
            self.push_rows = lambda rows: thing(rows, *values)
            self.finish_rows = lambda: None
            function, method = None, thing
        try:
            self.result, self.shape = static_schema(thing, function, method, said.place, entry.name)
        except Refused as error:
            raise Error(error) from None

    def push(self, wire: Wire) -> None:
        raws = received(self.input, wire)
        self._give(called(self.push_rows, Batch.read(self.input, raws, wire.rows)))

    def push_columns(self, columns: List[Any], rows: int) -> None:
        self._give(called(self.push_rows, Batch(self.input, columns, rows)))

    def finish(self) -> None:
        self._give(called(self.finish_rows))

    def _give(self, given: Any) -> None:
        self.batches = lazily(batches_of(given, self.shape, self.result))

    def next(self) -> Optional[Wire]:
        for batch in self.batches:
            return promised(batch, self.result)
        return None

    def next_columns(self) -> Optional[Batch]:
        for batch in self.batches:
            return Batch(self.result, settled(batch, self.result), batch.rows)
        return None
