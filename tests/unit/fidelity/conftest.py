"""Reports that several tests look at: computed once."""

from collections.abc import Callable

import numpy as np
import pytest

from core.fidelity import report as report_module
from core.fidelity.report import MIN_SIGNALS, Report, evaluate
from core.fidelity.scorecard import measures
from tests.unit.fidelity.reports import FAKES, REALS, walks


@pytest.fixture(scope="session")
def report() -> Report:
    """A report on signals that are as real as the reals."""
    return evaluate(REALS, FAKES, quick=True)


@pytest.fixture(scope="session")
def report_on_channels() -> Report:
    """The same of three channels."""
    return evaluate(walks(3 * MIN_SIGNALS, 3), walks(MIN_SIGNALS, 3, seed=1), quick=True)


@pytest.fixture(scope="session")
def report_on_noise() -> Report:
    """A report on fakes that are quite different."""
    return evaluate(REALS, np.random.default_rng(0).normal(size=FAKES.shape), quick=True)


@pytest.fixture
def only(monkeypatch) -> Callable[..., None]:
    """Leaves only some measures on the scorecard."""

    def choose(*keys: str) -> None:
        monkeypatch.setattr(
            report_module, "measures", lambda *given: [one for one in measures(*given) if one.key in keys]
        )

    return choose
