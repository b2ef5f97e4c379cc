"""A reader and a writer."""

from typing import Iterator, NamedTuple

from arrowbox import Batch, Error, Exactness, Filter, Input, Options, Request, Split, reader, split_files, writer
from arrowbox.sink import File


def refuse(line):
    if line == "666":
        raise Error("666 is refused")


class Line(NamedTuple):
    line: str
    bytes: int


@reader
class TextLines:
    """The lines of files, `line`, and how many bytes each has, `bytes`, whose comparisons it does itself.

    `param.split` is the size of a split. Refuses 666.
    """

    def __init__(self, options: Options):
        options.only("split")
        self.split = int(options.param("split", "1000000"))

    def exactness(self, filter: Filter) -> Exactness:
        return Exactness.EXACT if filter.column == 1 else Exactness.UNSUPPORTED

    def plan(self, request: Request) -> list[Split]:
        return split_files(self.split)

    def read(self, split: Split, request: Request) -> Iterator[Line]:
        for line in split.lines():
            refuse(line.decode())
            if all(filter.passes(len(line)) for filter in request.filters):
                yield Line(line.decode(), len(line))


class Part:
    def __init__(self, number: int):
        self.file = File(f"lines/{number}.csv")
        self.rows = 0

    def write(self, rows: Batch) -> None:
        for line in rows.columns[0]:
            if line is not None:
                refuse(line)
                self.file.write(line + "\n")
                self.rows += 1

    def finish(self) -> bytes:
        self.file.finish()
        return str(self.rows).encode()


@writer
class LineFiles:
    """The texts of the first column, a line each: a file `lines/<partition>.csv` for each partition, and `rows.txt`.

    That says how many lines there are. Refuses 666.
    """

    def __init__(self, input: Input):
        pass

    def partition(self, number: int) -> Part:
        return Part(number)

    def commit(self, manifests: list[bytes]) -> None:
        file = File("rows.txt")
        file.write(f"{sum(map(int, manifests))}\n")
        file.finish()
