import numpy as np
import pytest

from core.training.selection import handed_over, is_better


@pytest.mark.parametrize(
    ("distances", "expected"),
    [
        ([2.0], 0),
        ([2.0, 1.9, 1.85], 0),  # nearer, but not clearly
        ([2.0, 1.7, 1.75], 1),
        ([2.0, 1.7, 1.6, 3.0], 2),  # once the start is beaten, the nearest
        ([2.0, 5.0, 9.0], 0),
    ],
)
def test_the_start_is_handed_over_until_it_is_clearly_beaten(distances, expected):
    assert handed_over(np.array(distances)) == expected


def test_the_first_state_is_better_than_none():
    assert is_better(7.0, np.inf, np.inf)
    assert not is_better(np.inf, np.inf, np.inf)
