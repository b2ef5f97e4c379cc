"""Functions that give one value for each row of an ordered partition."""

from __future__ import annotations

import copy
import inspect
from typing import Any, Callable, List, Optional, Sequence

from ._arguments import called, received, results, rows_of
from ._errors import Error
from ._function import Entry, Said, construct, decorator, row_parameters, row_result
from ._raw import Wire, write
from ._scalar import callable_entry
from ._types import Field


def _window(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
    returns: Optional[Callable] = None,
) -> Entry:
    """A function that gives one value for each row of an ordered partition.

    Above a class with `next`, which is called row by row, so that partitions of any length pass through: every
    partition begins with a copy of what the constructor made. Or above a function of `Array`s or `Column`s, or a
    class with `evaluate` of them, which is called with whole partitions.
    """
    said = Said(thing, "window", name, volatility, grants)
    if inspect.isclass(thing) and "next" in vars(thing):
        return _incremental(thing, said)
    entry = callable_entry("window", thing, said, returns, "evaluate")
    if not entry.whole:
        raise said.place.error(
            "a window function takes whole columns (`Column[float]` or `Array[float]`), or is a class with `next`, "
            "which is called row by row"
        )
    opened = entry.open
    entry.open = lambda entry, fields, options: Whole(entry, opened(entry, fields, options))
    return entry


window = decorator(_window)


def _incremental(thing: type, said: Said) -> Entry:
    function = vars(thing)["next"]
    if inspect.isgeneratorfunction(function):
        raise said.place.error("`next` is a generator, and it gives one value for each row: return it")
    parameters, variadic = row_parameters(function, said.place, 1)
    hint = row_result(function, said.place)
    return Entry(
        "window",
        said.name,
        thing,
        said.place,
        strict=False,
        parameters=parameters,
        variadic=variadic,
        result=[hint.field(said.name)],
        open=lambda entry, fields, options: Incremental(
            entry, fields, called(lambda: construct(thing, said.place, options=options)), hint
        ),
        **said.common(),
    )


class Incremental:
    """A window function that is called row by row, at one place in a query."""

    incremental = True

    def __init__(self, entry: Entry, fields: Sequence[Field], beginning: Any, hint):
        self.beginning = beginning
        self.pushed = copy.deepcopy(beginning)
        self.fields = fields
        self.parameters = entry.parameters
        self.hint = hint
        self.result = entry.result[0]

    def evaluate(self, wire: Wire) -> Wire:
        return self._run(copy.deepcopy(self.beginning), wire)

    def push(self, wire: Wire, first: bool) -> Wire:
        if first:
            self.pushed = copy.deepcopy(self.beginning)
        return self._run(self.pushed, wire)

    def _run(self, state: Any, wire: Wire) -> Wire:
        rows = rows_of(received(self.fields, wire), wire.rows, self.parameters)
        values = rows.call(state.next)
        return write(wire.rows, [results(values, rows.valid, self.hint)])


class Whole:
    """A window function of whole partitions, at one place in a query."""

    incremental = False

    def __init__(self, entry: Entry, function: Any):
        self.name = entry.name
        self.function = function
        self.result = function.result

    def evaluate(self, wire: Wire) -> Wire:
        return self.function.invoke(wire)

    def give(self, columns: List[Any], rows: int) -> List[Any]:
        return self.function.give(columns, rows)

    def push(self, wire: Wire, first: bool) -> Wire:
        raise Error(f"{self.name} needs a whole partition at once")
