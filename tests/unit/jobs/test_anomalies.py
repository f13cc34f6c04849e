import shutil

import numpy as np
import pytest

from core.config import RecordingsConfig
from core.errors import ConfigError
from core.generation import anomaly
from core.generation.anomaly import Threshold
from core.jobs import anomalies
from core.jobs.anomalies import detector_of, find, promise, reals_to_try, windows_of
from core.signals.dataset import DataSet
from core.signals.recordings import Recordings
from core.store.datasets import open_source
from core.store.run import Run
from core.training.state import discriminator_of
from tests.conftest import pumps


@pytest.fixture(autouse=True)
def _quick(monkeypatch):
    monkeypatch.setattr(anomaly, "N_STARTS", 64)
    monkeypatch.setattr(anomaly, "N_STEPS", 5)


@pytest.fixture(scope="module")
def detector(unbalanced):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(anomaly, "N_STARTS", 64)
        patch.setattr(anomaly, "N_STEPS", 5)
        return detector_of(unbalanced)


def table(signals: np.ndarray) -> list[tuple[str, bytes]]:
    """A file for each channel of the pumps, as a logger may write them."""
    return [("pump.csv", "\n".join(",".join(map(str, row)) for row in signals.T).encode())]


def test_a_detector_knows_reals_that_the_twin_did_not_learn_from(detector, unbalanced):
    assert detector.threshold().n_reals == len(open_source(unbalanced.config, unbalanced.data_dir).fresh(1000, 0)) == 90
    assert detector.discriminator is not None


def numbered(n: int, per_recording: int) -> Recordings:
    """Signals that hold their own number, of which recordings have several each."""
    signals = np.broadcast_to(np.arange(n, dtype=np.float32)[:, None, None], (n, 1, 32))
    recordings = np.arange(n) // per_recording
    config = RecordingsConfig(
        dataset="0" * 16,
        name="Numbers",
        n_signals=n,
        n_recordings=len(np.unique(recordings)),
        n_channels=1,
        n_samples=32,
        sampling_rate=1,
    )
    return Recordings(config, DataSet("Numbers", signals, recordings, np.empty((n, 0)), (), 1.0))


@pytest.mark.parametrize("per_recording", [1, 10, 40])
def test_a_detector_is_tried_with_reals_of_which_neither_it_nor_the_twin_knows(per_recording, unbalanced, monkeypatch):
    source = numbered(400, per_recording)
    monkeypatch.setattr(anomalies, "open_source", lambda *_: source)
    calibration = source.fresh(1000, 0).signals[:, 0, 0]
    for seed in range(20):
        reals, apart = reals_to_try(unbalanced, 24, seed)
        tried, others = reals.signals[:, 0, 0], np.delete(calibration, apart)
        assert len(set(tried)) == 24
        assert set(tried) <= set(calibration)
        assert not set(tried // per_recording) & set(others // per_recording)
        assert len(others) >= len(calibration) // 2


def test_a_detector_cannot_be_tried_with_the_only_recording_that_sets_its_threshold(unbalanced, monkeypatch):
    monkeypatch.setattr(anomalies, "open_source", lambda *_: numbered(400, 100))
    with pytest.raises(ConfigError, match="of one recording, which sets the threshold"):
        reals_to_try(unbalanced, 24, 0)


def test_a_threshold_can_be_set_without_some_reals(detector):
    scores = detector._calibration
    without = detector.without(np.flatnonzero(scores > np.median(scores)))
    assert (without.threshold().n_reals, detector.threshold().n_reals) == (45, 90)
    assert without.threshold().value < detector.threshold().value


def test_windows_of_a_file_are_scored_and_placed(detector, unbalanced):
    signals = pumps(4).signals[0]
    signals[1, 20:24] += 60
    found = find(windows_of(table(signals), unbalanced), unbalanced, detector, 0.05)
    (place,) = found.places()
    assert found.is_anomaly.tolist() == [True]
    assert place["is_anomaly"]
    assert place["p_value"] == pytest.approx(1 / 91)
    assert place["worst_channel"] == 2
    assert place["worst"] == pytest.approx(0.215, abs=0.04)
    assert place["start"] == 0
    assert place["score"] > found.threshold.value


def test_the_discriminator_is_that_of_the_last_checkpoint(unbalanced):
    state = unbalanced.checkpoints.load()
    weights = discriminator_of(unbalanced.config, state).state_dict()
    assert all(bool((weights[name] == state[f"discriminator.{name}"]).all()) for name in weights)


@pytest.mark.parametrize(
    "harm", [lambda folder: shutil.rmtree(folder), lambda folder: [f.write_bytes(b"x") for f in folder.iterdir()]]
)
def test_a_run_without_checkpoints_does_without_a_discriminator(harm, unbalanced, tmp_path):
    shutil.copytree(unbalanced.data_dir, tmp_path / "data")
    run = Run(tmp_path / "data" / "runs" / unbalanced.id)
    harm(run.path / "checkpoints")
    assert anomalies._discriminator(run) is None


def test_too_few_reals_are_told(unbalanced, monkeypatch):
    monkeypatch.setattr(anomalies, "N_CALIBRATION", 5)
    with pytest.raises(ConfigError, match="train it on more recordings"):
        detector_of(unbalanced)


def test_what_is_promised_is_told():
    assert promise(Threshold(1.0, 0.01, 0.01, 500), 300) == (
        "The threshold is set on 500 real signals that the twin never saw: of windows like them, 1 % are false alarms on "
        "average. Expect about 3 false alarms in 300 windows."
    )
    assert "For 1 %, as asked, there are too few of them" in promise(Threshold(1.0, 0.02, 0.01, 50), 300)
