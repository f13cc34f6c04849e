"""What tests of upkeep share: a data folder with one of everything."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.config import SimulatorConfig, changed
from core.examples import folders
from core.fidelity.report import Report
from core.jobs.training import train
from core.store.datasets import DataSetStore
from core.store.given_examples import GivenExamples
from core.store.run import Run
from core.store.runs import RunStore
from core.store.saved_sources import SavedSources
from tests.conftest import pumps


@pytest.fixture(scope="session")
def filled(tmp_path_factory, tiny_config) -> Path:
    """A data folder with a run on a data set, a saved source and a list of examples; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("filled")
    source = DataSetStore(folder).keep(pumps(60), held_out_share=0.3)
    train(changed(tiny_config, source=source.model_dump()), "Mine", folder)
    with RunStore(folder).alone():  # leaves a lock among the runs
        pass
    SavedSources(folder).save("Slow", SimulatorConfig(n_samples=32))
    GivenExamples(folder).write(["20260101-120000-0000"])
    return folder


@pytest.fixture
def data_dir(filled, tmp_path) -> Path:
    return shutil.copytree(filled, tmp_path / "data")


@pytest.fixture
def run(data_dir) -> Run:
    (run,) = RunStore(data_dir).all()
    return run


@pytest.fixture(scope="session")
def report_on() -> Callable[[str], Report]:
    """Makes a report on a run of some id."""
    report = Run(folders()[0]).report

    def about(run_id: str) -> Report:
        return report.model_copy(update={"subject": report.subject.model_copy(update={"run_id": run_id})})

    return about
