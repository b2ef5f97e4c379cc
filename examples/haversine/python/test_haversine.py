import math

import pytest
from arrowbox.testing import scalar
from haversine import RADIUS, haversine

QUARTER = RADIUS * math.pi / 2


@pytest.mark.parametrize(
    "start,end,expected",
    [
        ((0.0, 0.0), (90.0, 0.0), QUARTER),
        ((0.0, 0.0), (0.0, 180.0), 2 * QUARTER),
        ((90.0, 0.0), (-90.0, 77.0), 2 * QUARTER),
        ((47.3769, 8.5417), (47.3769, 8.5417), 0),
        # Zürich to New York.
        ((47.3769, 8.5417), (40.7128, -74.006), 6324.4),
    ],
)
def test_known_distances(start, end, expected):
    assert scalar(haversine, *start, *end) == [pytest.approx(expected, abs=1)]


def test_null_and_what_is_no_number_stay_so():
    null, nan = scalar(haversine, [None, math.nan], 0.0, 0.0, [0.0, 0.0])
    assert null is None and math.isnan(nan)
