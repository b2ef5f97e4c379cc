"""Runs functions of every kind outside of a query, through the code that a query runs.

Columns are lists with None for nulls; where an argument is a single value, it is a constant of the query.

    from arrowbox.testing import scalar
    from functions import gcd

    def test_gcd():
        assert gcd(12, 18) == 6
        assert scalar(gcd, [12, None], 18) == [6, None]
"""

from __future__ import annotations

import contextlib
import random as _random
from array import array
from typing import Any, Callable, Dict, Iterator, List, Mapping, Optional, Sequence, Tuple, Union

from ._annotations import Hint, Place, is_named_tuple, understand
from ._batch import Array, Batch, _hint_of, raw_of
from ._column import Column, column_of
from ._errors import Error
from ._function import LIBRARY, Entry
from ._host import HOST
from ._options import Options
from ._raw import Raw, Wire, read, write
from ._reader import Filter, Request, Split
from ._types import Field, Type

Columns = Mapping[str, Sequence[Any]]


def entry_of(thing: Any) -> Entry:
    """The line of the library that a decorated function or class is."""
    for entry in LIBRARY:
        if entry.thing is thing:
            return entry
    raise Error(f"{getattr(thing, '__name__', thing)} is no function that Arrowbox knows: put a decorator above it")


def _is_column(argument: Any) -> bool:
    """Whether it has a value for each row, and is no constant. A named tuple is one value: a struct."""
    if isinstance(argument, (Array, Column, list, range, memoryview, array)):
        return True
    return isinstance(argument, tuple) and not is_named_tuple(type(argument))


def _column(values: Any, wanted: Optional[Type], hint: Optional[Hint] = None) -> Raw:
    if isinstance(values, Column):
        values = values.to_array()
    if isinstance(values, Array):
        return values.raw()
    if not _is_column(values):
        values = [values]
    if wanted is not None and wanted.format in ("*u", "*z"):
        wanted = Type(wanted.format[1:])
    if wanted is None or wanted.format == "*":
        first = next((value for value in values if value is not None), None)
        guessed = understand(_hint_of(first), Place("?", 0, "a column"))
        wanted, hint = guessed.type, guessed
    return raw_of(values, wanted, hint)


def _arguments(entry: Entry, arguments: Sequence[Any]) -> Tuple[List[Field], List[Raw], int]:
    fixed = len(entry.parameters) - int(entry.variadic)
    if len(arguments) < fixed or (not entry.variadic and len(arguments) != fixed):
        raise Error(f"{entry.name} takes {fixed} arguments, and was given {len(arguments)}")
    fields, raws = [], []
    lengths: Dict[int, str] = {}
    for index, argument in enumerate(arguments):
        parameter = entry.parameter(index)
        raw = _column(argument, parameter.type, parameter.hint)
        fields.append(Field(parameter.name, raw.type))
        raws.append(raw)
        if _is_column(argument):
            lengths[raw.length] = parameter.name
    if len(lengths) > 1:
        raise Error("the columns have " + " and ".join(f"{rows} rows ({name})" for rows, name in lengths.items()))
    return fields, raws, next(iter(lengths), 1)


def _values(field: Field, wire: Wire) -> List[Any]:
    return Array(read([field], wire)[0], None, 0, wire.rows).to_list()


def _opened(entry: Entry, fields: Sequence[Field], options: Optional[Options]) -> Any:
    return entry.open(entry, list(fields), options or Options())


def _of_columns(raws: Sequence[Raw]) -> List[Column]:
    return [column_of(raw) for raw in raws]


def scalar(function: Any, *arguments: Any, options: Optional[Options] = None) -> List[Any]:
    """What a function gives for each row."""
    entry = entry_of(function)
    fields, raws, rows = _arguments(entry, arguments)
    opened = _opened(entry, fields, options)
    if entry.columns:
        return opened.give(_of_columns(raws), rows)[0].to_list()
    return _values(opened.result, opened.invoke(write(rows, raws)))


def window(function: Any, *arguments: Any, batch: Optional[int] = None, options: Optional[Options] = None) -> List[Any]:
    """What a window function gives for each row of one partition. With `batch`, so many rows come at once."""
    entry = entry_of(function)
    fields, raws, rows = _arguments(entry, arguments)
    opened = _opened(entry, fields, options)
    if entry.columns:
        return opened.give(_of_columns(raws), rows)[0].to_list()
    if batch is None:
        return _values(opened.result, opened.evaluate(write(rows, raws)))
    values: List[Any] = []
    arrays = [Array(raw, None, 0, rows) for raw in raws]
    for start in range(0, rows, batch):
        part = [array[start : start + batch].raw() for array in arrays]
        values += _values(opened.result, opened.push(write(min(batch, rows - start), part), start == 0))
    return values


def aggregate(
    function: Any, *arguments: Any, groups: Optional[Sequence[Any]] = None, options: Optional[Options] = None
) -> Any:
    """What an aggregate gives for all rows, or, with the group of each row, a dict with what it gives for each."""
    entry = entry_of(function)
    fields, raws, rows = _arguments(entry, arguments)
    opened = _opened(entry, fields, options)
    if groups is None:
        _change(opened, "update", [0], raws, rows, 1)
        return _values(opened.result, opened.evaluate(None))[0]
    names = list(dict.fromkeys(groups))
    places = [names.index(group) for group in groups]
    _change(opened, "update", places, raws, rows, len(names))
    return dict(zip(names, _values(opened.result, opened.evaluate(None))))


def _change(opened: Any, method: str, places: List[int], raws: List[Raw], rows: int, groups: int) -> None:
    """Adds rows (`update`) or takes them out (`retract`), each of the group at its place, or all of one."""
    columns = [_groups(places), *raws]
    if opened.entry.columns:
        getattr(opened, f"{method}_columns")(_of_columns(columns), rows, groups)
    else:
        getattr(opened, method)(write(rows, columns), groups)


def _groups(places: List[int]) -> Raw:
    return raw_of(places, Type("I"))


def laws(
    function: Any,
    *arguments: Any,
    options: Optional[Options] = None,
    close: Callable[[Any, Any], bool] = lambda a, b: a == b,
) -> None:
    """Checks what the engine relies on: that the identity changes nothing, that any way of splitting rows and merging
    gives the same, that a state survives the trip through Arrow, and that `retract` undoes `update`. `close` says
    whether two results are the same, where they can differ in the last digits."""
    entry = entry_of(function)
    fields, raws, rows = _arguments(entry, arguments)
    arrays = [Array(raw, None, 0, rows) for raw in raws]

    def part(start: int, stop: int) -> List[Raw]:
        return [array[start:stop].raw() for array in arrays]

    def of(*parts: Tuple[int, int]) -> Any:
        """The result of merging the states of parts."""
        merged = _opened(entry, fields, options)
        for start, stop in parts:
            one = _opened(entry, fields, options)
            _change(one, "update", [0] * (stop - start), part(start, stop), stop - start, 1)
            state = read(one.state_fields, one.state(None))
            merged.merge(write(1, [_groups([0]), *state]), 1)
        if not parts:
            merged._grow(1)
        return _values(merged.result, merged.evaluate(None))[0]

    whole = aggregate(function, *arguments, options=options)

    def same(other: Any, law: str) -> None:
        both_nan = whole != whole and other != other
        assert both_nan or whole is other is None or close(whole, other), f"{law}: {whole!r} is not {other!r}"

    same(of((0, rows)), "a state that is written down and read again gives the same")
    same(of((0, 0), (0, rows), (0, 0)), "merging the identity changes nothing")
    chance = _random.Random(7)
    for _ in range(5):
        cuts = sorted(chance.randint(0, rows) for _ in range(2))
        ends = [0, *cuts, rows]
        same(of(*zip(ends, ends[1:])), "any way of splitting rows and merging gives the same")
    opened = _opened(entry, fields, options)
    if opened.retractable and rows:
        places = [0] * rows
        for method in ("update", "update", "retract"):
            _change(opened, method, places, part(0, rows), rows, 1)
        same(_values(opened.result, opened.evaluate(None))[0], "`retract` undoes `update`")


def table(
    function: Any, *arguments: Any, limit: Optional[int] = None, options: Optional[Options] = None
) -> List[Dict[str, Any]]:
    """The rows of a table function, at most `limit` of them."""
    entry = entry_of(function)
    fields, raws, rows = _arguments(entry, arguments)
    opened = _opened(entry, fields, options)
    opened.push(write(rows, raws))
    found: List[Dict[str, Any]] = []
    while (wire := opened.next()) is not None:
        columns = read([Field("", Type("I")), *opened.result], wire)
        found += Batch.read(opened.result, columns[1:], wire.rows)
        if limit is not None and len(found) >= limit:
            return found[:limit]
    return found


def _behind(arguments: Sequence[Any], entry: Entry) -> Tuple[List[Field], Wire]:
    """What stands behind the table in a call."""
    fields, raws = [], []
    for index, argument in enumerate(arguments):
        parameter = entry.parameter(index)
        raw = _column([argument], parameter.type if parameter.hint else None, parameter.hint)
        fields.append(Field(parameter.name, raw.type))
        raws.append(raw)
    return fields, write(1, raws)


def _batch(rows: Union[Batch, Columns]) -> Batch:
    return rows if isinstance(rows, Batch) else Batch.of(dict(rows))


def _batches(given: Sequence[Union[Batch, Columns]], fields: Sequence[Field] = ()) -> List[Batch]:
    """Batches of the columns of the first."""
    batches = []
    for rows in given:
        batch = _batch(rows)
        fields = fields or batch.fields
        columns = [Array(raw_of(column, field.type)) for column, field in zip(batch.columns, fields)]
        batches.append(Batch(fields, columns, batch.rows))
    return batches


def map_batches(
    function: Any, batches: Sequence[Union[Batch, Columns]], *arguments: Any, options: Optional[Options] = None
) -> List[Batch]:
    """The batches that a function of batches gives for these, which are of the same columns."""
    entry = entry_of(function)
    given = _batches(batches)
    fields, behind = _behind(arguments, entry)
    input = given[0].fields if given else []
    opened = entry.open(entry, input, fields, behind, options or Options())
    made: List[Batch] = []

    def drain() -> None:
        while True:
            if entry.columns:
                batch = opened.next_columns()
            else:
                wire = opened.next()
                batch = None if wire is None else Batch.read(opened.result, read(opened.result, wire), wire.rows)
            if batch is None:
                return
            made.append(batch)

    for batch in given:
        raws = [column.raw() for column in batch.columns]
        if entry.columns:
            opened.push_columns(_of_columns(raws), batch.rows)
        else:
            opened.push(write(batch.rows, raws))
        drain()
    opened.finish()
    drain()
    return made


def _groups_of(batch: Batch, by: Sequence[str]) -> Dict[tuple, List[int]]:
    groups: Dict[tuple, List[int]] = {}
    columns = [batch[name].to_list() for name in by]
    for place, key in enumerate(zip(*columns)):
        groups.setdefault(key, []).append(place)
    return groups


def grouped_map(
    function: Any,
    rows: Union[Batch, Columns],
    by: Union[str, Sequence[str]],
    *arguments: Any,
    options: Optional[Options] = None,
) -> List[Dict[str, Any]]:
    """The rows that a function of groups gives, the key before them, in the order in which the keys first come."""
    return _grouped(function, [_batch(rows)], by, arguments, options)


def cogrouped_map(
    function: Any,
    left: Union[Batch, Columns],
    right: Union[Batch, Columns],
    by: Union[str, Sequence[str]],
    *arguments: Any,
    options: Optional[Options] = None,
) -> List[Dict[str, Any]]:
    """As `grouped_map`, of two tables."""
    return _grouped(function, [_batch(left), _batch(right)], by, arguments, options)


def _grouped(
    function: Any, tables: List[Batch], by: Any, arguments: Sequence[Any], options: Optional[Options]
) -> List[Dict[str, Any]]:
    entry = entry_of(function)
    by = [by] if isinstance(by, str) else list(by)
    fields, behind = _behind(arguments, entry)
    keys = [[batch.names.index(name) for name in by] for batch in tables]
    opened = entry.open(entry, [batch.fields for batch in tables], keys, fields, behind, options or Options())
    of_tables = [_groups_of(batch, by) for batch in tables]
    names = list(dict.fromkeys(name for groups in of_tables for name in groups))
    inputs = []
    for batch, groups in zip(tables, of_tables):
        places, ends = [], [0]
        for name in names:
            places += groups.get(name, [])
            ends.append(len(places))
        inputs.append((write(len(places), [column.take(places).raw() for column in batch.columns]), ends))
    found: List[Dict[str, Any]] = []
    if entry.columns:
        tables = [
            (_of_columns(read(batch.fields, wire)), wire.rows, ends) for batch, (wire, ends) in zip(tables, inputs)
        ]
        opened.push_columns(tables, False)
        while (batch := opened.next_columns()) is not None:
            found += batch
        return found
    opened.push(inputs, False)
    while (wire := opened.next()) is not None:
        found += Batch.read(opened.result, read(opened.result, wire), wire.rows)
    return found


class _Files:
    def __init__(self, files: Mapping[str, bytes]):
        self._files = dict(files)

    def entries(self) -> List[Tuple[str, int]]:
        return [(path, len(self._files[path])) for path in sorted(self._files)]

    def read(self, path: str, offset: int, length: int) -> bytes:
        if path not in self._files:
            raise Error(f"{path} is none of the files that the reader was given")
        return self._files[path][offset : offset + length]


class _Sink:
    def __init__(self) -> None:
        self.begun: set = set()
        self.files: Dict[str, bytes] = {}

    def create(self, path: str) -> Any:
        names = path.split("/")
        if any(not name or name.startswith(".") for name in names):
            raise Error(
                f"{path!r} is no path of a file below the table: it is names between `/` that do not begin with a dot"
            )
        if path in self.begun:
            raise Error(f"{path} is there already")
        self.begun.add(path)
        return _Made(self, path)


class _Made:
    def __init__(self, sink: _Sink, path: str):
        self._sink, self._path, self._bytes = sink, path, b""

    def write(self, piece: bytes) -> None:
        self._bytes += piece

    def finish(self) -> int:
        self._sink.files[self._path] = self._bytes
        return len(self._bytes)


@contextlib.contextmanager
def with_files(files: Mapping[str, bytes]) -> Iterator[None]:
    """Within it, a reader has these files."""
    before, HOST.files = HOST.files, _Files(files)
    try:
        yield
    finally:
        HOST.files = before


@contextlib.contextmanager
def with_sink() -> Iterator[Dict[str, bytes]]:
    """Within it, `arrowbox.sink.File` makes files, which are in the dict that it gives when they are finished."""
    before, HOST.sink = HOST.sink, _Sink()
    try:
        yield HOST.sink.files
    finally:
        HOST.sink = before


def reads(
    reader: Any,
    files: Mapping[str, bytes],
    columns: Optional[Sequence[str]] = None,
    filters: Sequence[Filter] = (),
    limit: Optional[int] = None,
    options: Optional[Options] = None,
) -> List[Dict[str, Any]]:
    """The rows that a reader gives for files, of all splits one after the other."""
    entry = entry_of(reader)
    with with_files(files):
        opened = entry.open(entry, options or Options())
        names = [field.name for field in opened.result]
        projection = list(range(len(names))) if columns is None else [names.index(name) for name in columns]
        request = Request(projection, list(filters), limit)
        found: List[Dict[str, Any]] = []
        for split in opened.plan(request):
            part = opened.read(Split(*split), request)
            while (wire := part.next()) is not None:
                found += Batch.read(part.fields, read(part.fields, wire), wire.rows)
        return found


def writes(
    writer: Any, partitions: Sequence[Sequence[Union[Batch, Columns]]], options: Optional[Options] = None
) -> Dict[str, bytes]:
    """The files that a writer makes of partitions, each some batches of the same columns."""
    entry = entry_of(writer)
    fields = next((_batch(rows).fields for partition in partitions for rows in partition), [])
    given = [_batches(partition, fields) for partition in partitions]
    with with_sink() as files:
        manifests = []
        for number, partition in enumerate(given):
            opened = entry.open(entry, fields, options or Options()).partition(number)
            for batch in partition:
                opened.write(write(batch.rows, [column.raw() for column in batch.columns]))
            manifests.append(opened.finish())
        entry.open(entry, fields, options or Options()).commit(manifests)
        return dict(files)
