import pytest
from arrowbox import Error
from arrowbox.testing import grouped_map
from linear_regression import Fit, LinearRegression, fit


@pytest.mark.parametrize("count", [2, 3, 4, 5, 9, 100])
def test_points_of_a_line_give_it(count):
    x = [float(n) for n in range(count)]
    assert fit(x, [0.5 * n - 3 for n in x]) == pytest.approx((0.5, -3, 1, count), abs=1e-13)


def test_distances_from_the_line_take_from_r2():
    assert fit([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 1.0, 4.0, 3.0, 5.0]) == pytest.approx((0.8, 0.6, 0.64, 5))


def test_some_points_have_no_line():
    for x, y in [([], []), ([1.0], [1.0]), ([0.1] * 3, [1.0, 2.0, 3.0])]:
        assert fit(x, y) == Fit(None, None, None, len(x))
    assert fit([1.0, 2.0, 3.0], [0.7] * 3) == Fit(0.0, 0.7, None, 3)


def test_rows_of_a_key_are_points():
    rows = {
        "series": ["a", "b", "a", "a", "b", None],
        "day": [0.0, 1.0, 1.0, None, 3.0, 1.0],
        "price": [1.0, 5.0, 3.0, 9.0, 5.0, 2.0],
    }
    assert grouped_map(LinearRegression, rows, "series", "day", "price") == [
        {"series": "a", "slope": 2.0, "intercept": 1.0, "r2": 1.0, "n": 2},
        {"series": "b", "slope": 0.0, "intercept": 5.0, "r2": None, "n": 2},
        {"series": None, "slope": None, "intercept": None, "r2": None, "n": 1},
    ]


def test_columns_have_to_be_there():
    rows = {"k": [1], "x": [1], "y": [1.0]}
    with pytest.raises(Error, match="there is no column 'z': there are 'k', 'x', 'y'"):
        grouped_map(LinearRegression, rows, "k", "y", "z")
    with pytest.raises(Error, match="the column 'x' is Int64, and Float64 is wanted: cast it in the query"):
        grouped_map(LinearRegression, rows, "k")
    with pytest.raises(Error, match="two columns or none, and not 1 arguments"):
        grouped_map(LinearRegression, rows, "k", "x")
