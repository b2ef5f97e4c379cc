"""Every way to go wrong."""

from arrowbox import Array, Error, scalar


@scalar
def said_no(x: int) -> int:
    """Says no to three, in words of its own."""
    if x == 3:
        raise Error("three is too much")
    return x


@scalar
def breaks(x: int) -> int:
    """What the language does when a program goes on no more."""
    if x == 3:
        raise ValueError("three is too much")
    return x


@scalar
def asserts(x: int) -> int:
    """Asserts that it is not three."""
    assert x != 3, "three is too much"
    return x


@scalar
def deep(x: int) -> int:
    """Calls itself without end."""
    return 1 + deep(x + 1)


@scalar
def hoards(x: int) -> int:
    """Takes all memory."""
    everything = []
    while True:
        everything.append(bytes(1 << 20))


@scalar
def spins(x: int) -> int:
    """Never ends."""
    while True:
        x += 1


@scalar
def wrong_type(x: int) -> int:
    """Gives text where it promised numbers."""
    return "text"


@scalar
def wrong_length(x: Array[int]) -> Array[int]:
    """Gives one value, however many rows there are."""
    return [x[0]]
