"""What all tests share: settings small enough to train in a fifth of a second, and a place to keep runs."""

import gc
import sys
from collections.abc import Callable, Generator, Iterator
from pathlib import Path, PurePosixPath

import hypothesis
import numpy as np
import pytest
from xdist.scheduler import LoadFileScheduling

from core.config import ArticleConfig, Column, ManifoldConfig, RunConfig, SimulatorConfig, TrainingConfig, changed
from core.jobs.training import train
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.store.run import Run
from core.store.runs import RunStore
from tests import small
from tests.small import patch_all

BROWSER = "tests/browser/"
MAIN = sys.modules["__main__"]

hypothesis.settings.register_profile("quick", deadline=None, max_examples=50, database=None, derandomize=True)
hypothesis.settings.load_profile("quick")


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> None:
    """As wherever networks compute: sums come out the same to the last bit."""
    from core.networks import use_one_thread  # only here: the process that hands out tests needs no torch

    use_one_thread()


@pytest.fixture(scope="session", autouse=True)
def _small_evaluations() -> Iterator[None]:
    """Trainings whose evaluations cost little."""
    with pytest.MonkeyPatch.context() as patch:
        patch_all(patch, small.EVALUATIONS)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_waiting_for_the_disk() -> Iterator[None]:
    """Files of tests need not outlive a power cut; to force each to disk takes longer than to make it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.store.atomic.os.fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def tiny_config() -> RunConfig:
    """All settings at their smallest: 60 steps of tiny networks on signals of 32 samples."""
    return RunConfig(
        preset="article",
        source=SimulatorConfig(n_samples=32),
        network=ArticleConfig(hidden_size=8, discriminator_sizes=(16,)),
        training=TrainingConfig(batch_size=16, steps=60, n_eval=20, checkpoint_every=20, device="cpu"),
    )


@pytest.fixture(scope="session")
def manifold_config() -> RunConfig:
    """The twin at its smallest: 20 steps on signals of 32 samples; to be used with `few_reals`."""
    return RunConfig(
        source=SimulatorConfig(n_samples=32),
        network=ManifoldConfig(width=8, discriminator_width=8),
        training=TrainingConfig(
            batch_size=32,
            steps=20,
            n_eval=10,
            checkpoint_every=10,
            loss="relativistic",
            gamma=1,
            device="cpu",
        ),
    )


@pytest.fixture(scope="session")
def unbalanced(tmp_path_factory: pytest.TempPathFactory, tiny_config: RunConfig) -> Run:
    """A finished run on recordings of two channels in classes of which one is rare; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("unbalanced")
    source = DataSetStore(folder).keep(pumps(), held_out_share=0.3)
    return train(changed(tiny_config, source=source.model_dump(), conditions=("state", "load")), "Pumps", folder)


def pumps(n: int = 300) -> DataSet:
    """Recordings of 32 samples whose level follows their state, and whose swing follows their load."""
    rng = np.random.default_rng(0)
    states = ("new", "worn", "broken")
    state = rng.choice(len(states), n, p=(0.6, 0.3, 0.1))
    load = rng.uniform(1, 3, n)
    swing = load[:, None, None] * np.sin(np.arange(32) / 3 + rng.uniform(0, 6, (n, 1, 1)))
    signals = 4 * state[:, None, None] + swing + 0.3 * rng.standard_normal((n, 2, 32))
    return DataSet(
        name="Pumps",
        signals=signals.astype(np.float32),
        recordings=np.arange(n),
        conditions=np.stack([state, load], axis=1).astype(float),
        columns=(Column(name="state", classes=states), Column(name="load", unit="kW", minimum=1, maximum=3)),
        sampling_rate=100.0,
        unit="bar",
    )


@pytest.fixture
def endless(tiny_config) -> RunConfig:
    """Settings that train until somebody ends it."""
    return changed(tiny_config, training=tiny_config.training.model_dump() | {"steps": 10_000_000, "n_eval": 1000})


def with_few_reals(patch: pytest.MonkeyPatch) -> None:
    """Initializations that take little time; their twins are poor ones."""
    patch_all(patch, small.INITIALIZATIONS)


@pytest.fixture
def few_reals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Initializations that take half a second."""
    with_few_reals(monkeypatch)


@pytest.fixture(scope="module")
def few_reals_throughout() -> Iterator[None]:
    """The same in all tests of a file, and in what they share."""
    with pytest.MonkeyPatch.context() as patch:
        with_few_reals(patch)
        yield


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    """An empty store of runs."""
    return RunStore(tmp_path)


class _Schedule(LoadFileScheduling):
    """A file at a time goes to a worker; of what drives a browser a folder does, which shares a browser and a server."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return str(PurePosixPath(file).parent) if file.startswith(BROWSER) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Callable[..., None]) -> LoadFileScheduling:
    """How tests are handed out to workers."""
    return _Schedule(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Let the garbage collector pass over all that is loaded now, which stays: it would look through it again and again."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what drives a browser."""
    for item in items:
        if item.nodeid.startswith(BROWSER):
            item.add_marker(pytest.mark.browser)


def pytest_runtest_setup() -> None:
    """A page that was tested has left itself as the main module, which each process that is spawned would run first."""
    sys.modules["__main__"] = MAIN
