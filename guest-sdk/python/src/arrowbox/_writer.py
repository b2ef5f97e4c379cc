"""Functions that put a table somewhere."""

from __future__ import annotations

import inspect
from typing import Any, List, Optional, Sequence

from ._arguments import called, received
from ._batch import Batch
from ._errors import Error
from ._function import Entry, Said, construct, decorator
from ._grouped import Input
from ._raw import Wire
from ._types import Field


def _writer(
    thing: Any, *, name: Optional[str] = None, volatility: str = "immutable", grants: Sequence[str] = ()
) -> Entry:
    """A function that puts a table somewhere: above a class with `partition(self, number)`, which gives what writes
    one partition: an object with `write(self, rows: Batch)` and `finish(self)`, which can return bytes.

    `commit(self, manifests)`, if it is there, has what all of them returned, and can make more files. `__init__` can
    ask for `input`, the columns of the table, and for `options`. What `arrowbox.sink.File` makes is seen by nobody
    before all of it is there.
    """
    said = Said(thing, "writer", name, volatility, grants)
    if not inspect.isclass(thing) or not inspect.isfunction(getattr(thing, "partition", None)):
        raise said.place.error("a writer is a class with a method `partition(self, number)`")
    return Entry(
        "writer",
        said.name,
        thing,
        said.place,
        open=lambda entry, input, options: TableWriter(entry, said, input, options),
        **said.common(),
    )


writer = decorator(_writer)


class TableWriter:
    """A writer at one place in a query. See `wit/writer.wit`."""

    def __init__(self, entry: Entry, said: Said, input: Sequence[Field], options):
        self.input = list(input)
        columns = Input(self.input, [])
        self.writer = called(lambda: construct(entry.thing, said.place, input=columns, options=options))

    def partition(self, number: int) -> "PartitionWriter":
        opened = called(self.writer.partition, number)
        for method in ("write", "finish"):
            if not callable(getattr(opened, method, None)):
                raise Error(f"`partition` gave {type(opened).__name__}, which has no method `{method}`")
        return PartitionWriter(opened, self.input)

    def commit(self, manifests: List[bytes]) -> None:
        if hasattr(self.writer, "commit"):
            called(self.writer.commit, manifests)


class PartitionWriter:
    """One partition of a writer."""

    def __init__(self, opened: Any, input: List[Field]):
        self.opened: Optional[Any] = opened
        self.input = input

    def write(self, wire: Wire) -> None:
        if self.opened is None:
            raise Error("the partition has finished already")
        called(self.opened.write, Batch.read(self.input, received(self.input, wire), wire.rows))

    def finish(self) -> bytes:
        if self.opened is None:
            raise Error("the partition has finished already")
        opened, self.opened = self.opened, None
        manifest = called(opened.finish)
        if manifest is None or isinstance(manifest, int):
            return b""
        if not isinstance(manifest, (bytes, bytearray)):
            raise Error(f"`finish` returned {type(manifest).__name__} where bytes or None are agreed")
        return bytes(manifest)
