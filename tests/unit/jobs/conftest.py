"""What tests of jobs share: a run with a twin, and reports that cost little."""

import shutil

import pytest

from core.fidelity import report as report_module
from core.fidelity.report import MIN_SIGNALS
from core.fidelity.scorecard import measures
from core.jobs.training import train
from core.store.run import Run


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_config) -> Run:
    """A finished run that tests copy."""
    return train(tiny_config, "Mine", tmp_path_factory.mktemp("finished"))


@pytest.fixture
def trained(finished, store) -> Run:
    """A run with a twin."""
    run = Run(store.root / finished.id)
    shutil.copytree(finished.path, run.path)
    return run


@pytest.fixture
def few(monkeypatch) -> None:
    """As few signals as can be judged, and a short sheet."""
    monkeypatch.setattr("core.fidelity.report.N_QUICK", MIN_SIGNALS)
    monkeypatch.setattr("core.jobs.evaluation.N_FULL", MIN_SIGNALS)
    shortened(monkeypatch, "boosted_trees", "w1_noise", "psd")


def shortened(monkeypatch, *keys: str) -> None:
    """Leave only some lines on the sheet."""
    monkeypatch.setattr(report_module, "measures", lambda *given: [one for one in measures(*given) if one.key in keys])
