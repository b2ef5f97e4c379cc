"""Smoothed series: a window function that goes from row to row."""

from arrowbox import Error, window


@window
class Ewma:
    """The exponentially weighted moving average: each value counts `1 - alpha` times as much as the one after it.

    `alpha` is above 0 and not above 1. The average begins with the first value; where a value is null it stays as it
    is. Null before the first value.
    """

    def __init__(self):
        self.mean = None

    def next(self, value: float | None, alpha: float) -> float | None:
        """The average up to this row."""
        if not 0 < alpha <= 1:
            raise Error(f"alpha is {alpha}: it has to be above 0 and not above 1")
        if self.mean is None:
            self.mean = value
        elif value is not None:
            self.mean = alpha * value + (1 - alpha) * self.mean
        return self.mean
