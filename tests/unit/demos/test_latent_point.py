import pytest

from core.demos.latent_point import LatentPoint
from core.errors import ConfigError


@pytest.mark.parametrize(
    "point",
    [LatentPoint(7), LatentPoint(7, (0.5, -1.25)), LatentPoint(0, (1.0,), (2.0, 0.25)), LatentPoint(3, (), (1.0,))],
)
def test_a_point_is_written_and_read(point):
    assert LatentPoint.parse(point.format()) == point


@pytest.mark.parametrize(
    "text", ["", "x", "7_a", "7_1_2_3", "-1", "7_9", "7_nan", "7_inf", "99999999999999999999", "7.5"]
)
def test_a_text_that_is_no_point_is_refused_in_a_sentence(text):
    with pytest.raises(ConfigError, match="cannot be read"):
        LatentPoint.parse(text)
