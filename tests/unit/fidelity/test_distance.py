import numpy as np
import pytest

from core.config import SimulatorConfig, ValueRange
from core.fidelity.measures.distance import DistanceToReal
from core.signals.simulator import Simulator

N = 512
FASTER = ValueRange(minimum=1.5, maximum=2.5, step=0.001)


def simulated(seed: int = 1, **changes) -> np.ndarray:
    """Signals of the default simulator, or of one that was changed."""
    return Simulator(SimulatorConfig(**changes)).sample(N, seed)


@pytest.fixture(scope="module")
def reals() -> np.ndarray:
    """Both halves of the reals that are measured against."""
    return Simulator(SimulatorConfig()).held_out(2 * N, seed=0).signals


@pytest.fixture(scope="module")
def distance(reals) -> DistanceToReal:
    return DistanceToReal(reals, seed=0)


@pytest.fixture(scope="module")
def fresh() -> np.ndarray:
    """Reals that the distance has not seen."""
    return simulated()


def test_fresh_reals_are_about_one_floor_away(distance):
    distances = [distance(simulated(seed)) for seed in range(1, 9)]
    assert min(distances) > 0.7
    assert max(distances) < 1.5
    assert np.mean(distances) == pytest.approx(1, abs=0.2)


def test_reals_measured_against_themselves_are_at_0(distance, reals):
    assert distance(reals[:N]) < 1e-5


@pytest.mark.parametrize(
    ("changes", "multiple"),
    [
        ({"noise_amplitude": 0}, 1.8),
        ({"noise_amplitude": 0.6}, 2.5),
        ({"noise_color": "pink"}, 1.5),
        ({"angular_frequency": FASTER}, 2.5),
        ({"waveform": "square"}, 2),
    ],
    ids=lambda part: str(part),
)
def test_another_source_is_clearly_further_away(distance, fresh, changes, multiple):
    assert distance(simulated(**changes)) > multiple * distance(fresh)


@pytest.mark.parametrize(
    ("change", "multiple"),
    [
        (lambda signals: signals + 3, 2),
        (lambda signals: 0.5 * signals, 4),
        (lambda signals: np.repeat(signals[:1], len(signals), axis=0), 8),
    ],
    ids=["shifted", "scaled", "collapsed"],
)
def test_spoilt_signals_are_clearly_further_away(distance, fresh, change, multiple):
    assert distance(change(fresh)) > multiple * distance(fresh)


def test_a_larger_shift_is_further_away(distance, fresh):
    distances = [distance(fresh + shift) for shift in (0, 1, 2, 4, 8, 16)]
    assert distances == sorted(distances)
    assert distances[-1] > 3 * distances[0]


def test_units_do_not_matter(distance, reals, fresh):
    in_thousandths = DistanceToReal(1000 * reals, seed=0)
    assert in_thousandths(1000 * fresh) == pytest.approx(distance(fresh), rel=1e-4)


def test_the_order_of_the_fakes_does_not_matter(distance, fresh):
    assert distance(fresh[::-1]) == pytest.approx(distance(fresh), rel=1e-4)


def test_every_channel_counts(reals, fresh):
    distance = DistanceToReal(np.concatenate([reals, reals[::-1]], axis=1), seed=0)
    second = simulated(seed=2)
    right, wrong = (np.concatenate([fresh, channel], axis=1) for channel in (second, second + 8))
    assert distance(wrong) > 2 * distance(right)


def test_the_same_seed_measures_the_same(distance, reals, fresh):
    again = DistanceToReal(reals, seed=0)
    assert again(fresh) == distance(fresh)
    assert again.diversity(fresh) == distance.diversity(fresh)


def test_the_distance_of_many_fakes_is_the_mean_of_as_many_sets_as_there_are(distance, fresh):
    other = simulated(seed=2)
    together = np.concatenate([fresh, other, other[:7]])
    assert distance(together) == pytest.approx((distance(fresh) + distance(other)) / 2)


@pytest.mark.parametrize("noise_amplitude", [0, 0.2])
def test_another_noise_is_seen_where_it_is_a_hundredth_of_the_signal(noise_amplitude):
    distance = DistanceToReal(Simulator(SimulatorConfig(noise_amplitude=0.1)).held_out(2 * N, seed=0).signals, seed=0)
    assert distance(simulated(noise_amplitude=noise_amplitude)) > 2 * distance(simulated(noise_amplitude=0.1))


def test_noise_of_another_law_is_seen(distance, fresh):
    rng = np.random.default_rng(0)
    clean = simulated(noise_amplitude=0)
    laplace = rng.laplace(0, 0.3 / np.sqrt(2), clean.shape).astype(np.float32)
    assert distance(clean + laplace) > 2 * distance(fresh)


def test_noise_that_is_loud_in_other_signals_is_seen(distance, fresh):
    loudness = np.random.default_rng(0).choice([0.2, 1.4], (N, 1, 1)).astype(np.float32)
    clean = simulated(noise_amplitude=0)
    assert distance(clean + loudness * (fresh - clean)) > 2 * distance(fresh)


# Diversity


def test_fresh_reals_are_as_diverse_as_reals(distance):
    assert [distance.diversity(simulated(seed)) for seed in (1, 2, 3)] == pytest.approx([1] * 3, abs=0.1)


@pytest.mark.parametrize(
    ("change", "diversity"),
    [
        (lambda signals: np.repeat(signals[:1], len(signals), axis=0), 0),
        (lambda signals: np.repeat(signals[:4], len(signals) // 4, axis=0), 0),
        (lambda signals: signals.mean(axis=0) + 0.25 * (signals - signals.mean(axis=0)), 0.25),
    ],
    ids=["one signal", "four signals", "a quarter of the spread"],
)
def test_fakes_that_are_too_much_alike_are_less_diverse(distance, fresh, change, diversity):
    assert distance.diversity(change(fresh)) == pytest.approx(diversity, abs=0.05)


def test_a_few_patterns_in_noise_are_less_diverse_than_reals(distance, fresh):
    patterns = np.repeat(fresh[:8], N // 8, axis=0)
    noise = 0.1 * np.random.default_rng(0).standard_normal(patterns.shape, dtype=np.float32)
    assert distance.diversity(patterns + noise) < 0.6


def test_fakes_of_a_source_that_repeats_itself_exactly_are_as_diverse_as_it_is():
    few = Simulator(
        SimulatorConfig(
            noise_amplitude=0,
            bias=ValueRange(minimum=1, maximum=1, step=1),
            amplitude=ValueRange(minimum=1, maximum=2, step=1),
            angular_frequency=ValueRange(minimum=1, maximum=2, step=1),
        )
    )
    distance = DistanceToReal(few.held_out(2 * N, seed=0).signals, seed=0)
    assert distance.diversity(few.sample(N, 1)) == pytest.approx(1, abs=0.1)
    assert distance.diversity(np.repeat(few.sample(1, 1), N, axis=0)) == pytest.approx(0, abs=0.05)
