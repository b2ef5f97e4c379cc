"""The geometric mean: an aggregate whose state is a product."""

import math

from arrowbox import UInt64, aggregate

# Where a product's significand is brought back to the middle of what a float can hold.
LARGE = 2.0**512
SMALL = 1 / LARGE


def split(number: float) -> tuple[float, int]:
    """A positive finite number as a significand from one to two and an exponent of two."""
    significand, exponent = math.frexp(number)
    return significand * 2, exponent - 1


@aggregate
class GeometricMean:
    """The geometric mean: the n-th root of the product of n numbers.

    Zero if one of them is zero; not a number if one is negative, infinite or not a number itself. Null if there are
    none.
    """

    # The product of the positive numbers is this times two to the power of `exponent`: it neither overflows nor
    # vanishes, and takes one rounding for each number, where sums of logarithms take more.
    significand: float = 1.0
    exponent: int = 0
    positive: UInt64 = 0
    # Counted, since a product can not be divided by them again.
    zero: UInt64 = 0
    other: UInt64 = 0

    def update(self, value: float) -> None:
        if 0 < value < math.inf:
            significand, exponent = split(value)
            self.significand *= significand
            self.exponent += exponent
            self.positive += 1
            if self.significand > LARGE:
                self._normalise()
        elif value == 0:
            self.zero += 1
        else:
            self.other += 1

    def retract(self, value: float) -> None:
        if 0 < value < math.inf:
            significand, exponent = split(value)
            self.significand /= significand
            self.exponent -= exponent
            self.positive -= 1
            if self.significand < SMALL:
                self._normalise()
        elif value == 0:
            self.zero -= 1
        else:
            self.other -= 1

    def merge(self, other: "GeometricMean") -> None:
        self._normalise()
        other._normalise()
        self.significand *= other.significand
        self.exponent += other.exponent
        self.positive += other.positive
        self.zero += other.zero
        self.other += other.other

    def evaluate(self) -> float | None:
        if self.other:
            return math.nan
        if self.zero:
            return 0.0
        if not self.positive:
            return None
        # Whole powers of two are split off, which is exact; what is left for the logarithm is less than two.
        significand, exponent = split(self.significand)
        whole, rest = divmod(self.exponent + exponent, self.positive)
        return math.ldexp(2 ** ((math.log2(significand) + rest) / self.positive), whole)

    def _normalise(self) -> None:
        self.significand, exponent = split(self.significand)
        self.exponent += exponent
