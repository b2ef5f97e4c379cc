"""The columns of what functions of tables give, and rows on their way into them."""

from __future__ import annotations

import collections.abc
import inspect
import typing
from typing import Any, Iterable, Iterator, List, Optional, Sequence

from ._annotations import Place, hints_of, is_struct, split_optional, understand
from ._arguments import called
from ._batch import Batch, raw_of
from ._errors import Error, error_of
from ._raw import Raw, Wire, write
from ._table import MOST_ROWS, RowShape
from ._types import Field


def fields_of(said: Any, place: Place) -> List[Field]:
    """The columns that `schema` says: a row type, a dict of names and hints, fields, or a batch's."""
    if isinstance(said, Batch):
        return list(said.fields)
    if is_struct(said):
        return RowShape(understand(said, place), "").fields
    if isinstance(said, dict):
        fields = []
        for name, hint in said.items():
            if isinstance(hint, Field):
                fields.append(hint.named(name))
            else:
                fields.append(understand(hint, place.within(f"column `{name}`")).field(name))
        return fields
    if isinstance(said, (list, tuple)) and all(isinstance(field, Field) for field in said):
        return list(said)
    raise Error(
        f"`schema` gave {type(said).__name__}: it gives the type of a row, a dict such as {{'price': float}}, or fields of the input"
    )


def row_type(method: Any, place: Place, name: str) -> Optional[RowShape]:
    """What rows a method is hinted to give: T of `-> Iterator[T]` or `-> T`; None where it gives batches."""
    hints = hints_of(method, place)
    if "return" not in hints:
        return None
    inner, _ = split_optional(hints["return"])
    if inner is type(None) or inner is Batch or inner is None:
        return None
    origin, args = typing.get_origin(inner), typing.get_args(inner)
    if (
        origin
        in (
            collections.abc.Iterator,
            collections.abc.Iterable,
            collections.abc.Generator,
            collections.abc.Sequence,
            list,
        )
        and args
    ):
        inner = args[0]
        if inner is Batch:
            return None
    return RowShape(understand(inner, place.within(f"the result of `{method.__name__}`")), name)


def batches_of(given: Any, shape: Optional[RowShape], fields: Sequence[Field]) -> Iterator[Batch]:
    """What a function gave, as batches of these fields: nothing, a batch, batches, a row, or rows.

    Raises `Error` where it is something else.
    """
    if given is None:
        return
    if isinstance(given, Batch):
        yield given
        return
    if is_one(given, shape):
        given = [given]
    rows: List[Any] = []
    try:
        for item in given:
            if isinstance(item, Batch):
                if rows:
                    yield batch_of_rows(rows, shape, fields)
                    rows = []
                yield item
                continue
            rows.append(item)
            if len(rows) >= MOST_ROWS:
                yield batch_of_rows(rows, shape, fields)
                rows = []
    except GeneratorExit:
        raise
    except BaseException as exception:
        raise error_of(exception) from exception
    if rows:
        yield batch_of_rows(rows, shape, fields)


def is_one(given: Any, shape: Optional[RowShape]) -> bool:
    """Whether it is one row, and not rows."""
    if is_struct(type(given)) or isinstance(given, (dict, str, bytes)):
        return True
    if not isinstance(given, collections.abc.Iterable):
        return True
    # A plain tuple is a row where rows are structs; rows themselves come in lists and generators.
    return isinstance(given, tuple) and shape is not None and shape.is_struct


def batch_of_rows(rows: List[Any], shape: Optional[RowShape], fields: Sequence[Field]) -> Batch:
    """Rows in columns: as they are hinted, or as the schema says."""
    try:
        if shape is not None:
            return Batch.read(shape.fields, shape.columns(rows), len(rows))
        from ._encode import columns_of

        columns = columns_of(rows, [field.name for field in fields], None)
        raws = [raw_of(values, field.type) for values, field in zip(columns, fields)]
        return Batch.read(fields, raws, len(rows))
    except Error as error:
        raise Error(f"the function gave a row in which {error.message}") from None


def promised(batch: Batch, fields: Sequence[Field]) -> Wire:
    """A batch as it crosses.

    Raises `Error` where it is not what was promised.
    """
    raws = promised_raws(batch, fields)
    return write(batch.rows, raws)


def promised_raws(batch: Batch, fields: Sequence[Field]) -> List[Raw]:
    check_names(batch, fields)
    raws = []
    for column, field in zip(batch.columns, fields):
        try:
            raw = raw_of(column, field.type)
        except Error as error:
            raise Error(f"column {field.name!r}: {error}") from None
        if raw.length != batch.rows:
            raise Error(f"column {field.name!r} has {raw.length} values in a batch of {batch.rows} rows")
        raws.append(raw)
    return raws


def check_names(batch: Batch, fields: Sequence[Field]) -> None:
    if batch.names != [field.name for field in fields]:
        raise Error(
            f"the function gave a batch of ({', '.join(batch.names)}), and its schema says "
            f"({', '.join(field.name for field in fields)})"
        )


def static_schema(thing: Any, instance: Any, method: Any, place: Place, name: str) -> Any:
    """The fields that a function gives, and the shape of its rows if it gives rows."""
    shape = row_type(method, place, name)
    if inspect.isclass(thing) and callable(getattr(instance, "schema", None)):
        return fields_of(called(instance.schema), place), shape
    if shape is not None:
        return shape.fields, shape
    raise place.error(
        f"nobody says what columns it gives: hint the result of `{method.__name__}`, as in `-> Iterator[Part]`, or write "
        "a method `schema` that returns such a type or a dict of names and types"
    )


def lazily(batches: Iterable[Batch]) -> Iterator[Batch]:
    """Those that have rows."""
    return (batch for batch in batches if batch.rows)
