"""Lines through the points of groups: a function of all rows of a key."""

from typing import NamedTuple, Optional

from arrowbox import Error, Group, GroupedCall, UInt64, grouped_map


class Fit(NamedTuple):
    """What is known of the points of a group."""

    # How much y grows with one of x.
    slope: Optional[float]
    # y where x is zero.
    intercept: Optional[float]
    # Which part of the variance of y the line explains.
    r2: Optional[float]
    # How many points there are.
    n: UInt64


def fit(x: list[float], y: list[float]) -> Fit:
    """The line with the smallest sum of squared vertical distances to points, of which there are as many x as y."""
    n = len(x)
    if n < 2:
        return Fit(None, None, None, n)
    # Squares of the distances from the mean, taken in a second pass, do not cancel as sums of squares do.
    mean_x, mean_y = mean(x), mean(y)
    dx = [value - mean_x for value in x]
    dy = [value - mean_y for value in y]
    xx = sum([a * a for a in dx])
    xy = sum([a * b for a, b in zip(dx, dy)])
    yy = sum([b * b for b in dy])
    if xx == 0:
        return Fit(None, None, None, n)
    slope = xy / xx
    # Rounding can take a part of a whole above it.
    part = slope * (xy / yy) if yy > 0 else None
    return Fit(slope, mean_y - slope * mean_x, 1.0 if part is not None and part > 1 else part, n)


def mean(numbers: list[float]) -> float:
    """The mean, which is exact where all numbers are equal."""
    first = numbers[0]
    return first + sum([number - first for number in numbers]) / len(numbers)


@grouped_map
class LinearRegression:
    """The line through the points of each group, by ordinary least squares: `slope`, `intercept`, `r2` and `n`.

    The points are the columns `x` and `y`, or those whose names stand behind the function, of type double. Where one
    of the two is null there is no point. `slope`, `intercept` and `r2` are null where no line is the best, and `r2`
    where all y are equal.
    """

    def __init__(self, call: GroupedCall):
        names = call.arguments or ["x", "y"]
        if len(names) != 2:
            raise Error(f"linear_regression takes the names of two columns or none, and not {len(names)} arguments")
        self.x, self.y = [call.column(name, float) for name in names]

    def map(self, group: Group) -> Fit:
        x, y = group.values(self.x), group.values(self.y)
        if None in x or None in y:
            points = [(a, b) for a, b in zip(x, y) if a is not None and b is not None]
            x, y = [a for a, _ in points], [b for _, b in points]
        return fit(x, y)
