"""What is unlike the source of a run: its detector, and what that finds in recordings."""

import logging
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from core import formatting
from core.errors import ConfigError, RunFileError
from core.generation.anomaly import DEFAULT_RATE, Anomalies, AnomalyDetector, Tell, Threshold
from core.networks import Discriminator, use_one_thread
from core.recordings.import_files import Files, ReadSettings, read_recordings
from core.recordings.preparation.alike import Alike, cut_alike
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.signals.source import Source
from core.store.datasets import open_source
from core.store.run import Run
from core.training.state import discriminator_of
from core.units import Units

log = logging.getLogger(__name__)

N_USUAL = 400  # reals that say what is usual
N_CALIBRATION = 1_000  # reals behind the threshold
MAX_VALUES = 2_000_000  # of either; longer signals are fewer


@dataclass(frozen=True)
class Found:
    """What was found in the windows of recordings."""

    windows: Alike
    anomalies: Anomalies
    p_values: np.ndarray
    threshold: Threshold
    sampling_rate: float
    units: Units

    @property
    def is_anomaly(self) -> np.ndarray:
        """Which windows are above the threshold, bool (n,)."""
        return self.anomalies.scores > self.threshold.value

    def places(self) -> list[dict[str, Any]]:
        """For each window where it is, how unlike the source, and where in it most; times in `units`."""
        residuals = self.anomalies.residuals
        n_samples = residuals.shape[2]
        worst = residuals.reshape(len(residuals), -1).argmax(axis=1)
        return [
            {
                "recording": self.windows.names[source],
                "start": float(start / self.sampling_rate),
                "score": float(score),
                "p_value": float(p_value),
                "is_anomaly": bool(flag),
                "worst_channel": int(place // n_samples) + 1,
                "worst": float((start + place % n_samples) / self.sampling_rate),
            }
            for source, start, score, p_value, flag, place in zip(
                self.windows.sources,
                self.windows.starts,
                self.anomalies.scores,
                self.p_values,
                self.is_anomaly,
                worst,
                strict=True,
            )
        ]


class Tried(NamedTuple):
    """Reals to try a detector with, and which of its calibration's reals are of the same recordings, (n,)."""

    reals: Batch
    apart: np.ndarray


def detector_of(run: Run, tell: Tell = lambda share: None) -> AnomalyDetector:
    """The detector of a run: its twin, the last discriminator, and reals that the twin did not learn from.

    Raises RunNotFoundError or RunFileError where there is no twin, ConfigError where there are too few reals.
    """
    use_one_thread()
    twin, source = run.load_surrogate(), open_source(run.config, run.data_dir)
    usual = source.held_out(min(N_USUAL, _most(source)), run.config.training.seed).signals
    return AnomalyDetector(twin, _discriminator(run), usual, _calibration(run, source).signals, tell)


def reals_to_try(run: Run, n: int, seed: int) -> Tried:
    """Up to `n` reals that the twin never saw, of at most half of the recordings that set the threshold.

    Raises DataSetError where the data set is gone, ConfigError where all of them are of one recording.
    """
    calibration = _calibration(run, open_source(run.config, run.data_dir))
    recordings = np.arange(len(calibration)) if calibration.recordings is None else calibration.recordings
    rng = numpy_rng(seed, Purpose.ANOMALIES)
    numbers, counts = np.unique(recordings, return_counts=True)
    order = rng.permutation(len(numbers))
    n_apart = min(int(np.searchsorted(counts[order].cumsum(), n)) + 1, len(numbers) // 2)
    apart = np.flatnonzero(np.isin(recordings, numbers[order[:n_apart]]))
    if not len(apart):
        raise ConfigError(
            "All signals that the twin never saw are of one recording, which sets the threshold; train it on more recordings, "
            "or drop some of your own."
        )
    return Tried(calibration[rng.permutation(apart)[:n]], apart)


def _calibration(run: Run, source: Source) -> Batch:
    """The reals behind the threshold."""
    return source.fresh(min(N_CALIBRATION, _most(source)), run.config.training.seed)


def _most(source: Source) -> int:
    """How many of the source's signals are looked at together at most."""
    return max(1, MAX_VALUES // (source.n_channels * len(source.times)))


def _discriminator(run: Run) -> Discriminator | None:
    """The discriminator of the last checkpoint; None where none is kept, as with the examples."""
    try:
        state = run.checkpoints.load()
        return discriminator_of(run.config, state) if state else None
    except (RunFileError, KeyError, RuntimeError, ValueError):
        log.warning("The discriminator of run %s cannot be read; anomalies are scored without it.", run.id)
        return None


def windows_of(files: Files, run: Run, settings: ReadSettings | None = None) -> Alike:
    """The windows in files of recordings that are like the signals of a run. Raises SignalFileError."""
    return cut_alike(read_recordings(files, settings), run.config.source)


def find(
    windows: Alike, run: Run, detector: AnomalyDetector, rate: float = DEFAULT_RATE, tell: Tell = lambda share: None
) -> Found:
    """Score windows; rate: of false alarms."""
    anomalies = detector(windows.signals, tell)
    return Found(
        windows,
        anomalies,
        detector.p_values(anomalies.scores),
        detector.threshold(rate),
        run.config.source.sampling_rate,
        run.config.source.units,
    )


def promise(threshold: Threshold, n_windows: int) -> str:
    """What the threshold promises, and what to expect of so many windows, for people."""
    text = (
        f"The threshold is set on {formatting.quantity(threshold.n_reals, 'real signal')} that the twin never saw: of windows "
        f"like them, {formatting.percent(threshold.rate)} are false alarms on average"
    )
    expected = threshold.rate * n_windows
    if threshold.rate > threshold.asked:
        text += f". For {formatting.percent(threshold.asked)}, as asked, there are too few of them"
    return f"{text}. Expect about {formatting.number(expected)} false alarms in {formatting.quantity(n_windows, 'window')}."
