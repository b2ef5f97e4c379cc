"""Functions that make a table of files."""

from __future__ import annotations

import enum
import inspect
from typing import Any, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from . import files
from ._arguments import called, one_row
from ._batch import Batch
from ._decode import decode
from ._errors import Error, Refused, crossing
from ._function import Entry, Said, construct, decorator
from ._raw import Wire
from ._schema import batches_of, lazily, promised, static_schema
from ._types import Field
from .files import Range


class Exactness(enum.Enum):
    """How much of a filter a reader does itself."""

    #: Every row that it gives passes the filter.
    EXACT = "exact"
    #: It leaves out some rows that do not pass; the engine filters again.
    INEXACT = "inexact"
    #: It does not look at the filter.
    UNSUPPORTED = "unsupported"


_COMPARISONS = {
    "equal": lambda left, right: left == right,
    "not-equal": lambda left, right: left != right,
    "less": lambda left, right: left < right,
    "less-or-equal": lambda left, right: left <= right,
    "greater": lambda left, right: left > right,
    "greater-or-equal": lambda left, right: left >= right,
}


class Filter(NamedTuple):
    """`column comparison value`."""

    #: A column of the table: of all its columns, not of a projection.
    column: int
    #: `equal`, `not-equal`, `less`, `less-or-equal`, `greater`, `greater-or-equal`, `is-null`, `is-not-null`.
    comparison: str
    #: What it is compared with, as a Python value.
    value: Any = None

    def passes(self, value: Any) -> bool:
        """Whether a value of the column passes, as in SQL."""
        if self.comparison == "is-null":
            return value is None
        if value is None:
            return False
        if self.comparison == "is-not-null":
            return True
        if self.value is None:
            return False
        left, right = value, self.value
        if left != left or right != right:
            # What is no number equals itself and is greater than all numbers.
            left, right = left != left, right != right
        return _COMPARISONS[self.comparison](left, right)


def filters_of(comparisons: Sequence[Tuple[int, str]], fields: Sequence[Field], wire: Wire) -> List[Filter]:
    values = [decode(raw)[0] for raw in one_row(fields, wire)] if fields else []
    if len(values) != len(comparisons):
        raise Error(f"{len(comparisons)} filters came with {len(values)} values")
    return [Filter(column, comparison, value) for (column, comparison), value in zip(comparisons, values)]


class Request(NamedTuple):
    """What a query wants of a table."""

    #: The columns that are wanted, counted from zero, in the order wanted. There can be none.
    projection: List[int]
    #: Filters that the reader said it does something about. They all hold.
    filters: List[Filter] = []
    #: So many rows in all are enough.
    limit: Optional[int] = None

    @classmethod
    def of_host(cls, projection: Sequence[int], filters: Any, limit: Optional[int]) -> "Request":
        return cls(list(projection), filters_of(*filters), limit)


class Split(NamedTuple):
    """A part of a table that can be read by itself: a part of a file, a token, or both."""

    range: Optional[Range] = None
    #: What `read` needs to find it again, where a range is not all.
    token: bytes = b""
    #: About how many rows it has.
    rows: Optional[int] = None

    def lines(self) -> Iterator[bytes]:
        """The lines of the part of a file."""
        if self.range is None:
            raise Error("the split is no part of a file, and has no lines")
        return files.lines(self.range)


def split_files(size: Optional[int] = None) -> List[Split]:
    """Cuts all files into parts of nearly the same size, of at most so many bytes each: for files that can be read
    from anywhere, such as lines. Without a size, each file is one part. An empty file has none."""
    if size is not None and size <= 0:
        raise Error(f"splits of {size} bytes have no end")
    splits = []
    for path, total in files.entries():
        if not total:
            continue
        parts = 1 if size is None else -(-total // size)
        length = -(-total // parts)
        for offset in range(0, total, length):
            splits.append(Split(Range(path, offset, min(length, total - offset))))
    return splits


def _reader(
    thing: Any, *, name: Optional[str] = None, volatility: str = "immutable", grants: Sequence[str] = ()
) -> Entry:
    """A function that makes a table of files: above a class with `read(self, split, request)`, which gives rows of
    the type that its result is hinted to be (`-> Iterator[Visit]`), or `Batch`es.

    If it has `plan(self, request)`, that cuts what is to be read into `Split`s; else each file is one.
    `exactness(self, filter)` says which filters it does itself. Rows have all columns; a `Batch` has at least those
    that are wanted.
    """
    said = Said(thing, "reader", name, volatility, grants)
    if not inspect.isclass(thing) or not inspect.isfunction(getattr(thing, "read", None)):
        raise said.place.error("a reader is a class with a method `read(self, split, request)`")
    return Entry(
        "reader",
        said.name,
        thing,
        said.place,
        open=lambda entry, options: TableReader(entry, said, options),
        **said.common(),
    )


reader = decorator(_reader)


class TableReader:
    """A reader at one place in a query. See `wit/reader.wit`."""

    def __init__(self, entry: Entry, said: Said, options):
        self.reader = called(lambda: construct(entry.thing, said.place, options=options))
        try:
            self.result, self.shape = static_schema(entry.thing, self.reader, entry.thing.read, said.place, entry.name)
        except Refused as error:
            raise Error(error) from None

    def exactness(self, filters: Sequence[Filter]) -> List[Exactness]:
        if not hasattr(self.reader, "exactness"):
            return [Exactness.UNSUPPORTED] * len(filters)
        said = [called(self.reader.exactness, each) for each in filters]
        for each in said:
            if not isinstance(each, Exactness):
                raise Error(f"`exactness` gave {each!r}: it gives Exactness.EXACT, INEXACT or UNSUPPORTED")
        return said

    def plan(self, request: Request) -> List[Split]:
        if hasattr(self.reader, "plan"):
            splits = called(lambda: list(self.reader.plan(request)))
        else:
            splits = split_files()
        begins = set()
        for split in splits:
            if not isinstance(split, Split):
                raise Error(f"`plan` gave {type(split).__name__} where a Split is wanted")
            _check(split)
            if split.range is None:
                continue
            begin = (split.range.path, split.range.offset)
            if begin in begins:
                raise Error(f"two splits begin at byte {begin[1]} of {begin[0]}: together they would have rows twice")
            begins.add(begin)
        return splits

    def read(self, split: Split, request: Request) -> "SplitReader":
        for column in request.projection:
            if column >= len(self.result):
                raise Error(f"column {column} is wanted of a table of {len(self.result)}")
        given = called(self.reader.read, split, request)
        batches = lazily(batches_of(given, self.shape, self.result))
        return SplitReader(batches, [self.result[column] for column in request.projection], request.limit)


def _check(split: Split) -> None:
    """Refuses a split that can not be sent to a host."""

    def is_count(number: Any) -> bool:
        return isinstance(number, int) and 0 <= number < 1 << 64

    path, *ends = split.range or ("",)
    if not isinstance(path, str) or not all(map(is_count, ends)):
        raise Error(f"{split.range!r} is no part of a file: it is a path, and from which byte on how many")
    crossing(path)
    if not isinstance(split.token, bytes):
        raise Error(f"the token of a split is {type(split.token).__name__}, and bytes are wanted")
    if split.rows is not None and not is_count(split.rows):
        raise Error(f"a split of {split.rows!r} rows: it is a number from zero on, or None")


class SplitReader:
    """A split being read."""

    def __init__(self, batches: Iterator[Batch], fields: List[Field], limit: Optional[int]):
        self.batches = batches
        self.fields = fields
        self.left = limit

    def next(self) -> Optional[Wire]:
        if self.left is not None and self.left <= 0:
            return None
        for batch in self.batches:
            wanted = batch.select([field.name for field in self.fields])
            if self.left is not None:
                self.left -= batch.rows
            return promised(wanted, self.fields)
        return None
