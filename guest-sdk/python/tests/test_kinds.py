"""Aggregates, windows, tables, maps, readers and writers."""

import dataclasses
import json
import math
from typing import Iterator, NamedTuple, Optional, TypedDict

import pytest

from arrowbox import (
    Array,
    Batch,
    Column,
    Error,
    Exactness,
    Filter,
    Group,
    GroupedCall,
    Input,
    Options,
    Refused,
    Request,
    Split,
    TableCall,
    UInt64,
    aggregate,
    cogrouped_map,
    grouped_map,
    map_batches,
    reader,
    split_files,
    table,
    testing,
    window,
    writer,
)
from arrowbox._raw import Wire, read, write
from arrowbox._types import Field, Type
from arrowbox.files import Range, lines
from arrowbox.sink import File


@aggregate
class Mean:
    """The mean."""

    total: float = 0.0
    count: UInt64 = 0

    def update(self, value: float) -> None:
        self.total += value
        self.count += 1

    def retract(self, value: float) -> None:
        self.total -= value
        self.count -= 1

    def merge(self, other: "Mean") -> None:
        self.total += other.total
        self.count += other.count

    def evaluate(self) -> Optional[float]:
        return self.total / self.count if self.count else None


@aggregate
class Words:
    """All words, with an option and a state that is a list."""

    def __init__(self, options: Options):
        options.only("limit")
        self.limit = int(options.param("limit", "10"))
        self.words = []

    words: list[str]

    def update(self, word: Optional[str], times: int) -> None:
        self.words += [word or "-"] * times

    def merge(self, other: "Words") -> None:
        self.words += other.words

    def evaluate(self) -> list[str]:
        return sorted(self.words)[: self.limit]


@aggregate
class Spread:
    """Between the least and the greatest, and how many nulls there are."""

    low: Optional[float] = None
    high: Optional[float] = None
    nulls: int = 0
    rows: int = 0

    def update(self, value: Column[float], weight: Column[int]) -> None:
        self._add(value.min(), value.max(), value.null_count, weight.sum() or 0)

    def retract(self, value: Column[float], weight: Column[int]) -> None:
        self.nulls -= value.null_count
        self.rows -= weight.sum() or 0

    def merge(self, other: "Spread") -> None:
        self._add(other.low, other.high, other.nulls, other.rows)

    def _add(self, low, high, nulls, rows) -> None:
        if low is not None:
            self.low = low if self.low is None else min(low, self.low)
            self.high = high if self.high is None else max(high, self.high)
        self.nulls += nulls
        self.rows += rows

    def evaluate(self) -> Optional[str]:
        return None if self.low is None else f"{self.low}..{self.high}, {self.nulls} of {self.rows}"


@aggregate
class Chain:
    """Texts in the order in which they come."""

    text: str = ""

    def update(self, part: Column[str]) -> None:
        self.text += "".join(each or "-" for each in part.to_list())

    def merge(self, other: "Chain") -> None:
        self.text += other.text

    def evaluate(self) -> str:
        return self.text


def test_aggregates_of_columns():
    assert testing.entry_of(Spread).columns
    assert testing.aggregate(Spread, [1.0, None, 3.0], 1) == "1.0..3.0, 1 of 3"
    assert testing.aggregate(Spread, [], 1) is None
    testing.laws(Spread, [1.0, None, 3.0, 8.0, 0.5], [1, 1, 2, None, 5])
    groups = ["a", "b", "a", "c", "b"]
    assert testing.aggregate(Spread, [1.0, 7.0, 2.0, None, None], 1, groups=groups) == {
        "a": "1.0..2.0, 0 of 2",
        "b": "7.0..7.0, 1 of 2",
        "c": None,
    }
    assert testing.aggregate(Chain, ["x", "y", None, "z"], groups=["b", "a", "b", "a"]) == {"b": "x-", "a": "yz"}
    entry = testing.entry_of(Chain)
    opened = entry.open(entry, [Field("part", Type("u"))], Options())
    state = read(opened.state_fields, opened.convert(write(3, [testing._column(["x", None, "y"], Type("u"))])))
    assert [Array(each).to_list() for each in state] == [["x", "-", "y"]]
    assert not opened.retractable
    columns = [testing.column_of(testing._groups([0, 5])), testing.column_of(testing._column(["x", "y"], Type("u")))]
    with pytest.raises(Error, match="a row is of group 5, and there are 2 groups"):
        opened.update_columns(columns, 2, 2)
    with pytest.raises(Error, match="chain can not take rows back"):
        opened.retract_columns(columns, 2, 2)


def test_aggregates():
    assert testing.aggregate(Mean, [1.0, None, 3.0]) == 2.0
    assert testing.aggregate(Mean, [None]) is None
    assert testing.aggregate(Mean, [1.0, 2.0, 5.0], groups=["a", "b", "a"]) == {"a": 3.0, "b": 2.0}
    testing.laws(Mean, [1.0, None, 3.0, 8.0, 0.5])
    testing.laws(Words, ["a", None, "c", "b"], [1, 2, None, 1])
    assert testing.aggregate(Words, ["b", None, "a"], 2, options=Options({"limit": "3"})) == ["-", "-", "a"]


def test_groups_are_handed_out_and_move_down():
    entry = testing.entry_of(Mean)
    opened = entry.open(entry, [Field("value", Type("g"))], Options())
    assert [field.name for field in opened.state_fields] == ["total", "count"]
    assert opened.retractable
    column = testing._column([1.0, 2.0, 3.0], Type("g"))
    opened.update(write(3, [testing._groups([0, 1, 2]), column]), 3)
    assert testing._values(opened.result, opened.peek()) == [1.0, 2.0, 3.0]
    assert testing._values(opened.result, opened.evaluate(1)) == [1.0]
    opened.update(write(1, [testing._groups([0]), testing._column([4.0], Type("g"))]), 3)
    assert testing._values(opened.result, opened.evaluate(None)) == [3.0, 3.0, None]
    with pytest.raises(Error, match="1 groups are asked for, and there are 0"):
        opened.evaluate(1)
    with pytest.raises(Error, match="a row is of group 7, and there are 2 groups"):
        opened.update(write(1, [testing._groups([7]), testing._column([4.0], Type("g"))]), 2)
    state = read(opened.state_fields, opened.convert(write(2, [testing._column([4.0, None], Type("g"))])))
    assert [Array(each).to_list() for each in state] == [[4.0, 0.0], [1, 0]]
    nulls = testing._column([None], Type("g"))
    with pytest.raises(Error, match="this is no state of mean: total is null"):
        opened.merge(write(1, [testing._groups([0]), nulls, testing._column([1], Type("L"))]), 1)


def test_aggregates_that_are_none():
    with pytest.raises(Refused, match="it has no method `merge`"):

        @aggregate
        class NoMerge:
            n: int = 0

            def update(self, x: int): ...
            def evaluate(self) -> int: ...

    with pytest.raises(Refused, match="an aggregate takes values, or `Column`s"):

        @aggregate
        class OfArrays:
            n: int = 0

            def update(self, x: Array[int]): ...
            def merge(self, other): ...
            def evaluate(self) -> int: ...

    with pytest.raises(Refused, match="`retract` takes what `update` takes"):

        @aggregate
        class OfBoth:
            n: int = 0

            def update(self, x: Column[int]): ...
            def retract(self, x: int): ...
            def merge(self, other): ...
            def evaluate(self) -> int: ...

    with pytest.raises(Refused, match="it has no value to begin with"):

        @aggregate
        class NoDefault:
            n: int

            def update(self, x: int): ...
            def merge(self, other): ...
            def evaluate(self) -> int: ...

    with pytest.raises(Refused, match="it has no state"):

        @aggregate
        class NoState:
            def update(self, x: int): ...
            def merge(self, other): ...
            def evaluate(self) -> int: ...

    with pytest.raises(Refused, match=r"NoHint.n: set\[int\] is not supported"):

        @aggregate
        @dataclasses.dataclass
        class NoHint:
            n: set[int] = dataclasses.field(default_factory=set)

            def update(self, x: int): ...
            def merge(self, other): ...
            def evaluate(self) -> int: ...


@window
class Running:
    """A sum that remembers lists of its own."""

    def __init__(self):
        self.seen = []

    def next(self, value: int) -> int:
        self.seen.append(value)
        return sum(self.seen)


@window
def centered(values: Column[float]) -> Column[float]:
    return values - values.mean()


@window
def ranks(values: Array[float]) -> Array[int]:
    order = sorted(values)
    return [order.index(value) + 1 for value in values]


def test_windows():
    assert testing.window(Running, [1, None, 3]) == [1, None, 4]
    assert testing.window(Running, [1, None, 3], batch=1) == [1, None, 4]
    assert testing.window(centered, [1.0, None, 3.0]) == [-1.0, None, 1.0]
    assert testing.window(ranks, [0.5, 0.1]) == [2, 1]
    entry = testing.entry_of(ranks)
    opened = entry.open(entry, [Field("values", Type("g"))], Options())
    assert not opened.incremental
    with pytest.raises(Error, match="ranks needs a whole partition at once"):
        opened.push(Wire(0, [], [], []), True)
    with pytest.raises(Refused, match="is a class with `next`"):
        window(_of_rows)


def _of_rows(value: int) -> int:
    return value


class Part(NamedTuple):
    index: int
    part: Optional[str]


@table
def split(text: str, by: str) -> Iterator[Part]:
    for index, part in enumerate(text.split(by)):
        yield Part(index, part or None)


@table
def count_from(first: int) -> Iterator[int]:
    while True:
        yield first
        first += 1


@table
def wrong(n: int) -> list[Part]:
    return [Part(0, "a"), 5]


@table
def failing(n: int) -> Iterator[int]:
    yield n
    yield 1 // (n - 2)


def test_tables():
    assert testing.table(split, "a,,b", ",") == [
        {"index": 0, "part": "a"},
        {"index": 1, "part": None},
        {"index": 2, "part": "b"},
    ]
    entry = testing.entry_of(split)
    opened = entry.open(entry, [Field("", Type("u"))] * 2, Options())
    opened.push(write(3, [testing._column(["a b", None, "c"], Type("u")), testing._column(" ", Type("u"))]))
    wire = opened.next()
    parents = read([Field("", Type("I")), *opened.result], wire)[0]
    assert Array(parents).to_list() == [0, 0, 2]
    assert opened.next() is None
    rows = testing.table(count_from, 5, limit=20_000)
    assert [row["count_from"] for row in rows] == list(range(5, 20_005))


def test_errors_of_tables_name_the_row_of_the_arguments():
    with pytest.raises(Error, match="int 5 is not what is agreed, which is Part with the fields index, part") as error:
        testing.table(wrong, [1])
    assert error.value.row == 0
    with pytest.raises(Error, match="ZeroDivisionError") as error:
        testing.table(failing, [0, 1, 2])
    assert error.value.row == 2
    with pytest.raises(Refused, match="it gives rows, as in Iterator"):

        @table
        def plain(n: int) -> int:
            return n


class Count(TypedDict):
    rows: int


@map_batches
class CountRows:
    """How many rows there were so far, once for each so many of them."""

    def __init__(self, call: TableCall, options: Options):
        self.every = call.argument(0)
        self.seen = 0

    def push(self, rows: Batch) -> Iterator[Count]:
        for _ in range(rows.rows):
            self.seen += 1
            if self.seen % self.every == 0:
                yield {"rows": self.seen}

    def finish(self):
        yield {"rows": -self.seen}


@map_batches
class Keep:
    """The rows above a limit, all of their columns."""

    def __init__(self, call: TableCall):
        self.fields = call.fields
        self.column = call.column("x", float, int)
        self.limit = call.argument(0, 0)

    def schema(self):
        return self.fields

    def push(self, rows: Batch) -> Batch:
        keep = [place for place, x in enumerate(rows[self.column]) if x is not None and x > self.limit]
        return Batch(rows.fields, [column.take(keep) for column in rows.columns], len(keep))


@map_batches(columns=True)
class Scaled:
    """`x` times a factor, where it is."""

    def __init__(self, call: TableCall):
        self.factor = call.argument(0)

    def schema(self):
        return {"x": float, "twice": float}

    def push(self, rows: Batch) -> Batch:
        scaled = rows["x"] * self.factor
        return Batch.of({"x": scaled, "twice": scaled})


@map_batches
def shout(rows: Batch, end: str) -> Iterator[Part]:
    for row in rows:
        yield Part(row["n"], row["text"] + end)


def test_maps_of_batches():
    batches = [{"x": [1, 2, 3]}, {"x": [4, 5]}]
    made = testing.map_batches(CountRows, batches, 2)
    assert [batch.to_dict() for batch in made] == [{"rows": [2]}, {"rows": [4]}, {"rows": [-5]}]
    batches = [{"x": [1.0, None, 3.0], "t": ["a", "b", "c"]}]
    assert [batch.to_dict() for batch in testing.map_batches(Keep, batches, 2)] == [{"x": [3.0], "t": ["c"]}]
    made = testing.map_batches(Scaled, [{"x": [1.0, None]}], 3.0)
    assert made[0].to_dict() == {"x": [3.0, None], "twice": [3.0, None]}
    made = testing.map_batches(shout, [{"n": [1], "text": ["hey"]}], "!")
    assert made[0].to_dict() == {"index": [1], "part": ["hey!"]}
    with pytest.raises(Error, match="there is no column 'x': there are 'y'"):
        testing.map_batches(Keep, [{"y": [1]}])
    with pytest.raises(Error, match="the column 'x' is Utf8, and Float64 or Int64 is wanted"):
        testing.map_batches(Keep, [{"x": ["a"]}])
    with pytest.raises(Error, match="end is null"):
        testing.map_batches(shout, [{"n": [1], "text": ["hey"]}], None)


def test_maps_keep_what_they_promise():
    @map_batches
    class Breaks:
        def schema(self):
            return {"a": int}

        def push(self, rows: Batch) -> Batch:
            return Batch.of({"b": [1]})

    with pytest.raises(Error, match=r"the function gave a batch of \(b\), and its schema says \(a\)"):
        testing.map_batches(Breaks, [{"x": [1]}])
    with pytest.raises(Refused, match="nobody says what columns it gives"):

        @map_batches
        def silent(rows: Batch) -> Batch:
            return rows


@dataclasses.dataclass
class Range_:
    low: float
    high: float


@grouped_map
def range_of(group: Group) -> Range_:
    """The least and the greatest value of a column."""
    values = group["value"].values
    return Range_(min(values), max(values))


@grouped_map
class Longest:
    def __init__(self, call: GroupedCall, options: Options):
        options.only()
        self.text = call.column(call.argument(0, "text"), str)

    def map(self, group: Group) -> Iterator[Part]:
        texts = sorted(filter(None, group.values(self.text)), key=len)
        for index, text in enumerate(texts[-2:]):
            yield Part(index, text)


@grouped_map
class Whole:
    def __init__(self, call: GroupedCall):
        self.fields = [Field("copy_of_" + field.name, field.type) for field in call.fields]

    def schema(self):
        return self.fields

    def map(self, group: Group) -> Batch:
        return Batch(self.fields, group.rows().columns, len(group))


@cogrouped_map
def surplus(left: Group, right: Group) -> int:
    return len(left) - len(right)


def test_grouped_maps():
    rows = {"sensor": [7, 8, 7], "value": [1.5, 2.5, 0.5]}
    assert testing.grouped_map(range_of, rows, "sensor") == [
        {"sensor": 7, "low": 0.5, "high": 1.5},
        {"sensor": 8, "low": 2.5, "high": 2.5},
    ]
    rows = {"k": ["a", "b", None, "a"], "j": [1, 1, 2, 1], "text": ["x", None, "zz", "yyy"]}
    assert testing.grouped_map(Longest, rows, ["k", "j"]) == [
        {"k": "a", "j": 1, "index": 0, "part": "x"},
        {"k": "a", "j": 1, "index": 1, "part": "yyy"},
        {"k": None, "j": 2, "index": 0, "part": "zz"},
    ]
    got = testing.grouped_map(Whole, {"k": [1, 2, 1], "v": ["a", "b", "c"]}, "k")
    assert got == [
        {"k": 1, "copy_of_k": 1, "copy_of_v": "a"},
        {"k": 1, "copy_of_k": 1, "copy_of_v": "c"},
        {"k": 2, "copy_of_k": 2, "copy_of_v": "b"},
    ]
    with pytest.raises(Error, match="'low' is a column of the key and a column of what the function gives"):
        testing.grouped_map(range_of, {"low": [1], "value": [1.0]}, "low")


@grouped_map(columns=True)
def spread(group: Group) -> float:
    return group["value"].max() - group["value"].min()


@grouped_map(columns=True)
class Centered:
    def schema(self):
        return {"centered": float}

    def map(self, group: Group) -> Batch:
        values = group["value"]
        return Batch.of({"centered": values - values.mean()})


@cogrouped_map(columns=True)
def totals(left: Group, right: Group) -> float:
    return (left["x"].sum() or 0.0) + (right["x"].sum() or 0.0)


def test_groups_of_columns():
    rows = {"k": ["a", "b", "a"], "value": [1.0, 5.0, 4.0]}
    assert testing.grouped_map(spread, rows, "k") == [{"k": "a", "spread": 3.0}, {"k": "b", "spread": 0.0}]
    assert testing.grouped_map(Centered, rows, "k") == [
        {"k": "a", "centered": -1.5},
        {"k": "a", "centered": 1.5},
        {"k": "b", "centered": 0.0},
    ]
    left, right = {"k": [1, 2], "x": [1.0, 2.0]}, {"k": [2, 3], "x": [0.5, 8.0]}
    assert testing.cogrouped_map(totals, left, right, "k") == [
        {"k": 1, "totals": 1.0},
        {"k": 2, "totals": 2.5},
        {"k": 3, "totals": 8.0},
    ]


def test_cogrouped_maps():
    left, right = {"key": [1, 2, 1]}, {"key": [3, 2], "x": ["a", "b"]}
    assert testing.cogrouped_map(surplus, left, right, "key") == [
        {"key": 1, "surplus": 2},
        {"key": 2, "surplus": 0},
        {"key": 3, "surplus": -1},
    ]
    with pytest.raises(Error, match="the keys of the tables are not of the same types"):
        testing.cogrouped_map(surplus, left, {"key": ["a"]}, "key")


def test_a_group_that_goes_on_is_mapped_once():
    entry = testing.entry_of(Longest)
    fields = [Field("k", Type("l")), Field("text", Type("u"))]
    opened = entry.open(entry, [fields], [[0]], [], Wire(1, [], [], []), Options())
    assert [field.name for field in opened.result] == ["k", "index", "part"]

    def push(keys, texts, ends, continued):
        raws = [testing._column(keys, Type("l")), testing._column(texts, Type("u"))]
        opened.push([(write(len(keys), raws), ends)], continued)
        found = []
        while (wire := opened.next()) is not None:
            found += [tuple(row.values()) for row in Batch.read(opened.result, read(opened.result, wire), wire.rows)]
        return found

    assert push([1, 2], ["a", "b"], [0, 1, 2], True) == [(1, 0, "a")]
    assert push([2, 2], ["cc", "ddd"], [0, 2], True) == []
    assert push([2, 3], ["e", "f"], [0, 1, 2], True) == [(2, 0, "cc"), (2, 1, "ddd")]
    assert push([], [], [0, 0], False) == [(3, 0, "f")]
    with pytest.raises(Error, match="the offsets of the groups are not those of the rows"):
        push([1], ["a"], [0, 2], False)


def test_columns_of_every_type_pass_through_groups():
    from test_layouts import LAYOUTS, MORE_LAYOUTS, union

    from arrowbox._encode import encode
    from arrowbox._raw import take

    class All:
        def __init__(self, call):
            self.fields = [field.named(f"v{at}") for at, field in enumerate(call.fields)]

        def schema(self):
            return self.fields

        def map(self, group):
            return Batch(self.fields, group.rows().columns, len(group))

    class Either(All):
        def map(self, left, right):
            group = left if len(left) else right
            return Batch(self.fields, group.rows().columns, len(group))

    grouped_map(All)
    cogrouped_map(Either)
    entry, either = testing.entry_of(All), testing.entry_of(Either)
    layouts = [encode(values, data_type) for data_type, values in LAYOUTS + MORE_LAYOUTS]
    for raw in [*layouts, union("s"), union("d")]:
        fields = [Field("k", raw.type)]
        opened = entry.open(entry, [fields], [[0]], [], Wire(1, [], [], []), Options())
        expected, found = [], []
        for continued in (True, True, False):
            opened.push([(write(raw.length, [raw]), [0, raw.length])], continued)
            expected += Array(raw).to_list()
            while (wire := opened.next()) is not None:
                assert not continued
                key, value = read(opened.result, wire)
                assert Array(key).to_list() == expected[:1] * wire.rows
                found += Array(value).to_list()
        assert found == expected
        opened = either.open(either, [fields, fields], [[0], [0]], [], Wire(1, [], [], []), Options())
        ends = [list(range(raw.length + 1)), [0] * (raw.length + 1)]
        tables = [(write(raw.length, [raw]), ends[0] + [raw.length]), (write(1, [take(raw, [0])]), ends[1] + [1])]
        opened.push(tables, False)
        found = []
        while (wire := opened.next()) is not None:
            found += Array(read(opened.result, wire)[0]).to_list()
        assert found == [*expected[: raw.length], expected[0]]


@dataclasses.dataclass
class Side:
    side: str


@cogrouped_map
def sides(left: Group, right: Group) -> Side:
    return Side("left" if len(left) else "right")


def test_keys_of_two_tables_stay_what_they_are():
    from array import array

    from arrowbox._raw import Raw

    entry = testing.entry_of(sides)
    data_type = Type("tsn:")
    fields = [Field("k", data_type)]

    def keys(*values):
        return Raw(data_type, len(values), buffers=[array("q", values).tobytes()])

    opened = entry.open(entry, [fields, fields], [[0], [0]], [], Wire(1, [], [], []), Options())
    opened.push([(write(2, [keys(1, 1003)]), [0, 1, 1, 2]), (write(1, [keys(-(1 << 63))]), [0, 0, 1, 1])], False)
    made = read(opened.result, opened.next())
    assert made[0].buffers == [array("q", [1, -(1 << 63), 1003]).tobytes()]
    assert Array(made[1]).to_list() == ["left", "right", "left"]


def test_constructors_are_given_things_by_name():
    @map_batches
    class Named:
        def __init__(self, limit: int = 5, *, given: TableCall, options: Optional[Options] = None):
            self.seen = [limit, given.arguments, options.param("x")]

        def push(self, rows: Batch) -> Iterator[str]:
            return [repr(self.seen)]

    made = testing.map_batches(Named, [{"x": [1]}], 7, options=Options({"x": "1"}))
    assert list(made[0]) == [{"named": "[5, [7], '1']"}]


@aggregate
class Gathered:
    values: list[int] = dataclasses.field(default_factory=list)

    def update(self, value: int) -> None:
        self.values.append(value)

    def merge(self, other: "Gathered") -> None:
        self.values = other.values if not self.values else self.values + other.values

    def evaluate(self) -> list[int]:
        return self.values


def test_states_share_nothing():
    from arrowbox._encode import encode

    entry = testing.entry_of(Gathered)
    fields = [Field("value", Type("l"))]
    opened = entry.open(entry, fields, Options())
    state = encode([[7]], opened.state_fields[0].type)
    opened.merge(write(2, [testing._groups([0, 1]), state]), 2)
    opened.update(write(1, [testing._groups([0]), encode([8], Type("l"))]), 2)
    opened.update(write(0, [testing._groups([5]), encode([], Type("l"))]), 2)
    assert testing._values(opened.result, opened.evaluate(None)) == [[7, 8], [7]]


@aggregate
@dataclasses.dataclass(kw_only=True)
class Named:
    low: Optional[int] = None
    count: int = 0

    def update(self, value: int) -> None:
        self.low = value if self.low is None else min(self.low, value)
        self.count += 1

    def merge(self, other: "Named") -> None:
        if other.count:
            self.low = other.low if self.low is None else min(self.low, other.low)
            self.count += other.count

    def evaluate(self) -> Optional[int]:
        return self.low


def test_states_can_have_fields_that_are_given_by_name():
    testing.laws(Named, [3, None, 1, 2])


def test_lists_without_nulls_are_lists():
    whole = Type("+l", [Field("item", Type("l"), False)])
    fields = [Field("x", whole)]

    @map_batches
    class Lists:
        def __init__(self, call: TableCall):
            assert call.column("x", list[int]) == 0

        def schema(self):
            return {"x": list[int]}

        def push(self, rows: Batch):
            return rows

    from arrowbox._encode import encode

    entry = testing.entry_of(Lists)
    opened = entry.open(entry, fields, [], Wire(1, [], [], []), Options())
    opened.push(write(1, [encode([[1, 2]], whole)]))
    assert Array(read(opened.result, opened.next())[0]) == [[1, 2]]
    assert not opened.result[0].type.fits(whole)


def test_filters_compare_as_sql_does():
    nan = math.nan
    for comparison, value, passed in (
        ("greater", 1.0, [2.0, nan]),
        ("less", nan, [-1.0, 1.0, 2.0]),
        ("equal", nan, [nan]),
        ("not-equal", 1.0, [-1.0, 2.0, nan]),
        ("less-or-equal", 1.0, [-1.0, 1.0]),
    ):
        found = [each for each in (-1.0, 1.0, 2.0, nan, None) if Filter(0, comparison, value).passes(each)]
        assert str(found) == str(passed)


@pytest.mark.parametrize(
    "split,message",
    [
        (Split(Range("a", -1, 1)), "is no part of a file"),
        (Split(Range("a", 0, 1.5)), "is no part of a file"),
        (Split(Range(None, 0, 1)), "is no part of a file"),
        (Split(Range("\udcff", 0, 1)), "no text in UTF-8"),
        (Split(token="a"), "the token of a split is str, and bytes are wanted"),
        (Split(rows=-1), "a split of -1 rows"),
        (None, "`plan` gave NoneType where a Split is wanted"),
    ],
)
def test_splits_that_can_not_be_sent_are_refused(split, message):
    @reader
    class Splits:
        def plan(self, request):
            yield split

        def read(self, split: Split, request: Request) -> Iterator[int]:
            return []

    with pytest.raises(Error, match=message):
        testing.reads(Splits, {"a": b"x"})


def test_splits_have_some_bytes():
    for size in (0, -1):
        with testing.with_files({"a": b"one"}), pytest.raises(Error, match=f"splits of {size} bytes have no end"):
            split_files(size)


def test_files_are_finished_where_with_ends():
    from array import array

    with testing.with_sink() as files:
        with File("a") as file:
            assert file.write("ä") == 2
            assert file.write(array("i", [1])) == 4
        assert file.finish() == 6
        with pytest.raises(ValueError), File("b") as file:
            file.write(b"lost")
            raise ValueError
        with pytest.raises(Error, match="c is finished already"), File("c") as file:
            file.finish()
            file.write(b"late")
        File("d").write(b"dropped")
    assert files == {"a": "ä".encode() + array("i", [1]).tobytes(), "c": b""}


@dataclasses.dataclass
class Bounds:
    low: int
    high: int


def test_what_stands_behind_tables_is_as_it_is_hinted():
    @map_batches
    def within(rows: Batch, bounds: Bounds, *names: str) -> Iterator[int]:
        return [bounds.high - bounds.low, len(names)]

    @grouped_map
    def within_group(group: Group, bounds: Bounds, *names: str) -> int:
        return bounds.high - bounds.low

    rows = {"x": [1]}
    assert [list(batch) for batch in testing.map_batches(within, [rows], Bounds(1, 3), "a")] == [
        [{"within": 2}, {"within": 1}]
    ]
    assert testing.grouped_map(within_group, rows, "x", Bounds(1, 3)) == [{"x": 1, "within_group": 2}]
    for behind, message in (
        ((Bounds(1, 3), "a", None), "names is null"),
        ((None, "a"), "bounds is null"),
    ):
        with pytest.raises(Error, match=message):
            testing.map_batches(within, [rows], *behind)
        with pytest.raises(Error, match=message):
            testing.grouped_map(within_group, rows, "x", *behind)


class Line(NamedTuple):
    number: int
    text: str


@reader
class LineFiles:
    """Lines of text."""

    def __init__(self, options: Options):
        options.only("size")
        self.size = int(options.param("size", "1000000"))

    def plan(self, request: Request) -> list[Split]:
        return split_files(self.size)

    def exactness(self, filter: Filter) -> Exactness:
        return Exactness.EXACT if filter.column == 1 else Exactness.UNSUPPORTED

    def read(self, split: Split, request: Request) -> Iterator[Line]:
        for number, line in enumerate(split.lines()):
            if all(filter.passes(line.decode()) for filter in request.filters):
                yield Line(number, line.decode())


@reader
class Whole_:
    """Each file is a row; columns as somebody wants them."""

    def schema(self):
        return {"path": str, "size": int, "text": str}

    def read(self, split: Split, request: Request) -> Iterator[Batch]:
        from arrowbox import files

        path = split.range.path
        columns = {"path": [path], "size": [files.size(path)]}
        if 2 in request.projection:
            columns["text"] = [files.read(path).decode()]
        yield Batch.of(columns)


FILES = {"b.txt": b"three\r\n\nfour", "a.txt": b"one\ntwo\n", "empty": b""}


@pytest.mark.parametrize("size", ["1", "2", "3", "5", "100"])
def test_readers(size):
    rows = testing.reads(LineFiles, FILES, ["text"], options=Options({"size": size}))
    assert [row["text"] for row in rows] == ["one", "two", "three\r", "", "four"]


def test_readers_do_what_a_request_wants():
    rows = testing.reads(LineFiles, FILES, filters=[Filter(1, "greater", "oo")])
    assert rows == [{"number": 1, "text": "two"}, {"number": 0, "text": "three\r"}]
    assert testing.reads(Whole_, FILES, ["size", "path"]) == [
        {"size": 8, "path": "a.txt"},
        {"size": 12, "path": "b.txt"},
    ]
    assert testing.reads(Whole_, FILES)[0]["text"] == "one\ntwo\n"
    entry = testing.entry_of(LineFiles)
    opened = entry.open(entry, Options())
    assert opened.exactness([Filter(0, "less", 1), Filter(1, "less", "a")]) == [Exactness.UNSUPPORTED, Exactness.EXACT]


def test_splits_that_have_rows_twice_are_an_error():
    @reader
    class Twice:
        def plan(self, request: Request):
            return [Split(Range("a", 0, 1)), Split(Range("a", 0, 2))]

        def read(self, split: Split, request: Request) -> Iterator[Line]: ...

    with pytest.raises(Error, match="two splits begin at byte 0 of a: together they would have rows twice"):
        testing.reads(Twice, FILES)


@pytest.mark.parametrize("data", [b"", b"\n", b"a", b"a\nb", b"\n\n", b"long line\r\n" * 20, b"x" * 50 + b"\ny"])
def test_parts_of_a_file_have_each_line_once(data, monkeypatch):
    import arrowbox.files as files

    monkeypatch.setattr(files, "BUFFER", 7)
    expected = data.split(b"\n")
    if expected[-1] == b"":
        expected.pop()
    for step in (1, 3, 7, 10, 100):
        with testing.with_files({"f": data}):
            found = [
                line for at in range(0, len(data), step) for line in lines(Range("f", at, min(step, len(data) - at)))
            ]
        assert found == expected, step


@writer
class JsonLines:
    """Objects of JSON, a line for each row, and how many there are."""

    def __init__(self, input: Input, options: Options):
        options.only()
        self.names = [field.name for field in input.fields]

    def partition(self, number: int):
        return JsonFile(f"part-{number}.jsonl")

    def commit(self, manifests):
        file = File("_count")
        file.write(str(sum(map(int, manifests))))
        file.finish()


class JsonFile:
    def __init__(self, path):
        self.file = File(path)
        self.rows = 0

    def write(self, rows: Batch):
        for row in rows:
            self.file.write(json.dumps(row) + "\n")
        self.rows += len(rows)

    def finish(self):
        self.file.finish()
        return str(self.rows).encode()


def test_writers():
    partitions = [[{"a": [1, None], "b": ["x", "y"]}, {"a": [2], "b": ["z"]}], [{"a": [3], "b": [None]}]]
    assert testing.writes(JsonLines, partitions) == {
        "part-0.jsonl": b'{"a": 1, "b": "x"}\n{"a": null, "b": "y"}\n{"a": 2, "b": "z"}\n',
        "part-1.jsonl": b'{"a": 3, "b": null}\n',
        "_count": b"4",
    }
    with testing.with_sink() as made:
        for path in ("", "/a", "a/", ".a", "a/../b"):
            with pytest.raises(Error, match="names between `/`"):
                File(path)
        File("a/b").write(b"lost")
        with pytest.raises(Error, match="a/b is there already"):
            File("a/b")
        large = File("large")
        for _ in range(3):
            large.write(b"x" * 200_000)
        assert large.finish() == 600_000
    assert list(made) == ["large"]


def test_constructors_are_given_what_they_ask_for():
    with pytest.raises(Error, match="the parameter `path` is none of what it can be given: options"):

        @reader
        class Asks:
            def __init__(self, path):
                self.path = path

            def read(self, split: Split, request: Request) -> Iterator[Line]: ...

        testing.reads(Asks, FILES)


def test_nan_is_a_number_to_aggregates():
    assert math.isnan(testing.aggregate(Mean, [math.nan]))
