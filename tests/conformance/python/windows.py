"""Windows."""

from arrowbox import Column, window

from aggregates import refuse


@window
class RunningTotal:
    """The sum of a partition up to each row; null where the value is. Refuses 666."""

    def __init__(self):
        self.sum = 0

    def next(self, value: int) -> int:
        refuse(value)
        self.sum += value
        return self.sum


@window
def above_least(values: Column[int]) -> Column[int]:
    """How much each value of a partition is above the least."""
    return values - values.min()
