import numpy as np
import pytest
import torch

from core.config import changed
from core.errors import ConfigError
from core.generation import anomaly
from core.generation.anomaly import AnomalyDetector
from core.generation.surrogate import Surrogate
from core.networks import Discriminator
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.signals.scaling import Scaling
from tests.conftest import with_few_reals
from tests.unit.planted import networks_of, sines

N_SAMPLES = 48


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(anomaly, "N_STARTS", 512)
    monkeypatch.setattr(anomaly, "N_STEPS", 30)


def reals(n: int, seed: int, n_channels: int = 1) -> np.ndarray:
    return 5 + 3 * sines(n, N_SAMPLES, n_channels, seed=seed).signals.numpy()


@pytest.fixture(scope="module", params=[ManifoldGenerator, BlendGenerator])
def detector(request, manifold_config) -> AnomalyDetector:
    """One of two channels, of either kind of generator."""
    config = changed(manifold_config, source=manifold_config.source.model_dump() | {"n_channels": 2})
    with pytest.MonkeyPatch.context() as patch:
        with_few_reals(patch)
        networks = networks_of(manifold_config.network, sines(400, N_SAMPLES, 2).signals, wanted=request.param)
        twin = Surrogate(networks.generator.eval(), Scaling([5, 5], [3, 3]), config, 0, 1.0)
        patch.setattr(anomaly, "N_STARTS", 512)
        patch.setattr(anomaly, "N_STEPS", 30)
        return AnomalyDetector(twin, networks.discriminator.eval(), reals(100, 1, 2), reals(199, 2, 2))


def spiked(signals: np.ndarray, size: float = 6.0) -> np.ndarray:
    """With three samples far off in the second channel."""
    changed = signals.copy()
    changed[:, 1, 20:23] += size
    return changed


def test_fresh_reals_are_usual_and_faulty_ones_are_not(detector):
    good, bad = detector(reals(60, 3, 2)), detector(spiked(reals(60, 3, 2)))
    threshold = detector.threshold(0.05).value
    assert (good.scores > threshold).mean() < 0.2
    assert (bad.scores > threshold).mean() > 0.8


def test_where_it_differs_is_where_the_fault_is(detector):
    residuals = detector(spiked(reals(30, 3, 2))).residuals
    worst = residuals.reshape(30, -1).argmax(axis=1)
    assert residuals.shape == (30, 2, N_SAMPLES)
    assert np.mean(worst // N_SAMPLES == 1) > 0.8
    assert np.mean(np.abs(worst % N_SAMPLES - 21) < 4) > 0.8


def test_the_nearest_signal_is_like_the_real_one_in_its_units(detector):
    signals = reals(40, 3, 2)
    nearest = detector(signals).nearest
    assert nearest.shape == signals.shape
    assert (nearest - signals).std() < 0.3 * signals.std()


def test_the_search_finds_what_the_twin_made(detector):
    generator = detector.twin.generator
    latents, conditions = anomaly._latents(generator, 20, torch.Generator().manual_seed(5))
    search = detector._search
    made = search._made(latents, conditions)
    found, _ = search(made, lambda share: None)
    starts = torch.cdist(made.flatten(1), search.starts).amin(1) / made[0].numel() ** 0.5
    errors = (found - made).flatten(1).norm(dim=1) / made[0].numel() ** 0.5
    assert float(errors.mean()) < 0.8 * float(starts.mean())


def test_the_largest_part_is_the_score(detector):
    found = detector(reals(10, 4, 2))
    assert set(found.parts) == {"distance", "worst stretch", "roughness", "discriminator"}
    np.testing.assert_array_equal(found.scores, np.max(list(found.parts.values()), axis=0))


def test_without_a_discriminator_there_is_a_score_as_well(detector):
    alone = AnomalyDetector(detector.twin, None, reals(30, 1, 2), reals(30, 2, 2))
    assert set(alone(reals(5, 3, 2)).parts) == {"distance", "worst stretch", "roughness"}


def test_what_a_discriminator_doubts_is_unlike_the_source(detector):
    class Doubtful(torch.nn.Module):
        def forward(self, signals, conditions):
            return torch.where(signals.mean((1, 2)) > 0, -100.0, 0.0)

    doubts = Doubtful()
    twin = detector.twin
    usual = np.concatenate([reals(60, seed, 2)[(reals(60, seed, 2) - 5).mean((1, 2)) < 0] for seed in (1, 2)])
    scored = AnomalyDetector(twin, doubts, usual, usual)
    high = reals(60, 3, 2)
    assert (scored(high[(high - 5).mean((1, 2)) > 0]).scores > scored.threshold().value).all()
    assert not isinstance(doubts, Discriminator)


def test_the_same_signals_have_the_same_scores_however_many_there_are(detector):
    signals = reals(20, 3, 2)
    np.testing.assert_allclose(detector(signals).scores[:5], detector(signals[:5]).scores, rtol=1e-3, atol=1e-3)


# The threshold


def test_the_threshold_is_the_conformal_quantile(detector):
    calibration = np.sort(detector._calibration)
    found = detector.threshold(0.05)
    assert (found.n_reals, found.rate, found.asked) == (199, 0.05, 0.05)
    assert found.value == calibration[190 - 1]  # the ⌈200 · 0.95⌉-th smallest
    assert (calibration > found.value).mean() <= 0.05


def test_a_rate_that_so_few_reals_cannot_promise_is_said(detector):
    found = detector.threshold(0.001)
    assert found.rate == pytest.approx(1 / 200)
    assert found.asked == 0.001
    assert found.value == detector._calibration.max()


def test_p_values_count_the_reals_that_are_as_unlike(detector):
    calibration = np.sort(detector._calibration)
    found = detector.p_values(np.array([calibration[0] - 1, calibration[-1], calibration[-1] + 1]))
    np.testing.assert_allclose(found, [1.0, 2 / 200, 1 / 200])


def test_progress_rises_and_can_end_it(detector):
    told = []
    AnomalyDetector(detector.twin, None, reals(300, 1, 2), reals(300, 2, 2), told.append)
    assert told == sorted(told)
    assert len(told) == 4 * anomaly.N_STEPS  # one for each step of each chunk

    def end(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        detector(reals(5, 1, 2), end)


@pytest.mark.parametrize(("n_usual", "n_calibration"), [(4, 30), (30, 9)])
def test_too_few_reals_are_refused(n_usual, n_calibration, detector):
    with pytest.raises(ConfigError, match=r"^Only \d\d signals are left .*; train it on more recordings"):
        AnomalyDetector(detector.twin, None, reals(n_usual, 1, 2), reals(n_calibration, 2, 2))
