"""Functions of whole columns."""

from arrowbox import Column, same_as_first, scalar, where


@scalar
def add_one(x: Column[int]) -> Column[int]:
    return x + 1


@scalar
def at_most(x: Column[int], limit: Column[int]) -> Column[int]:
    return where(x > limit, limit, x)


@scalar
def initial(text: Column[str]) -> Column[str]:
    return text.substring(1, 1).upper()


@scalar
def nulls_in(values: Column) -> Column[int]:
    return values.is_null().cast(int)


@scalar(returns=same_as_first)
def same_any(values: Column):
    return values
