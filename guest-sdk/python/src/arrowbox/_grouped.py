"""Functions from all rows of a key to rows, of one table or of two."""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Iterator, List, Optional, Sequence, Tuple

from ._annotations import hints_of
from ._arguments import called, constants, received
from ._batch import Array, Batch, index_of
from ._column import concat, settled
from ._errors import Error, Refused, error_of
from ._function import Entry, Parameter, Said, construct, decorator, row_parameters
from ._map_batches import ANY, check_type
from ._raw import Raw, Wire, joined, take, write
from ._schema import batch_of_rows, is_one, promised_raws, static_schema
from ._table import MOST_ROWS
from ._types import Field


class Input:
    """A table of a call: its columns, and which of them make the key."""

    def __init__(self, fields: Sequence[Field], keys: Sequence[int]):
        self.fields = list(fields)
        self.keys = list(keys)
        for key in self.keys:
            if key >= len(self.fields):
                raise Error(f"column {key} is to be a key in a table of {len(self.fields)} columns")

    def column(self, name: str, *types: Any) -> int:
        """The place of a column of this name, which is of one of these types if there are any.

        Raises `Error` where it is not there, or of another.
        """
        place = index_of(self.fields, name)
        check_type(self.fields[place], types)
        return place


class GroupedCall(Input):
    """How a function of groups is called."""

    def __init__(self, inputs: Sequence[Input], arguments: Sequence[Any]):
        super().__init__(inputs[0].fields, inputs[0].keys)
        #: What stands behind the tables in the call.
        self.arguments = list(arguments)

    def argument(self, index: int, default: Any = ...) -> Any:
        """What stands behind the tables at `index`, counted from zero."""
        if index < len(self.arguments):
            return self.arguments[index]
        if default is not ...:
            return default
        raise Error(f"argument {index} (counted from zero) is missing: there are {len(self.arguments)}")


class CogroupedCall(GroupedCall):
    """How a function of the groups of two tables is called: `call.left`, `call.right`, `call.argument(0)`."""

    def __init__(self, inputs: Sequence[Input], arguments: Sequence[Any]):
        super().__init__(inputs, arguments)
        self.left, self.right = inputs


class Group:
    """All rows of one key: `group["x"]` is a column, as an `Array` (or a `Column`, where the function takes those);
    `group.values("x")` is a list of its values."""

    __slots__ = ("_table", "_start", "_stop")

    def __init__(self, table: "Table", start: int, stop: int):
        self._table = table
        self._start = start
        self._stop = stop

    @property
    def fields(self) -> List[Field]:
        """The columns of the table."""
        return self._table.fields

    def __len__(self) -> int:
        return self._stop - self._start

    def __getitem__(self, column: Any) -> Any:
        return self._table.column(column)[self._start : self._stop]

    def values(self, column: Any) -> List[Any]:
        """The values of a column; None for null."""
        return self._table.values(column)[self._start : self._stop]

    def value(self, column: Any, row: int = 0) -> Any:
        """The value in one row: those of the key are the same in every row."""
        if not 0 <= row < len(self):
            raise Error(f"there is no row {row} in a group of {len(self)}")
        return self._table.values(column)[self._start + row]

    def rows(self) -> Batch:
        """All columns."""
        columns = [self[index] for index in range(len(self.fields))]
        return Batch(self.fields, columns, len(self))

    def __iter__(self) -> Iterator[Dict[str, Any]]:
        """The rows, each a dict."""
        return iter(self.rows())

    def __repr__(self) -> str:
        return f"Group({len(self)} rows of {', '.join(map(repr, self.fields))})"


class Table:
    """Rows of one input that came in one call, or of one group that came in several."""

    __slots__ = ("fields", "raws", "rows", "_columns", "_values")

    def __init__(self, fields: List[Field], raws: List[Any], rows: int):
        self.fields = fields
        self.raws = raws
        self.rows = rows
        self._columns: Dict[int, Array] = {}
        self._values: Dict[int, list] = {}

    def column(self, column: Any) -> Any:
        index = column if isinstance(column, int) else index_of(self.fields, column)
        found = self._columns.get(index)
        if found is None:
            found = self._columns[index] = Array(self.raws[index], None, 0, self.rows)
        return found

    def values(self, column: Any) -> list:
        found = self._values.get(column)
        if found is None:
            found = self._values[column] = self.column(column).to_list()
        return found

    def part(self, start: int, stop: int) -> "Table":
        """Some of the rows."""
        if start == 0 and stop == self.rows:
            return self
        return Table(self.fields, [take(raw, range(start, stop)) for raw in self.raws], stop - start)

    def joined(self, others: List["Table"]) -> "Table":
        """The rows of this one and of others of the same columns."""
        if not others:
            return self
        parts = [self, *others]
        raws = [joined([part.raws[index] for part in parts]) for index in range(len(self.fields))]
        return Table(self.fields, raws, sum(part.rows for part in parts))

    def taken(self, column: int, places: List[int]) -> Raw:
        """The values of a column in some rows."""
        return take(self.raws[column], places)


class ColumnTable(Table):
    """As `Table`, of columns that stay with the host."""

    __slots__ = ()

    def column(self, column: Any) -> Any:
        return self.raws[column if isinstance(column, int) else index_of(self.fields, column)]

    def part(self, start: int, stop: int) -> "ColumnTable":
        return ColumnTable(self.fields, [column[start:stop] for column in self.raws], stop - start)

    def joined(self, others: List["ColumnTable"]) -> "ColumnTable":
        parts = [self, *others]
        columns = [concat([part.raws[index] for part in parts]) for index in range(len(self.fields))]
        return ColumnTable(self.fields, columns, sum(part.rows for part in parts))

    def taken(self, column: int, places: List[int]) -> Any:
        return self.raws[column].take(places)


def _entry(kind: str, thing: Any, said: Said, tables: int, columns: bool) -> Entry:
    parameters: List[Parameter] = [ANY]
    variadic = True
    attribute = kind.replace("-", "_")
    if inspect.isclass(thing):
        method = getattr(thing, "map", None)
        groups = "group" if tables == 1 else "left, right"
        if not inspect.isfunction(method):
            raise said.place.error(f"a class with @{attribute} has a method `map(self, {groups})`")
    else:
        method = thing
        if len(inspect.signature(thing).parameters) < tables:
            raise said.place.error(
                f"its first {'parameter is the group' if tables == 1 else 'two parameters are the groups'}"
            )
        parameters, variadic = row_parameters(thing, said.place, tables)
        static_schema(thing, None, thing, said.place, said.name)
    hints_of(method, said.place)
    call = GroupedCall if tables == 1 else CogroupedCall
    return Entry(
        kind,
        said.name,
        thing,
        said.place,
        columns=columns,
        parameters=parameters,
        variadic=variadic,
        open=lambda entry, inputs, keys, fields, arguments, options: GroupMapper(
            entry, said, call, tables, inputs, keys, fields, arguments, options
        ),
        **said.common(),
    )


def _grouped_map(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
    columns: bool = False,
) -> Entry:
    """A function from all rows of a key to rows: above a class with `map(self, group: Group)`, or above a function of
    a group and of what stands behind the table.

    The hint of the result says what rows it gives: `-> Fit` one row, `-> Iterator[Fit]` any number. The columns of
    the key stand before them. With `columns=True`, the columns stay with the host, and `group["x"]` is a `Column`.
    """
    return _entry("grouped-map", thing, Said(thing, "grouped_map", name, volatility, grants), 1, columns)


def _cogrouped_map(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
    columns: bool = False,
) -> Entry:
    """As `grouped_map`, of the rows of a key in two tables: `map(self, left: Group, right: Group)`. One of the two can
    have no rows."""
    return _entry("cogrouped-map", thing, Said(thing, "cogrouped_map", name, volatility, grants), 2, columns)


grouped_map = decorator(_grouped_map)
cogrouped_map = decorator(_cogrouped_map)


class GroupMapper:
    """A function of groups at one place in a query. See `wit/grouped.wit`."""

    def __init__(self, entry, said, call_type, tables, inputs, keys, fields, arguments: Wire, options):
        if len(inputs) != tables:
            raise Error(f"{entry.name} can not be called with {len(inputs)} tables")
        values = constants(entry, fields, arguments)
        self.inputs = [Input(input, key) for input, key in zip(inputs, keys)]
        thing = entry.thing
        if inspect.isclass(thing):
            call = call_type(self.inputs, values)
            function = called(lambda: construct(thing, said.place, call=call, options=options))
            self.map: Callable = function.map
            method = thing.map
        else:
            options.only()
            self.map = lambda *groups: thing(*groups, *values)
            function, method = None, thing
        try:
            self.fields, self.shape = static_schema(thing, function, method, said.place, entry.name)
        except Refused as error:
            raise Error(error) from None
        self.result = self._result()
        self.held: Optional[List[List[Table]]] = None
        #: What the function gives for the groups of the last call, each with the groups that it is for.
        self.items: Iterator[Tuple[List[Group], Any]] = iter(())
        #: A batch that did not fit behind the rows before it.
        self.kept: Optional[Tuple[List[Group], Batch]] = None

    def _result(self) -> List[Field]:
        first = self.inputs[0]
        result = [first.fields[key] for key in first.keys]
        for other in self.inputs[1:]:
            theirs = [other.fields[key] for key in other.keys]
            if [field.type for field in theirs] != [field.type for field in result]:
                raise Error("the keys of the tables are not of the same types")
            result = [
                Field(mine.name, mine.type, mine.nullable or their.nullable, mine.metadata)
                for mine, their in zip(result, theirs)
            ]
        for field in self.fields:
            if any(other.name == field.name for other in result):
                raise Error(
                    f"{field.name!r} is a column of the key and a column of what the function gives: rename one of them"
                )
            result.append(field)
        return result

    def push(self, groups: List[Tuple[Wire, List[int]]], continued: bool) -> None:
        tables = [
            Table(input.fields, received(input.fields, wire), wire.rows)
            for input, (wire, _) in zip(self.inputs, groups)
        ]
        self._push(tables, [ends for _, ends in groups], continued)

    def push_columns(self, groups: List[Tuple[List[Any], int, List[int]]], continued: bool) -> None:
        """As `push`, with the columns of each table and how many rows it has."""
        tables: List[Table] = [
            ColumnTable(input.fields, columns, rows) for input, (columns, rows, _) in zip(self.inputs, groups)
        ]
        self._push(tables, [ends for *_, ends in groups], continued)

    def _push(self, tables: List[Table], offsets: List[List[int]], continued: bool) -> None:
        number = len(offsets[0])
        for table, ends in zip(tables, offsets):
            if len(ends) != number or not ends or sorted(ends) != list(ends) or ends[-1] > table.rows:
                raise Error("the offsets of the groups are not those of the rows")
        number -= 1
        begin, end, whole = 0, number, []
        if self.held is not None:
            if number > 0:
                begin = 1
                for held, table, ends in zip(self.held, tables, offsets):
                    held.append(table.part(ends[0], ends[1]))
            if not (continued and number <= 1):
                joined = [first.joined(others) for first, *others in self.held]
                whole.append([Group(table, 0, table.rows) for table in joined])
                self.held = None
        if continued and begin < number:
            end -= 1
            self.held = [[table.part(ends[end], ends[end + 1])] for table, ends in zip(tables, offsets)]
        spans = [list(zip(ends[begin:end], ends[begin + 1 : end + 1])) for ends in offsets]
        whole += [[Group(table, *span) for table, span in zip(tables, each)] for each in zip(*spans)]
        self.items = self._given(whole)

    def _given(self, whole: List[List[Group]]) -> Iterator[Tuple[List[Group], Any]]:
        for groups in whole:
            given = called(self.map, *groups)
            if given is None:
                continue
            if isinstance(given, Batch) or is_one(given, self.shape):
                yield groups, given
                continue
            try:
                for item in given:
                    yield groups, item
            except GeneratorExit:
                raise
            except BaseException as exception:
                raise error_of(exception) from exception

    def next(self) -> Optional[Wire]:
        found = self._next()
        if found is None:
            return None
        runs, batch = found
        return write(batch.rows, [*self._keys(runs), *promised_raws(batch, self.fields)])

    def next_columns(self) -> Optional[Batch]:
        """As `next`, in columns that stay with the host."""
        found = self._next()
        if found is None:
            return None
        runs, batch = found
        return Batch(self.result, [*self._keys(runs), *settled(batch, self.fields)], batch.rows)

    def _next(self) -> Optional[Tuple[List["Run"], Batch]]:
        """The next rows, and which groups they are of."""
        rows: List[Any] = []
        runs: List[Run] = []
        if self.kept is not None:
            (groups, batch), self.kept = self.kept, None
            return [Run(groups, batch.rows)], batch
        for groups, item in self.items:
            if isinstance(item, Batch):
                if not item.rows:
                    continue
                if rows:
                    self.kept = groups, item
                    break
                return [Run(groups, item.rows)], item
            rows.append(item)
            if runs and runs[-1].groups is groups:
                runs[-1].length += 1
            else:
                runs.append(Run(groups, 1))
            if len(rows) >= MOST_ROWS:
                break
        if not rows:
            return None
        return runs, batch_of_rows(rows, self.shape, self.fields)

    def _keys(self, runs: List["Run"]) -> List[Any]:
        """The columns of the key, once for each row that its group gave."""
        sides = []
        for run in runs:
            side = next((side for side, group in enumerate(run.groups) if len(group)), None)
            if side is None:
                raise Error("a group has no rows in any table")
            sides.append((run.groups[side], self.inputs[side].keys, run.length))
        tables: Dict[int, Tuple[Table, List[int], List[int]]] = {}
        #: For each row of each table, where it stands among all.
        order: Dict[int, List[int]] = {}
        rows = 0
        for group, keys, length in sides:
            _, _, places = tables.setdefault(id(group._table), (group._table, keys, []))
            places += [group._start] * length
            order.setdefault(id(group._table), []).extend(range(rows, rows + length))
            rows += length
        behind = [row for rows_of_table in order.values() for row in rows_of_table]
        back = sorted(range(rows), key=behind.__getitem__)
        of_columns = isinstance(sides[0][0]._table, ColumnTable)
        columns: List[Any] = []
        for index in range(len(self.inputs[0].keys)):
            parts = [table.taken(keys[index], places) for table, keys, places in tables.values()]
            if len(parts) == 1:
                columns.append(parts[0])
            elif of_columns:
                columns.append(concat(parts).take(back))
            else:
                columns.append(take(joined(parts), back))
        return columns


class Run:
    """Rows of the result that have the key of one group."""

    __slots__ = ("groups", "length")

    def __init__(self, groups: List[Group], length: int):
        self.groups = groups
        self.length = length
