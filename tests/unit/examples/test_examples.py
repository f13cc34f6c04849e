"""The runs that come with Wavetwin are whole, are given once, and are what their commands make."""

import numpy as np
import pytest

from core.config import changed
from core.examples import COMMANDS, GIVEN, folders, give
from core.examples.__main__ import train
from core.fidelity.measures.c2st import random_kernels
from core.fidelity.verdict import Level
from core.networks import ARCHITECTURES
from core.store.datasets import open_source
from core.store.runs import Run, RunStore
from core.store.status import State
from core.training.events import SnapshotTaken, StepLogged
from core.training.selection import StopReason
from core.training.training import Training

MAX_BYTES = 3_000_000  # of each: they travel with every copy of the project
N_EARLY = 60  # steps, in which what another processor rounds otherwise has not grown yet
RUNS = [Run(folder) for folder in folders()]
ARTICLE, TWIN = RUNS
each_run = pytest.mark.parametrize("run", RUNS, ids=["article", "twin"])


def test_each_command_has_its_example():
    assert [run.origin for run in RUNS] == list(COMMANDS)
    assert [run.config.network.architecture for run in RUNS] == ["article", "manifold"]


@each_run
def test_an_example_is_a_whole_run(run):
    assert run.status.state is State.FINISHED
    assert run.metrics.last("distance") is not None
    assert run.snapshots.last[0] == run.status.step
    assert run.reals.shape[1:] == run.snapshots.last[1].shape[1:]
    assert run.load_surrogate().sample(10).shape == (10, 1, 300)
    assert run.report.subject.step == run.load_surrogate().step
    assert not run.report.subject.quick
    assert sum(file.stat().st_size for file in run.path.rglob("*") if file.is_file()) < MAX_BYTES


def test_the_article_takes_all_its_steps_and_the_twin_stops_when_nothing_is_left_to_learn():
    assert ARTICLE.status.step == ARTICLE.config.training.steps
    assert TWIN.status.stop_reason == StopReason.INDISTINGUISHABLE
    assert [stage.key for stage in TWIN.stages.all()] == list(ARCHITECTURES["manifold"].stages)[:-1]
    assert ARTICLE.stages.all() == []


def test_the_twin_passes_for_real_and_the_article_does_not():
    assert TWIN.report.verdict.level in (Level.INDISTINGUISHABLE, Level.HARD)
    assert ARTICLE.report.verdict.level in (Level.EASY, Level.USELESS)


def test_examples_are_given_to_a_data_directory_once(tmp_path):
    give(tmp_path)
    store = RunStore(tmp_path)
    assert [run.name for run in store.all()] == [run.name for run in reversed(RUNS)]
    assert store.readable()[1] == {}
    store.delete(TWIN.id)
    store.get(ARTICLE.id).rename("Mine")
    give(tmp_path)
    assert [run.name for run in store.all()] == ["Mine"]


@pytest.mark.parametrize("content", [b"{}", b"nothing", b'["another"]', b""])
def test_a_list_of_examples_that_cannot_be_read_begins_anew(tmp_path, content):
    (tmp_path / GIVEN).write_bytes(content)
    give(tmp_path)
    give(tmp_path)
    assert len(RunStore(tmp_path).all()) == len(RUNS)


def test_no_example_is_no_harm(tmp_path, caplog):
    (tmp_path / "runs").write_text("not a folder")
    give(tmp_path)
    assert "could not be put into" in caplog.text


def test_runs_of_ones_own_have_no_origin(tmp_path, tiny_config):
    assert RunStore(tmp_path).create(tiny_config).origin is None


def test_the_twin_is_what_its_command_makes(tmp_path):
    expected = TWIN.load_surrogate()
    assert expected.step == 0  # what it hands over, so the game need not be played again
    remade = train(f"{TWIN.origin} --steps {N_EARLY}", tmp_path)
    found = remade.load_surrogate()
    assert remade.config.model_copy(update={"training": TWIN.config.training}) == TWIN.config
    assert changed(remade.config.training, steps=TWIN.config.training.steps) == TWIN.config.training
    assert remade.name == TWIN.name
    assert found.step == 0
    assert found.generator.blueprint == expected.generator.blueprint
    # Another processor rounds otherwise, so weights may differ; what the twins give must not.
    assert found.distance == pytest.approx(expected.distance, abs=0.1)
    told = random_kernels(found.sample(1_500, seed=1), expected.sample(1_500, seed=2), seed=0)
    assert told.accuracy < 0.56


def test_the_article_is_what_its_command_makes():
    training = Training(ARTICLE.config, open_source(ARTICLE.config, ARTICLE.data_dir))
    logged = {step: value for step, value in zip(*ARTICLE.metrics["d_loss"], strict=True) if step <= N_EARLY}
    kept = {int(file.stem): np.load(file) for file in ARTICLE.path.glob("snapshots/*.npy")}
    n_compared = 0
    for event in training.events():
        if isinstance(event, StepLogged):
            assert event.metrics["d_loss"] == pytest.approx(logged[event.step], rel=0.01)
            n_compared += 1
        if isinstance(event, SnapshotTaken) and event.step in kept:
            np.testing.assert_allclose(event.fakes[: len(kept[event.step])], kept[event.step], atol=0.05)
            n_compared += 1
        if training.prepared().step >= N_EARLY:
            break
    assert n_compared >= N_EARLY // 10
