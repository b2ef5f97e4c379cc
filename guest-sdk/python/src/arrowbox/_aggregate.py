"""Functions that give one value for each group of rows."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from array import array
from bisect import bisect_right
from typing import Any, Callable, List, Optional, Sequence, Tuple

from ._annotations import struct_items
from ._arguments import called, received, results, rows_of
from ._batch import raw_of
from ._column import Column, column_of, expanded
from ._decode import decode, takes
from ._encode import encode
from ._errors import Error
from ._function import (
    Entry,
    Parameter,
    Said,
    column_parameters,
    construct,
    declared,
    decorator,
    form_of,
    row_parameters,
    row_result,
    takes_options,
)
from ._loop import run
from ._raw import Raw, Wire, take, write
from ._types import Field, Type


def _aggregate(
    thing: Any,
    *,
    name: Optional[str] = None,
    volatility: str = "immutable",
    grants: Sequence[str] = (),
) -> Entry:
    """A function that gives one value for each group of rows: above a class, which is the state of one group.

    Its annotated attributes are the state, which the engine sends from host to host and writes to disk; the class
    becomes a dataclass, if it is none. `update(self, …)` adds a row, `merge(self, other)` what is known of other
    rows, `evaluate(self)` gives the value. `retract(self, …)` takes a row out again, which frames that slide need.
    Every group begins as the constructor makes it.

    `update` and `retract` whose parameters are `Column`s are called with all rows of a group in a batch, and see the
    nulls among them.
    """
    said = Said(thing, "aggregate", name, volatility, grants)
    if not inspect.isclass(thing):
        raise said.place.error("an aggregate is a class: the state of one group, with update, merge and evaluate")
    methods = {}
    for method in ("update", "merge", "evaluate"):
        function = getattr(thing, method, None)
        if not inspect.isfunction(function):
            raise said.place.error(f"it has no method `{method}`: an aggregate has update, merge and evaluate")
        methods[method] = function
    if not dataclasses.is_dataclass(thing):
        if not thing.__dict__.get("__annotations__") and not getattr(thing, "__annotations__", None):
            raise said.place.error(
                "it has no state: annotate its attributes, as in `total: float = 0.0`, which are columns"
            )
        try:
            thing = dataclasses.dataclass(thing)
        except (TypeError, ValueError) as error:
            raise said.place.error(str(error)) from None
    names, items = struct_items(thing, said.place)
    if not names:
        raise said.place.error(
            "it has no state: annotate its attributes, as in `total: float = 0.0`, which are columns"
        )
    if not _generated(thing):
        takes_options(thing.__init__, ["options"])
    else:
        for field in dataclasses.fields(thing):
            missing = dataclasses.MISSING
            if field.init and field.default is missing and field.default_factory is missing:
                raise said.place.within(f"{thing.__name__}.{field.name}").error(
                    "it has no value to begin with: give it one, as in `total: float = 0.0`"
                )
    parameters, variadic, columns = _parameters(methods["update"], said)
    hint = row_result(methods["evaluate"], said.place)
    retract = getattr(thing, "retract", None)
    if retract is not None:
        others, _, too = _parameters(retract, said)
        if too != columns or [other.type for other in others] != [parameter.type for parameter in parameters]:
            raise said.place.error("`retract` takes what `update` takes")
    opened = OfColumns if columns else Accumulator
    return Entry(
        "aggregate",
        said.name,
        thing,
        said.place,
        strict=False,
        columns=columns,
        whole=columns,
        parameters=parameters,
        variadic=variadic,
        result=[hint.field(said.name)],
        open=lambda entry, fields, options: opened(entry, fields, options, names, items, hint),
        **said.common(),
    )


aggregate = decorator(_aggregate)


def _parameters(method: Callable, said: Said) -> Tuple[List[Parameter], bool, bool]:
    """What `update` or `retract` takes, whether the last repeats, and whether they are `Column`s."""
    parameters, hints, variadic = declared(method, said.place, 1)
    form = form_of(parameters, hints, said.place)
    if form == "array":
        raise said.place.error("an aggregate takes values, or `Column`s, whose `to_array()` has the bytes")
    if form == "column":
        return column_parameters(parameters, hints, said.place), variadic, True
    return *row_parameters(method, said.place, 1), False


def _generated(thing: type) -> bool:
    """Whether the constructor is that of a dataclass, with all fields as its parameters."""
    names = [field.name for field in dataclasses.fields(thing) if field.init]
    return list(inspect.signature(thing.__init__).parameters)[1:] == names


class Accumulator:
    """The states of many groups at one place in a query. See `wit/aggregate.wit`."""

    def __init__(self, entry: Entry, fields: Sequence[Field], options, names, items, hint):
        self.entry = entry
        self.thing = entry.thing
        self.parameters = entry.parameters
        self.names = names
        self.items = items
        self.hint = hint
        self.result = entry.result[0]
        self.retractable = hasattr(self.thing, "retract")
        self.state_fields = [item.field(name) for name, item in zip(names, items)]
        group = Field("group", Type("I"), False)
        self.arguments = list(fields)
        self.rows = [group, *fields]
        self.of_states = [group, *self.state_fields]
        self.generated = _generated(self.thing)
        if self.generated:
            options.only()
            self.identity = called(self.thing)
        else:
            self.identity = called(lambda: construct(self.thing, entry.place, options=options))
        self.states: List[Any] = []

    def _new(self, number: int) -> List[Any]:
        if number <= 0:
            return []
        if self.generated:
            thing = self.thing
            return [thing() for _ in range(number)]
        return [copy.deepcopy(self.identity) for _ in range(number)]

    def _each(self, function: Callable, states: List[Any], groups: Raw, raws: List[Raw], rows: int) -> None:
        """Calls a method for every row, with the state of its group."""
        if not rows:
            return
        arguments = rows_of(raws, rows, self.parameters)
        if groups.length == 1 and rows != 1:
            run(
                function,
                rows,
                "k" + arguments.kinds,
                [self._states(groups, states)[0], *arguments.columns],
                arguments.valid,
            )
        else:
            of_rows = self._states(groups, states)
            if len(of_rows) != rows:
                raise Error(f"there are {len(of_rows)} groups for {rows} rows")
            run(function, rows, "c" + arguments.kinds, [of_rows, *arguments.columns], arguments.valid)

    def _states(self, groups: Raw, states: List[Any]) -> List[Any]:
        """The state of the group of each row."""
        numbers = _numbers(groups).tolist()
        if numbers:
            _state(states, max(numbers))
        return [states[number] for number in numbers]

    def update(self, wire: Wire, groups: int) -> None:
        self._grow(groups)
        column, *raws = received(self.rows, wire)
        self._each(self.thing.update, self.states, column, raws, wire.rows)

    def retract(self, wire: Wire, groups: int) -> None:
        retract = self._retract()
        self._grow(groups)
        column, *raws = received(self.rows, wire)
        self._each(retract, self.states, column, raws, wire.rows)

    def _retract(self) -> Callable:
        if not self.retractable:
            raise Error(f"{self.entry.name} can not take rows back: it has no `retract`")
        return self.thing.retract

    def merge(self, wire: Wire, groups: int) -> None:
        self._grow(groups)
        column, *raws = received(self.of_states, wire)
        others = self._read(raws, wire.rows)
        of_rows = self._states(column, self.states)
        if column.length == 1:
            of_rows = of_rows * wire.rows
        run(self.thing.merge, wire.rows, "cc", [of_rows, others], None)

    def _read(self, raws: List[Raw], rows: int) -> List[Any]:
        columns = []
        for raw, name, item in zip(raws, self.names, self.items):
            if raw.null_count and not item.optional:
                raise Error(f"this is no state of {self.entry.name}: {name} is null")
            # A constant is a value of its own for each state, which can keep and change it.
            columns.append(decode(take(raw, [0] * rows) if raw.length == 1 and rows != 1 else raw, item))
        if self.generated and takes(self.thing, tuple(self.names)):
            return list(map(self.thing, *columns))
        others = []
        for row in zip(*columns):
            other = copy.copy(self.identity)
            for name, value in zip(self.names, row):
                setattr(other, name, value)
            others.append(other)
        return others

    def convert(self, wire: Wire) -> Wire:
        raws = received(self.arguments, wire)
        states = self._new(wire.rows)
        each = raw_of(array("I", range(wire.rows)), Type("I"))
        self._each(self.thing.update, states, each, raws, wire.rows)
        return self._columns(states)

    def state(self, first: Optional[int]) -> Wire:
        return self._emit(first, self._columns)

    def evaluate(self, first: Optional[int]) -> Wire:
        return self._emit(first, self._results)

    def peek(self) -> Wire:
        return self._results(self.states)

    def _grow(self, groups: int) -> None:
        if groups > len(self.states):
            self.states += self._new(groups - len(self.states))

    def _emit(self, first: Optional[int], make: Callable) -> Wire:
        count = len(self.states) if first is None else first
        if count > len(self.states):
            raise Error(f"{count} groups are asked for, and there are {len(self.states)}")
        wire = make(self.states[:count])
        del self.states[:count]
        return wire

    def _columns(self, states: List[Any]) -> Wire:
        raws = []
        for name, item in zip(self.names, self.items):
            values = [getattr(state, name) for state in states]
            try:
                if not item.optional and None in values:
                    raise Error(f"it is None, and its hint says {item}")
                raws.append(encode(values, item.type, item))
            except Error as error:
                raise Error(f"the state of {self.entry.name} can not be written down: {name}: {error}") from None
        return write(len(states), raws)

    def _results(self, states: List[Any]) -> Wire:
        try:
            values = run(self.thing.evaluate, len(states), "c", [states], None)
            raw = results(values, None, self.hint)
        except Error as error:
            # It would be that of a group, which nobody can find.
            error.row = None
            raise
        return write(len(states), [raw])


class OfColumns(Accumulator):
    """States to which the rows of each group are added at once, as columns that stay with the host."""

    def update_columns(self, columns: List[Column], rows: int, groups: int) -> None:
        self._grow(groups)
        self._by_group(self.thing.update, self.states, columns, rows)

    def retract_columns(self, columns: List[Column], rows: int, groups: int) -> None:
        retract = self._retract()
        self._grow(groups)
        self._by_group(retract, self.states, columns, rows)

    def _each(self, function: Callable, states: List[Any], groups: Raw, raws: List[Raw], rows: int) -> None:
        self._by_group(function, states, [column_of(raw) for raw in (groups, *raws)], rows)

    def _by_group(self, function: Callable, states: List[Any], columns: List[Column], rows: int) -> None:
        """Calls a method for each group that has rows, with its state and its part of each column."""
        if not rows:
            return
        groups, *arguments = columns
        if len(groups) == 1:
            state = _state(states, _numbers(groups.to_array().raw())[0])
            called(function, state, *[expanded(argument, rows) for argument in arguments])
            return
        if len(groups) != rows:
            raise Error(f"there are {len(groups)} groups for {rows} rows")
        # Sorted by group, the rows of each lie together, in the order that they had.
        order = groups.argsort()
        numbers = _numbers(groups.take(order).to_array().raw())
        handles = [expanded(argument, rows).take(order)._handle for argument in arguments]
        start = 0
        while start < rows:
            number = numbers[start]
            end = bisect_right(numbers, number, start)
            part = [Column(handle.slice(start, end - start)) for handle in handles]
            called(function, _state(states, number), *part)
            start = end


def _numbers(groups: Raw) -> memoryview:
    """The group of each row."""
    if groups.type.format != "I" or groups.null_count:
        raise Error(f"the groups of rows are {groups.type} where UInt32 without nulls is agreed")
    return memoryview(groups.buffers[0]).cast("I")[: groups.length]


def _state(states: List[Any], group: int) -> Any:
    if group >= len(states):
        raise Error(f"a row is of group {group}, and there are {len(states)} groups")
    return states[group]
