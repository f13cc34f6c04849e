from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from core.fidelity.measures import tsgbench

DIFFERENCES = [
    tsgbench.marginal_distribution_difference,
    tsgbench.autocorrelation_difference,
    tsgbench.skewness_difference,
    tsgbench.kurtosis_difference,
]


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def waves(seed: int, n: int = 40, n_samples: int = 80) -> np.ndarray:
    """Two channels of another size and law each."""
    steps = np.cumsum(noise(seed, n, 2, n_samples), axis=2) * np.array([[3.0], [0.1]], np.float32)
    steps[:, 1] = np.exp(steps[:, 1])
    return steps


def mdd_by_hand(real: np.ndarray, fake: np.ndarray) -> float:
    found = []
    for channel in range(real.shape[1]):
        low, high = real[:, channel].min(), real[:, channel].max()
        reals, fakes = ((signals[:, channel] - low) / (high - low) for signals in (real, fake))
        for sample in range(1, real.shape[2]):
            edges = np.linspace(reals[:, sample].min(), reals[:, sample].max(), 51)
            for left, right in pairwise(edges):
                is_last = right == edges[-1]
                counts = [
                    sum(left <= value < right or (is_last and value == right) for value in values[:, sample])
                    for values in (reals, fakes)
                ]
                densities = [count / len(of) / (right - left) for count, of in zip(counts, (reals, fakes), strict=True)]
                found.append(abs(densities[0] - densities[1]))
    return float(np.mean(found))


def acf_by_hand(values: np.ndarray) -> list[float]:
    """Of (n, n_samples)."""
    centred = values.astype(np.float64) - values.mean(dtype=np.float64)
    n_samples = values.shape[1]
    lags = range(min(64, n_samples))
    return [(centred[:, lag:] * centred[:, : n_samples - lag]).mean() / centred.var() for lag in lags]


def skew_by_hand(values: np.ndarray) -> float:
    centred = values.astype(np.float64).ravel() - values.mean(dtype=np.float64)
    return float((centred**3).mean() / centred.std(ddof=1) ** 3)


def test_the_marginal_distribution_difference_by_hand():
    real, fake = waves(1, 12, 5).astype(np.float64), waves(2, 9, 5).astype(np.float64)
    assert tsgbench.marginal_distribution_difference(real, fake) == pytest.approx(mdd_by_hand(real, fake), rel=1e-9)


def test_fakes_outside_leave_the_density_of_the_reals():
    # Each sample's density is 1 ÷ its range, on average over the bins between its extremes.
    real = np.array([[[0, 0, 0, 1]], [[4, 2, 4, 3]]], np.float32)
    ranges = np.array([2, 4, 2]) / 4
    outside = np.full((3, 1, 4), 99, np.float32)
    assert tsgbench.marginal_distribution_difference(real, outside) == pytest.approx((1 / ranges).mean())


def test_the_first_sample_does_not_count():
    real, fake = noise(1, 50, 1, 6), noise(2, 50, 1, 6)
    spoilt = fake.copy()
    spoilt[:, :, 0] = 99
    of_the_spoilt = tsgbench.marginal_distribution_difference(real, spoilt)
    assert of_the_spoilt == tsgbench.marginal_distribution_difference(real, fake)


@pytest.mark.parametrize("n_samples", [16, 63, 80])
def test_the_autocorrelation_difference_by_hand(n_samples):
    real, fake = waves(1, n_samples=n_samples), waves(2, 31, n_samples) + 5
    expected = [
        np.linalg.norm(np.subtract(acf_by_hand(real[:, channel]), acf_by_hand(fake[:, channel])))
        for channel in range(2)
    ]
    assert tsgbench.autocorrelation_difference(real, fake) == pytest.approx(np.mean(expected), rel=1e-6)


def test_the_skewness_difference_by_hand():
    real, fake = waves(1, 5, 16), waves(2, 4, 16)
    expected = np.mean([abs(skew_by_hand(real[:, c]) - skew_by_hand(fake[:, c])) for c in range(2)])
    assert tsgbench.skewness_difference(real, fake) == pytest.approx(expected, rel=1e-6)


def test_the_kurtosis_difference_is_that_of_scipy():
    real, fake = waves(1), waves(2, 30)
    kurtoses = [
        stats.kurtosis(np.moveaxis(values, 1, 0).reshape(2, -1).astype(float), axis=1) for values in (real, fake)
    ]
    assert tsgbench.kurtosis_difference(real, fake) == pytest.approx(np.abs(kurtoses[0] - kurtoses[1]).mean())


@pytest.mark.parametrize(
    ("difference", "floor", "spoil", "at_least"),
    [
        (DIFFERENCES[0], 0.3, lambda signals: signals + 1, 0.15),
        (DIFFERENCES[1], 0.15, lambda signals: signals + np.roll(signals, 1, axis=2), 0.4),
        (DIFFERENCES[2], 0.05, lambda signals: signals**2, 2),
        (DIFFERENCES[3], 0.1, lambda signals: signals**3, 10),
    ],
    ids=["shifted", "low-passed", "lopsided", "heavy tails"],
)
def test_fresh_reals_are_near_and_its_own_fault_is_far(difference, floor, spoil, at_least):
    real, fresh = noise(1, 1000, 1, 40), noise(2, 1000, 1, 40)
    assert difference(real, real) == 0
    assert difference(real, fresh) < floor
    assert difference(real, spoil(fresh)) > difference(real, fresh) + at_least


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_units_of_a_channel_do_not_matter(difference):
    real, fake = waves(1).astype(np.float64), waves(2).astype(np.float64)
    scale, level = np.array([[64], [0.25]]), np.array([[-32], [2]])
    assert difference(scale * real + level, scale * fake + level) == pytest.approx(difference(real, fake), rel=1e-6)


@pytest.mark.parametrize("difference", DIFFERENCES)
def test_every_channel_counts_as_much(difference):
    real, fake = noise(1, 100, 1, 20), np.cumsum(noise(2, 100, 1, 20), axis=2) ** 2
    both = difference(np.concatenate([real, real], axis=1), np.concatenate([real, fake], axis=1))
    assert both == pytest.approx(difference(real, fake) / 2, rel=1e-6)


@pytest.mark.filterwarnings("ignore:Precision loss")
@pytest.mark.parametrize("difference", DIFFERENCES)
@pytest.mark.parametrize("shape", [(1, 16), (3, 16), (2, 100)])
def test_any_shape_unequal_sets_and_constants_give_a_number(difference, shape):
    real, constant = noise(1, 7, *shape), np.full((4, *shape), 0.1, np.float32)
    assert difference(constant, constant) == 0
    found = [difference(real, noise(2, 3, *shape)), difference(real, constant), difference(constant, real)]
    assert np.isfinite(found).all()
    assert min(found) > 0
