"""Functions that give rows for values."""

from __future__ import annotations

import collections.abc
import inspect
import typing
from array import array
from itertools import islice
from typing import Any, Callable, Iterator, List, Optional, Sequence

from ._annotations import Hint, Place, hints_of, show, split_optional, understand
from ._arguments import called, received, rows_of
from ._encode import columns_of, encode
from ._errors import Error, error_of
from ._function import Entry, Said, construct, decorator, row_parameters
from ._raw import Raw, Wire, write
from ._types import Field, Type

#: The rows of a batch, at most.
MOST_ROWS = 8192

_ITERABLES = (
    collections.abc.Iterator,
    collections.abc.Iterable,
    collections.abc.Generator,
    collections.abc.Sequence,
    list,
)


class RowShape:
    """What each row is: a struct, whose fields are columns, or a plain value, which is one column."""

    def __init__(self, hint: Hint, name: str):
        self.hint = hint
        self.is_struct = hint.type.format == "+s"
        self.items = hint.items if self.is_struct else (hint,)
        self.names = list(hint.names) if self.is_struct else [name]
        self.fields = [item.field(name) for name, item in zip(self.names, self.items)]

    def columns(self, rows: List[Any]) -> List[Raw]:
        """The columns of rows.

        Raises `Error`, with the place of the row, where one is not what was hinted.
        """
        if self.is_struct:
            columns = columns_of(rows, self.names, self.hint.python)
        else:
            columns = [rows]
        raws = []
        for values, name, item in zip(columns, self.names, self.items):
            if not item.optional and None in values:
                raise Error(f"{name} is None, and its hint says {item}", values.index(None))
            try:
                raws.append(encode(values, item.type, item))
            except Error as error:
                error.message = f"{name}: {error.message}"
                raise
        return raws


def rows_hint(annotation: Any, place: Place) -> Hint:
    """Of `Iterator[T]` and its like, what T is."""
    inner, _ = split_optional(annotation)
    origin, args = typing.get_origin(inner), typing.get_args(inner)
    if origin not in _ITERABLES or not args:
        raise place.error(
            f"{show(annotation)} is not supported: it gives rows, as in Iterator[Part], where Part is a dataclass, "
            "a NamedTuple, a TypedDict, or the type of a single column"
        )
    return understand(args[0], place)


def _table(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
) -> Entry:
    """A function that gives rows for values: a generator, or whatever returns something to iterate over.

    `-> Iterator[Part]` says what a row is: a dataclass, a NamedTuple or a TypedDict, whose fields are columns, or a
    plain type, which is a column with the name of the function. Rows are made when they are asked for. A class with
    `__call__` is a function with options.
    """
    said = Said(thing, "table", name, volatility, grants)
    function, skip = thing, 0
    if inspect.isclass(thing):
        function, skip = vars(thing).get("__call__"), 1
        if not inspect.isfunction(function):
            raise said.place.error("a class with @table has a method `__call__`, which is the function")
    parameters, variadic = row_parameters(function, said.place, skip)
    within = said.place.within("the result")
    hints = hints_of(function, said.place)
    if "return" not in hints:
        raise within.error("there is no type hint: it gives rows, as in `-> Iterator[Part]`")
    shape = RowShape(rows_hint(hints["return"], within), said.name)

    def make(options) -> Callable:
        if not inspect.isclass(thing):
            options.only()
            return thing
        return called(lambda: construct(thing, said.place, options=options))

    return Entry(
        "table",
        said.name,
        thing,
        said.place,
        strict=False,
        parameters=parameters,
        variadic=variadic,
        result=shape.fields,
        open=lambda entry, fields, options: TableFunction(entry, fields, make(options), shape),
        **said.common(),
    )


table = decorator(_table)


class TableFunction:
    """A table function at one place in a query. See `wit/table.wit`."""

    def __init__(self, entry: Entry, fields: Sequence[Field], function: Callable, shape: RowShape):
        self.parameters = entry.parameters
        self.fields = fields
        self.function = function
        self.shape = shape
        self.result = shape.fields
        #: The rows of arguments that the function is still to be called for.
        self.pending: Iterator = iter(())
        self.current: Optional[Iterator] = None
        self.row = 0

    def push(self, wire: Wire) -> None:
        rows = rows_of(received(self.fields, wire), wire.rows, self.parameters)
        tuples = rows.tuples()
        valid = rows.valid
        self.pending = iter([(row, given) for row, given in enumerate(tuples) if valid is None or valid[row]])
        self.current = None

    def next(self) -> Optional[Wire]:
        made: List[Any] = []
        parents = array("I")
        while len(made) < MOST_ROWS:
            if self.current is None:
                following = next(self.pending, None)
                if following is None:
                    break
                self.row, arguments = following
                self.current = self._begin(arguments)
            before = len(made)
            try:
                # Only as many as are wanted: there can be no end.
                made.extend(islice(self.current, MOST_ROWS - before))
                if len(made) < MOST_ROWS:
                    self.current = None
            except BaseException as exception:
                raise error_of(exception, self.row) from exception
            parents.extend([self.row] * (len(made) - before))
        if not made:
            return None
        try:
            columns = self.shape.columns(made)
        except Error as error:
            row = parents[error.row] if error.row is not None and error.row < len(parents) else self.row
            raise Error(f"the function gave a row in which {error.message}", row) from None
        index = Raw(Type("I"), len(made), buffers=[parents.tobytes()])
        return write(len(made), [index, *columns])

    def _begin(self, arguments: tuple) -> Iterator:
        try:
            given = self.function(*arguments)
            if given is None:
                return iter(())
            return iter(given)
        except BaseException as exception:
            raise error_of(exception, self.row) from exception
