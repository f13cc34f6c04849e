"""Channels of one recording with rates of their own."""

import math

import numpy as np
import pytest

from core.errors import SignalFileError
from core.recordings.reading.rates import MAX_RATIO, Channel, side_by_side


def channels(*rates: float) -> list[Channel]:
    return [Channel(f"u{i}", np.arange(20.0 * (i + 1)), rate) for i, rate in enumerate(rates)]


def test_the_slower_channel_is_resampled_and_told():
    values, rate, findings = side_by_side("a.tdms", channels(10.0, 20.0))
    assert (values.shape, rate) == ((2, 40), 20.0)
    assert "resampled to 20 Hz" in findings[0].sentence


@pytest.mark.parametrize(("rates", "says"), [((1.0, 2 * MAX_RATIO), "too far apart"), ((1.0, math.nan), "is not said")])
def test_rates_that_do_not_go_together_are_refused(rates, says):
    with pytest.raises(SignalFileError, match=says):
        side_by_side("a.tdms", channels(*rates))
