"""The parts of texts: a table function, which gives rows for each row."""

from typing import Iterator, NamedTuple

from arrowbox import Error, table


class Part(NamedTuple):
    """A part of a text."""

    # Its place among the parts of its text, from one.
    index: int
    # What is between two delimiters.
    part: str


@table
def explode(text: str, delimiter: str) -> Iterator[Part]:
    """The parts of a text between delimiters, in their order: `index`, from one, and `part`.

    A text without a delimiter is one part, an empty one too; parts can be empty. Null has no parts.
    """
    if not delimiter:
        raise Error("the delimiter is empty: nothing is between two of them")
    for index, part in enumerate(text.split(delimiter), 1):
        yield Part(index, part)
