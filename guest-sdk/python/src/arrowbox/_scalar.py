"""Functions that give one value for each row."""

from __future__ import annotations

import inspect
from typing import Any, Callable, List, Optional, Sequence

from ._arguments import agreed, arrays, called, received, results, rows_of
from ._batch import raw_of
from ._errors import Error
from ._function import (
    Entry,
    Said,
    column_parameter,
    column_parameters,
    construct,
    declared,
    decorator,
    form_of,
    is_column,
    row_parameters,
    row_result,
)
from ._raw import Wire, write
from ._types import Field


def callable_entry(kind: str, thing: Any, said: Said, returns: Optional[Callable], method: str = "__call__") -> Entry:
    """An entry of a function, or of a class with a method, that gives a column."""
    function, skip = thing, 0
    if inspect.isclass(thing):
        function, skip = vars(thing).get(method), 1
        if not inspect.isfunction(function):
            raise said.place.error(f"a class with @{kind} has a method `{method}`, which is the function")
    if inspect.isgeneratorfunction(function):
        raise said.place.error("it is a generator, which gives many values: that is a @table function")
    parameters, hints, variadic = declared(function, said.place, skip)
    form = form_of(parameters, hints, said.place) if parameters else is_column(hints.get("return"))

    def make(options) -> Callable:
        if not inspect.isclass(thing):
            options.only()
            return thing
        return getattr(called(construct_of(thing, said), options), method)

    if form is None:
        rows, variadic = row_parameters(function, said.place, skip)
        hint = row_result(function, said.place)
        return Entry(
            kind,
            said.name,
            thing,
            said.place,
            strict=not any(parameter.optional for parameter in rows),
            parameters=rows,
            variadic=variadic,
            result=[hint.field(said.name)],
            open=lambda entry, fields, options: OfRows(entry, fields, make(options), hint),
            **said.common(),
        )
    result = None
    hint = None
    if returns is None:
        within = said.place.within("the result")
        if is_column(hints.get("return")) != form:
            wanted = "Column" if form == "column" else "Array"
            raise within.error(
                f"a function of `{wanted}`s returns one: write -> {wanted}[int], with the type that it has"
            )
        parameter = column_parameter(hints["return"], said.name, within)
        hint = parameter.hint
        if hint is None:
            raise within.error("say of which type it is, as in Column[int], or by which rule: returns=same_as_first")
        result = [hint.field(said.name)]
    opened = OfColumns if form == "column" else OfArrays
    return Entry(
        kind,
        said.name,
        thing,
        said.place,
        columns=form == "column",
        whole=True,
        parameters=column_parameters(parameters, hints, said.place),
        variadic=variadic,
        result=result,
        open=lambda entry, fields, options: opened(entry, fields, make(options), hint, returns),
        **said.common(),
    )


def construct_of(thing: type, said: Said) -> Callable:
    return lambda options: construct(thing, said.place, options=options)


def _scalar(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
    returns: Optional[Callable] = None,
) -> Entry:
    """A function that gives one value for each row.

    Above a function of values, of `Array`s or of `Column`s; or above a class with `__call__`, which is made once
    for each place in a query, with the `Options` of the statement that made the function known if its `__init__`
    asks for them.

    `name`: its name in SQL, where it is another. `volatility`: `"immutable"`, `"stable"` or `"volatile"`.
    `grants`: what it has to be granted, such as `["clock"]`. `returns`: for functions of columns, a rule that says
    the field of the result for the fields of the arguments, such as `same_as_first`.
    """
    return callable_entry("scalar", thing, Said(thing, "scalar", name, volatility, grants), returns)


scalar = decorator(_scalar)


class OfRows:
    """A function of values at one place in a query."""

    def __init__(self, entry: Entry, fields: Sequence[Field], function: Callable, hint):
        self.function = function
        self.parameters = entry.parameters
        self.fields = fields
        self.hint = hint
        self.result = entry.result[0]

    def invoke(self, wire: Wire) -> Wire:
        rows = rows_of(received(self.fields, wire), wire.rows, self.parameters)
        values = rows.call(self.function)
        return write(wire.rows, [results(values, rows.valid, self.hint)])


class OfArrays:
    """A function of arrays at one place in a query."""

    def __init__(self, entry: Entry, fields: Sequence[Field], function: Callable, hint, returns: Optional[Callable]):
        self.function = function
        self.parameters = entry.parameters
        self.fields = fields
        self.hint = hint
        self.result = result_field(entry, fields, returns)

    def invoke(self, wire: Wire) -> Wire:
        columns = arrays(received(self.fields, wire), wire.rows, self.parameters)
        given = called(self.function, *columns)
        try:
            raw = raw_of(given, self.result.type, self.hint)
        except Error as error:
            error.message = f"the function returned {error.message}"
            raise
        return write(wire.rows, [agreed(raw, wire.rows, self.result.type)])


class OfColumns:
    """A function of columns that stay with the host, at one place in a query."""

    def __init__(self, entry: Entry, fields: Sequence[Field], function: Callable, hint, returns: Optional[Callable]):
        self.function = function
        self.result = result_field(entry, fields, returns)

    def give(self, columns: List[Any], rows: int) -> List[Any]:
        """The column for these columns."""
        from ._column import settle

        return [settle(called(self.function, *columns), rows, self.result)]


def result_field(entry: Entry, fields: Sequence[Field], returns: Optional[Callable]) -> Field:
    if returns is None:
        return entry.result[0]
    field = called(returns, list(fields))
    if not isinstance(field, Field):
        raise Error(f"the rule of {entry.name} for its result gave {type(field).__name__} where a Field is wanted")
    return field
