"""Functions of rows."""

from arrowbox import scalar


@scalar
def gcd(a: int, b: int) -> int:
    """The greatest common divisor of two numbers."""
    a, b = abs(a), abs(b)
    while b:
        a, b = b, a % b
    return a


@scalar
def halved(x: float) -> float:
    return x / 2


@scalar
def shout(text: str) -> str:
    return "".join(c.upper() if c.isascii() else c for c in text) + "!"


@scalar
def turned(text: str) -> str:
    return text[::-1]


@scalar
def or_zero(x: int | None) -> int:
    return 0 if x is None else x


@scalar
def if_positive(x: int) -> int | None:
    return x if x > 0 else None


@scalar
def sum_all(*values: int | None) -> int:
    return sum(value for value in values if value is not None)


@scalar(name="twice")
def twice_number(x: int) -> int:
    return 2 * x


@scalar(name="twice")
def twice_float(x: float) -> float:
    return 2 * x


@scalar(name="twice")
def twice_text(x: str) -> str:
    return 2 * x
