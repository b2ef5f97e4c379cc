"""Functions that give one value for each group of rows."""

from __future__ import annotations

import copy
import dataclasses
import inspect
from typing import Any, Callable, List, Optional, Sequence

from ._annotations import struct_items
from ._arguments import called, received, results, rows_of
from ._decode import decode
from ._encode import encode
from ._errors import Error
from ._function import Entry, Said, construct, decorator, row_parameters, row_result, takes_options
from ._loop import run
from ._raw import Raw, Wire, write
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
    parameters, variadic = row_parameters(methods["update"], said.place, 1)
    hint = row_result(methods["evaluate"], said.place)
    retract = getattr(thing, "retract", None)
    if retract is not None:
        others, _ = row_parameters(retract, said.place, 1)
        if [other.type for other in others] != [parameter.type for parameter in parameters]:
            raise said.place.error("`retract` takes what `update` takes")
    return Entry(
        "aggregate",
        said.name,
        thing,
        said.place,
        strict=False,
        parameters=parameters,
        variadic=variadic,
        result=[hint.field(said.name)],
        open=lambda entry, fields, options: Accumulator(entry, fields, options, names, items, hint),
        **said.common(),
    )


aggregate = decorator(_aggregate)


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
        arguments = rows_of(raws, rows, self.parameters)
        if groups.length == 1 and rows != 1:
            run(
                function,
                rows,
                "k" + arguments.kinds,
                [self._state(groups, states)[0], *arguments.columns],
                arguments.valid,
            )
        else:
            of_rows = self._state(groups, states)
            if len(of_rows) != rows:
                raise Error(f"there are {len(of_rows)} groups for {rows} rows")
            run(function, rows, "c" + arguments.kinds, [of_rows, *arguments.columns], arguments.valid)

    def _state(self, groups: Raw, states: List[Any]) -> List[Any]:
        """The state of the group of each row."""
        if groups.type.format != "I" or groups.null_count:
            raise Error(f"the groups of rows are {groups.type} where UInt32 without nulls is agreed")
        numbers = memoryview(groups.buffers[0]).cast("I")[: groups.length].tolist()
        try:
            return [states[number] for number in numbers]
        except IndexError:
            raise Error(f"a row is of group {max(numbers)}, and there are {len(states)} groups") from None

    def update(self, wire: Wire, groups: int) -> None:
        self._grow(groups)
        column, *raws = received(self.rows, wire)
        self._each(self.thing.update, self.states, column, raws, wire.rows)

    def retract(self, wire: Wire, groups: int) -> None:
        if not self.retractable:
            raise Error(f"{self.entry.name} can not take rows back: it has no `retract`")
        self._grow(groups)
        column, *raws = received(self.rows, wire)
        self._each(self.thing.retract, self.states, column, raws, wire.rows)

    def merge(self, wire: Wire, groups: int) -> None:
        self._grow(groups)
        column, *raws = received(self.of_states, wire)
        others = self._read(raws, wire.rows)
        of_rows = self._state(column, self.states)
        if column.length == 1:
            of_rows = of_rows * wire.rows
        run(self.thing.merge, wire.rows, "cc", [of_rows, others], None)

    def _read(self, raws: List[Raw], rows: int) -> List[Any]:
        columns = []
        for raw, name, item in zip(raws, self.names, self.items):
            if raw.null_count and not item.optional:
                raise Error(f"this is no state of {self.entry.name}: {name} is null")
            values = decode(raw, item)
            columns.append(values * rows if raw.length == 1 and rows != 1 else values)
        if self.generated and all(field.init for field in dataclasses.fields(self.thing)):
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
        arguments = rows_of(raws, wire.rows, self.parameters)
        run(self.thing.update, wire.rows, "c" + arguments.kinds, [states, *arguments.columns], arguments.valid)
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
