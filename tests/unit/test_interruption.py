from collections.abc import Callable

import numpy as np
import pytest

from core.fidelity.measures import c2st, descriptive, neighbours, prdc, sinusoid, spectra, timegan, tsgbench
from core.fidelity.measures.context_fid import Embedding
from core.fidelity.measures.tstr import read
from core.interruption import checkpoint, interruptible

SIGNALS = np.random.default_rng(0).normal(size=(60, 1, 32)).astype(np.float32)
LONG_COMPUTATIONS: dict[str, Callable[[], object]] = {
    "kernels": lambda: c2st.random_kernels(SIGNALS, SIGNALS, 0, 32),
    "network": lambda: c2st.small_cnn(SIGNALS, SIGNALS, 0),
    "recurrent": lambda: timegan.recurrent(SIGNALS, SIGNALS, 0),
    "predictive": lambda: timegan.predictive_score(SIGNALS, SIGNALS, 0),
    "embedding": lambda: Embedding(SIGNALS, 0),
    "neighbours": lambda: neighbours.copied_share(SIGNALS, SIGNALS, SIGNALS),
    "precision": lambda: prdc.precision_recall(SIGNALS[:, 0, :3], SIGNALS[:, 0, :3]),
    "fit": lambda: sinusoid.fit(SIGNALS, np.arange(32.0), 0.5, 1.0),
    "spectra": lambda: spectra.acf_difference(SIGNALS, SIGNALS),
    "features": lambda: descriptive.features(SIGNALS, 1.0),
    "densities": lambda: tsgbench.marginal_distribution_difference(SIGNALS, SIGNALS),
    "reading": lambda: read(SIGNALS, np.arange(60.0), SIGNALS, 0, is_class=False),
}


class EnoughError(Exception):
    """Somebody does not want to wait any longer."""


def enough() -> None:
    raise EnoughError


def test_a_checkpoint_that_nobody_watches_does_nothing():
    checkpoint()


def test_a_checkpoint_calls_the_check_of_the_innermost_watcher():
    calls = []
    with interruptible(lambda: calls.append("outer")):
        with interruptible(lambda: calls.append("inner")):
            checkpoint()
        checkpoint()
    checkpoint()
    assert calls == ["inner", "outer"]


@pytest.mark.parametrize("compute", LONG_COMPUTATIONS.values(), ids=LONG_COMPUTATIONS)
def test_a_long_computation_can_be_ended(compute):
    with pytest.raises(EnoughError), interruptible(enough):
        compute()
    checkpoint()  # nobody watches any more
