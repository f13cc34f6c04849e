import numpy as np
import pytest
from scipy.signal import lfilter

from core.signals.scaling import Scaling
from core.signals.value_limits import LEFT_OUT, ValueLimits

N, N_SAMPLES = 500, 48


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def wandering(rng: np.random.Generator) -> np.ndarray:
    """Normal values with a memory, (N, N_SAMPLES)."""
    return lfilter([1], [1, -0.8], rng.standard_normal((N, N_SAMPLES + 50)))[:, 50:].astype(np.float32)


def one_channel(values: np.ndarray) -> np.ndarray:
    return values[:, None].astype(np.float32)


def test_of_plain_measurements_nothing_is_found_and_nothing_changed(rng):
    reals = one_channel(wandering(rng))
    limits = ValueLimits.find(reals)
    assert limits.sentences() == []
    np.testing.assert_array_equal(limits.apply(3 * reals), 3 * reals)
    np.testing.assert_array_equal(limits.undo(reals), reals)


def test_rounded_values_come_out_rounded(rng):
    reals = one_channel(np.round(wandering(rng) / 0.25) * 0.25)
    fakes = one_channel(wandering(rng))
    limited = ValueLimits.find(reals).apply(fakes)
    assert np.isin(limited, reals).all()
    inside = np.abs(fakes) < 2
    assert np.abs(limited - fakes)[inside].max() <= 0.125 + 1e-6


def test_a_resolution_too_fine_to_see_is_left_alone(rng):
    reals = one_channel(np.round(wandering(rng), 4))
    assert not len(ValueLimits.find(reals).channels[0].levels)


def test_an_on_off_channel_is_on_or_off(rng):
    reals = one_channel(wandering(rng) > 0)
    limits = ValueLimits.find(reals)
    assert np.unique(limits.apply(one_channel(wandering(rng)))).tolist() == [0, 1]
    assert limits.sentences("V") == ["on or off, 0 or 1 V."]


def test_bounds_that_reals_come_near_are_not_crossed(rng):
    reals = one_channel(rng.uniform(2, 5, (N, N_SAMPLES)))
    limits = ValueLimits.find(reals)
    limited = limits.apply(one_channel(rng.normal(3, 5, (N, N_SAMPLES))))
    assert limited.min() >= reals.min()
    assert limited.max() <= reals.max()
    assert limits.sentences("m") == ["never below 2 m and never above 5 m."]


def test_the_largest_values_of_a_thin_tail_are_no_bounds(rng):
    limits = ValueLimits.find(one_channel(wandering(rng))).channels[0]
    assert np.isinf([limits.lower, limits.upper]).all()


def test_values_that_rest_at_a_bound_are_continued_beyond_it_and_come_back(rng):
    reals = one_channel(np.maximum(wandering(rng), 0.5) - 0.5)
    limits = ValueLimits.find(reals)
    undone = limits.undo(reals)
    rests = reals == 0
    assert rests.mean() > 0.5
    assert (undone[rests] < 0).all()
    np.testing.assert_array_equal(undone[~rests], reals[~rests])
    np.testing.assert_array_equal(limits.apply(undone), reals)


def test_the_longer_a_rest_the_deeper_it_goes(rng):
    reals = one_channel(np.maximum(wandering(rng), 0.5) - 0.5)
    reals[0, 0] = [1, 0, 0, 0, 1, 0] + [1] * (N_SAMPLES - 6)
    undone = ValueLimits.find(reals).undo(reals)[0, 0]
    assert undone[2] < undone[1] == undone[3] == undone[5] < 0
    assert undone[0] == undone[4] == 1


def test_smooth_fakes_rest_at_the_bound_as_often_as_reals(rng):
    """A generator of the right mean and covariance, which knows nothing of the bound."""
    reals = one_channel(np.maximum(wandering(rng), 0.5) - 0.5)
    scaling = Scaling.fit(reals, limit_values=True)
    learned = scaling.to_network(reals)[:, 0]
    fakes = rng.multivariate_normal(learned.mean(0), np.cov(learned.T), N).astype(np.float32)
    share = np.mean(scaling.to_physical(fakes[:, None]) == 0)
    assert share == pytest.approx(np.mean(reals == 0), abs=0.1)
    unlimited = Scaling.fit(reals)
    assert np.mean(unlimited.to_physical(fakes[:, None]) == 0) == 0


def test_the_upper_bound_is_treated_like_the_lower_one(rng):
    reals = one_channel(np.minimum(wandering(rng), 0.3))
    limits = ValueLimits.find(reals)
    undone = limits.undo(reals)
    assert (undone[reals == reals.max()] > reals.max()).all()
    np.testing.assert_array_equal(limits.apply(undone), reals)


def test_each_channel_has_limits_of_its_own(rng):
    reals = np.stack([wandering(rng), np.round(wandering(rng)), rng.uniform(0, 1, (N, N_SAMPLES))], 1)
    limits = ValueLimits.find(reals.astype(np.float32))
    assert [sentence.split(":")[0] for sentence in limits.sentences()] == ["Channel 2", "Channel 3"]


def test_bounds_can_be_left_out_where_no_values_rest_at_them(rng):
    waves, rain = np.sin(wandering(rng)), np.maximum(wandering(rng), 0)
    limits = ValueLimits.find(np.stack([waves, rain], 1).astype(np.float32))
    free = limits.unbounded()
    assert limits.is_bounded
    assert not free.is_bounded
    beyond = np.full((1, 2, N_SAMPLES), -9, np.float32)
    assert limits.apply(beyond)[0, 0, 0] == pytest.approx(-1, abs=1e-3)
    np.testing.assert_array_equal(free.apply(beyond)[0, :, 0], [-9, 0])


def test_that_bounds_were_left_out_is_told_also_after_a_file(rng):
    limits = ValueLimits.find(one_channel(np.sin(wandering(rng))))
    assert LEFT_OUT not in limits.sentences()
    for free in (limits.unbounded(), ValueLimits.from_arrays(limits.unbounded().to_arrays())):
        assert free.sentences() == [LEFT_OUT]
    rounded = ValueLimits.find(one_channel(np.round(wandering(rng))))
    assert LEFT_OUT not in rounded.unbounded().sentences()


def test_levels_are_no_bounds_that_could_be_left_out(rng):
    assert not ValueLimits.find(one_channel(np.round(wandering(rng)))).is_bounded


def test_what_is_no_number_stays_none(rng):
    fakes = one_channel(wandering(rng))
    fakes[0, 0, :3] = np.nan, np.inf, -np.inf
    limited = ValueLimits.find(one_channel(np.round(wandering(rng)))).apply(fakes)
    np.testing.assert_array_equal(limited[0, 0, :3], fakes[0, 0, :3])


def test_limits_outlive_a_file(rng):
    reals = np.stack([wandering(rng), np.round(wandering(rng)), np.maximum(wandering(rng), 0)], 1).astype(np.float32)
    scaling = Scaling.fit(reals, limit_values=True)
    again = Scaling.from_arrays(scaling.to_arrays())
    fakes = rng.standard_normal(reals.shape).astype(np.float32)
    np.testing.assert_array_equal(again.to_physical(fakes), scaling.to_physical(fakes))
    np.testing.assert_array_equal(again.to_network(reals), scaling.to_network(reals))


def test_a_scaling_without_limits_outlives_a_file(rng):
    scaling = Scaling.fit(one_channel(np.round(wandering(rng))))
    again = Scaling.from_arrays(scaling.to_arrays())
    assert again.limits is None
    assert (again.mean, again.std) == (scaling.mean, scaling.std)
