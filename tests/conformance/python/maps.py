"""Functions from tables to tables."""

from typing import Iterator, NamedTuple

from arrowbox import Batch, Group, GroupedCall, TableCall, cogrouped_map, grouped_map, map_batches

from aggregates import refuse


@map_batches(columns=True)
class Scaled:
    """The column `v`, and it times the argument. Refuses 666."""

    def __init__(self, call: TableCall):
        self.by = call.argument(0)
        refuse(self.by)

    def schema(self):
        return {"v": int, "scaled": int}

    def push(self, rows: Batch) -> Batch:
        return Batch.of({"v": rows["v"], "scaled": rows["v"] * self.by})


class Sum(NamedTuple):
    rows: int
    sum: int


@map_batches
class Tally:
    """One row at the end: how many rows there were, and the sum of their column `v`. Refuses 666."""

    def __init__(self, call: TableCall):
        self.rows = 0
        self.sum = 0

    def push(self, rows: Batch) -> Iterator[Sum]:
        for value in rows["v"]:
            if value is not None:
                refuse(value)
                self.sum += value
        self.rows += len(rows)
        return iter(())

    def finish(self) -> Iterator[Sum]:
        yield Sum(self.rows, self.sum)


class Span(NamedTuple):
    low: int | None
    high: int | None
    rows: int


@grouped_map
class SpanOf:
    """The least and the greatest value of the column `v` of a group, and how many rows it has. Refuses 666."""

    def __init__(self, call: GroupedCall):
        self.v = call.column("v", int)

    def map(self, group: Group) -> Span:
        values = [value for value in group.values(self.v) if value is not None]
        for value in values:
            refuse(value)
        return Span(min(values, default=None), max(values, default=None), len(group))


@cogrouped_map
def surplus(left: Group, right: Group) -> int:
    """How many rows more a key has in the left table."""
    return len(left) - len(right)
