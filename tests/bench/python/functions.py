"""The functions that benchmarks call in a component, and in the Python of this machine."""

from arrowbox import Column, scalar


@scalar
def add_one(x: int) -> int:
    """One more."""
    return x + 1


@scalar
def add_one_column(x: Column[int]) -> Column[int]:
    """One more. The engine adds, where the column is."""
    return x + 1


@scalar
def gcd(a: int, b: int) -> int:
    """The greatest common divisor of two numbers."""
    while b:
        a, b = b, a % b
    return abs(a)


@scalar
def upper(text: str) -> str:
    """Upper case."""
    return text.upper()
