"""Signals for reports, and what one reads off them."""

import numpy as np

from core.fidelity.measure import Grade
from core.fidelity.report import MIN_SIGNALS, Origin, Report, SignalSets, judge
from core.fidelity.signal_set import Describer
from core.signals.batch import Batch


def walks(n: int, n_channels: int = 1, seed: int = 0, n_samples: int = 32) -> np.ndarray:
    """Signals that nothing is known about."""
    steps = np.random.default_rng(seed).normal(size=(n, n_channels, n_samples))
    return steps.cumsum(axis=2).astype(np.float32)


REALS, FAKES = walks(3 * MIN_SIGNALS), walks(MIN_SIGNALS, seed=1)


def report_on(
    real: np.ndarray,
    other_real: np.ndarray,
    fake: np.ndarray,
    training: np.ndarray,
    times: np.ndarray,
    describer: Describer,
    seed: int = 0,
) -> Report:
    """The quick report on signals without conditions."""
    real_, other, fakes, training_ = map(Batch.unconditional, (real, other_real, fake, training))
    sets = SignalSets(real=real_, other_real=other, fake=fakes, training=training_, times=times, describer=describer)
    return judge(sets, Origin(name="fakes", reals="more of them"), quick=True, seed=seed)


def content(report: Report) -> dict:
    """What is in a report but for when it was made and how long that took."""
    return report.model_dump(exclude={"subject": {"seconds", "measured_at"}})


def grades(report: Report) -> dict[str, Grade]:
    return {score.key: score.grade for score in report.scores}


def caught(report: Report) -> dict[str, Grade]:
    """The measures that are not good."""
    return {key: grade for key, grade in grades(report).items() if grade is not Grade.GOOD}
