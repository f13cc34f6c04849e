import pytest
import torch
from torch import Tensor

from core.fidelity.measures.kernels import KERNEL_LENGTHS
from core.networks.manifold.convolutions import KERNELS_PER_GROUP, LENGTHS, N_GROUPS, RandomConvolutions


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def fitted(signals: Tensor) -> RandomConvolutions:
    convolutions = RandomConvolutions(*signals.shape[1:])
    convolutions.fit(signals)
    return convolutions


@pytest.fixture
def signals() -> Tensor:
    return torch.randn(200, 2, 40, generator=seeded()).cumsum(2)


@pytest.mark.parametrize("shape", [(1, 16), (3, 24), (20, 100), (1, 4096)])
def test_every_shape_of_signals_has_as_many_features(shape):
    signals = torch.randn(20, *shape, generator=seeded())
    features = fitted(signals)(signals)
    assert features.shape == (20, 2 * N_GROUPS * KERNELS_PER_GROUP)
    assert bool(features.isfinite().all())


def test_shares_are_between_none_and_all_and_differ_between_signals(signals):
    features = fitted(signals)(signals).unflatten(1, (N_GROUPS, 2, KERNELS_PER_GROUP))
    shares = features[:, :, 0]
    assert 0 <= shares.min() < shares.max() <= 1
    assert bool((shares.std(0) > 0).all())


def test_features_have_a_gradient_that_is_their_finite_difference(signals):
    convolutions = fitted(signals).double()
    some = signals[:5].double().requires_grad_()
    direction = torch.randn(some.shape, generator=seeded(1), dtype=torch.float64)
    weights = torch.randn(2 * N_GROUPS * KERNELS_PER_GROUP, generator=seeded(2), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((convolutions(some) @ weights).sum(), some)
    step = 1e-5
    with torch.no_grad():
        forth, back = (convolutions(some + sign * step * direction) @ weights for sign in (1, -1))
    assert float((gradient * direction).sum()) == pytest.approx(float((forth - back).sum() / (2 * step)), rel=1e-4)


def test_kernels_are_the_same_for_signals_of_one_shape(signals):
    torch.testing.assert_close(fitted(signals)(signals), fitted(signals)(signals), atol=0, rtol=0)


def test_a_level_is_not_seen(signals):
    convolutions = fitted(signals)
    torch.testing.assert_close(convolutions(signals + 5), convolutions(signals), atol=1e-3, rtol=0)


def test_no_kernel_is_one_of_those_that_judge_twins():
    assert not set(LENGTHS) & set(KERNEL_LENGTHS)
