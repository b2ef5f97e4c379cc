import math

import pytest
from arrowbox.testing import aggregate, laws
from geometric_mean import GeometricMean


@pytest.mark.parametrize(
    "numbers,expected",
    [([5.0], 5), ([2.0, 8.0], 4), ([1.0, 3.0, 9.0], 3), ([0.5, 2.0], 1), ([1.7e308] * 1000, 1.7e308), ([7.0, 0.0], 0)],
)
def test_means(numbers, expected):
    assert aggregate(GeometricMean, numbers) == pytest.approx(expected, rel=1e-15)


def test_nothing_has_none():
    assert aggregate(GeometricMean, [None, None]) is None


@pytest.mark.parametrize("number", [-1.0, -math.inf, math.inf, math.nan])
def test_some_numbers_have_none(number):
    assert math.isnan(aggregate(GeometricMean, [1.0, 0.0, number]))


@pytest.mark.parametrize(
    "numbers",
    [
        [1.5, None, 1e-300, 2e300, 7.0, 5e-324, 0.1, 1.7e308],
        [0.0, 3.0, math.nan, -0.0, None, -7.0, math.inf, 2.0],
        [None, None],
    ],
)
def test_the_laws_hold(numbers):
    laws(GeometricMean, numbers, close=lambda a, b: math.isclose(a, b, rel_tol=1e-14))
