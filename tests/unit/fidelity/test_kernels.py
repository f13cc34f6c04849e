import numpy as np
import pytest

from core.fidelity.measures.kernels import KERNELS_PER_GROUP, convolve, draw_kernels
from tests.unit.fidelity.conditional import rng


@pytest.mark.parametrize("n_channels", [1, 3])
@pytest.mark.parametrize("n_samples", [16, 64, 4096])
def test_each_kernel_gives_two_features(n_channels, n_samples):
    signals = rng().normal(size=(5, n_channels, n_samples)).astype(np.float32)
    features = convolve(signals, draw_kernels(signals, 40, rng(1)))
    assert features.shape == (5, 2 * 48)  # 40 in whole groups of 16
    assert bool(features.isfinite().all())


def test_kernels_are_those_of_their_random_numbers():
    signals = rng().normal(size=(20, 2, 32)).astype(np.float32)
    first, same, other = (convolve(signals, draw_kernels(signals, 32, rng(seed))) for seed in (1, 1, 2))
    assert first.equal(same)
    assert not first.equal(other)


def test_kernels_see_shapes_and_not_the_level():
    signals = rng().normal(size=(20, 2, 64)).astype(np.float32)
    groups = [group for group in draw_kernels(signals, 64 * KERNELS_PER_GROUP, rng(1)) if not group.padding]
    np.testing.assert_allclose(convolve(signals + 7, groups)[:, ::2], convolve(signals, groups)[:, ::2], atol=0.05)


def test_many_signals_are_convolved_as_few_are():
    signals = rng().normal(size=(4000, 1, 100)).astype(np.float32)
    groups = draw_kernels(signals, 16, rng(1))
    np.testing.assert_allclose(convolve(signals, groups)[-10:], convolve(signals[-10:], groups), rtol=1e-4, atol=1e-4)
