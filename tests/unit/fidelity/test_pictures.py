"""Long signals are drawn by the extremes of their stretches."""

import numpy as np
import pytest

from core.fidelity.comparison import Comparison
from core.fidelity.overlay import overlay
from core.fidelity.pictures import MAX_DRAWN, Signals, thinned
from core.fidelity.signal_set import SignalSet


@pytest.mark.parametrize("n_samples", [16, MAX_DRAWN])
def test_what_a_screen_shows_is_drawn_as_it_is(n_samples):
    signals = np.random.default_rng(0).normal(size=(2, 1, n_samples))
    assert thinned(signals) is signals


@pytest.mark.parametrize("n_samples", [MAX_DRAWN + 1, 16_384])
def test_long_signals_keep_their_extremes_and_their_place(n_samples):
    signals = np.random.default_rng(0).normal(size=(2, 3, n_samples)).astype(np.float32)
    signals[:, :, 7_000 % n_samples] = 50
    drawn = thinned(signals)
    assert MAX_DRAWN / 2 < drawn.shape[2] <= MAX_DRAWN + 2
    np.testing.assert_array_equal(drawn.max(2), signals.max(2))
    np.testing.assert_array_equal(drawn.min(2), signals.min(2))
    assert (drawn.argmax(2) / drawn.shape[2]).flat[0] == pytest.approx((7_000 % n_samples) / n_samples, abs=1e-3)


def test_the_time_of_thinned_signals_is_theirs():
    signals = np.random.default_rng(0).normal(size=(8, 1, 16_384)).astype(np.float32)
    one = SignalSet(signals, np.arange(16_384) / 1000)
    picture = overlay(Comparison(real=one, other=one, training=signals, seed=0))
    assert picture.interval * len(picture.channels[0].fake[0]) == pytest.approx(16.384)


def test_signals_of_unequal_lengths_are_no_picture():
    with pytest.raises(ValueError, match="same number of samples"):
        Signals(reference=[[0.0, 1.0]], fake=[[0.0]])
