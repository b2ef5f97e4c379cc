"""Arguments as the loop over rows takes them."""

from __future__ import annotations

import copy
import decimal
import functools
from typing import Any, Callable, List, NamedTuple, Optional, Sequence

from ._annotations import Hint
from ._batch import Array
from ._bits import both, unpack
from ._decode import decode, decode_dense
from ._encode import encode
from ._errors import Error, error_of
from ._function import Entry, Parameter
from ._loop import run
from ._raw import Raw, Wire, read
from ._types import Field, Type


class Rows(NamedTuple):
    """The arguments of every row."""

    rows: int
    #: For each argument `c`, a list, `k`, one value for all rows, or `m`, what makes that value anew.
    kinds: str
    columns: List[Any]
    #: Which rows the function is called for; None if it is for all.
    valid: Optional[List[bool]]

    def call(self, function: Callable) -> List[Any]:
        """What `function` gives for each row; None for those in which an argument is null that must not be."""
        return run(function, self.rows, self.kinds, self.columns, self.valid)

    def tuples(self) -> List[tuple]:
        """The arguments of each row."""
        columns = [
            column if kind == "c" else [column] * self.rows if kind == "k" else [column() for _ in range(self.rows)]
            for kind, column in zip(self.kinds, self.columns)
        ]
        return list(zip(*columns)) if columns else [()] * self.rows


def rows_of(raws: Sequence[Raw], rows: int, parameters: Sequence[Parameter]) -> Rows:
    """Decodes columns for a function with these parameters, of which the last repeats if there are fewer."""
    kinds, columns = [], []
    mask: Optional[bytes] = None
    nothing = False
    last = len(parameters) - 1
    for index, raw in enumerate(raws):
        parameter = parameters[min(index, last)]
        constant = raw.length == 1 and rows != 1
        try:
            values = (decode if parameter.optional else decode_dense)(raw, parameter.hint)
        except Error as error:
            error.message = f"{parameter.name}: {error.message}"
            error.row = None if constant else error.row
            raise
        if not parameter.optional:
            if raw.null_count and constant:
                nothing = True
            elif raw.null_count:
                validity = raw.validity or bytes((raw.length + 7) // 8)
                mask = validity if mask is None else both(mask, validity)
        if not constant:
            kinds.append("c")
            columns.append(values)
        elif raw.type.format.startswith("+") and values[0] is not None:
            # What a function does to the value of one row is not seen in the next.
            kinds.append("m")
            columns.append(_copies(values[0]))
        else:
            kinds.append("k")
            columns.append(values[0])
    valid = None
    if nothing:
        valid = [False] * rows
    elif mask is not None:
        valid = unpack(mask, rows)
    return Rows(rows, "".join(kinds), columns, valid)


_UNCHANGING = frozenset((type(None), bool, int, float, str, bytes, decimal.Decimal))


def _copies(value: Any) -> Callable[[], Any]:
    """What makes copies of a value that can be changed."""
    if type(value) is list and _UNCHANGING.issuperset(map(type, value)):
        return value.copy
    if type(value) is dict and _UNCHANGING.issuperset(map(type, value.values())):
        return value.copy
    return functools.partial(copy.deepcopy, value)


def received(fields: Sequence[Field], wire: Wire) -> List[Raw]:
    """The columns of a batch."""
    try:
        return read(fields, wire)
    except ValueError as error:
        raise Error(error) from None


def results(values: List[Any], valid: Optional[List[bool]], hint: Hint) -> Raw:
    """The column of what a function gave for each row.

    Raises `Error`, with the row, where a value is not what the function is hinted to return.
    """
    try:
        raw = encode(values, hint.type, hint)
    except Error as error:
        error.message = f"the function returned {error.message}"
        raise
    if raw.null_count and not hint.optional:
        for row, value in enumerate(values):
            if value is None and (valid is None or valid[row]):
                raise Error(f"the function returned None, and its hint says {hint}", row)
    return raw


def arrays(raws: Sequence[Raw], rows: int, parameters: Sequence[Parameter]) -> List[Array]:
    """The columns as a function of arrays takes them."""
    last = len(parameters) - 1
    return [Array(raw, parameters[min(index, last)].hint, 0, rows) for index, raw in enumerate(raws)]


def agreed(raw: Raw, rows: int, data_type: Type) -> Raw:
    """A column that a function gave, as it was agreed.

    Raises `Error` where it is not.
    """
    if raw.length != rows:
        raise Error(f"the function returned {raw.length} values for {rows} rows")
    if not raw.type.fits(data_type):
        raise Error(f"the function returned {raw.type} and its signature says {data_type}")
    return raw


def called(function: Callable, *arguments: Any) -> Any:
    """What a function of the author's gives. Its exceptions become `Error`s."""
    try:
        return function(*arguments)
    except BaseException as exception:
        raise error_of(exception) from exception


def constants(entry: Entry, fields: Sequence[Field], wire: Wire) -> List[Any]:
    """The values of a batch of one row, which stand behind a table in a call.

    Raises `Error` where one is null that can not be None.
    """
    values = []
    for index, raw in enumerate(one_row(fields, wire) if fields else []):
        parameter = entry.parameter(index)
        try:
            (value,) = decode(raw, parameter.hint)
        except Error as error:
            raise Error(f"{parameter.name}: {error.message}") from None
        if value is None and not parameter.optional:
            raise Error(f"{parameter.name} is null")
        values.append(value)
    return values


def one_row(fields: Sequence[Field], wire: Wire) -> List[Raw]:
    """The columns of a batch of one row."""
    if wire.rows != 1:
        raise Error(f"there are {wire.rows} rows of values where one is agreed")
    return received(fields, wire)
