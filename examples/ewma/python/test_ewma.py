import pytest
from arrowbox import Error
from arrowbox.testing import window
from ewma import Ewma

VALUES = [None, 1.0, 3.0, None, 0.0]


@pytest.mark.parametrize("batch", [None, 1, 2, 5])
def test_older_values_count_less(batch):
    assert window(Ewma, VALUES, 0.5, batch=batch) == [None, 1.0, 2.0, 2.0, 1.0]


def test_alpha_is_a_part():
    with pytest.raises(Error, match="alpha is 1.5: it has to be above 0"):
        window(Ewma, [1.0], 1.5)
