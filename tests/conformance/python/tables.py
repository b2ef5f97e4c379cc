"""Table functions."""

from typing import Iterator, NamedTuple

from arrowbox import table

from aggregates import refuse


@table
def series(first: int, last: int) -> Iterator[int]:
    """The numbers from `first` to `last`. Refuses to begin with 666."""
    refuse(first)
    yield from range(first, last + 1)


class Piece(NamedTuple):
    place: int
    piece: str


@table
def pieces(text: str, by: str) -> Iterator[Piece]:
    """The pieces of a text, from zero on."""
    for place, piece in enumerate(text.split(by)):
        yield Piece(place, piece)


@table
def count_from(first: int) -> Iterator[int]:
    """Numbers without end."""
    while True:
        yield first
        first += 1
