"""The runs that come with Wavetwin are whole, are given once, and are what their commands make."""

import shlex

import numpy as np
import pytest

from core.__main__ import main
from core.examples import COMMANDS, folders, give
from core.examples.__main__ import N_SIGNALS, pack
from core.fidelity.measures.c2st import random_kernels
from core.fidelity.verdict import Level
from core.generation.surrogate import Surrogate
from core.jobs.training import train
from core.networks import ARCHITECTURES
from core.signals.training_set import N_REALS
from core.store.datasets import open_source
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, Status
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
    (tmp_path / "examples.json").write_bytes(content)
    give(tmp_path)
    give(tmp_path)
    assert len(RunStore(tmp_path).all()) == len(RUNS)


def test_no_example_is_no_harm(tmp_path, caplog):
    (tmp_path / "runs").write_text("not a folder")
    give(tmp_path)
    assert "could not be put into" in caplog.text


def test_runs_of_ones_own_have_no_origin(tmp_path, tiny_config):
    assert RunStore(tmp_path).create(tiny_config).origin is None


@each_run
def test_an_example_has_the_settings_and_the_name_of_its_command(run, tmp_path, monkeypatch):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    monkeypatch.setattr("core.commands.train.execute", lambda *_, **__: Status(state=State.FINISHED))
    assert run.origin.startswith("python -m core train ")
    assert main(shlex.split(run.origin)[3:]) == 0
    (remade,) = RunStore(tmp_path).all()
    assert remade.config == run.config
    assert remade.name == run.name


@pytest.fixture
def all_reals(monkeypatch) -> None:
    """As many as a training learns from outside of tests."""
    monkeypatch.setattr("core.signals.training_set.N_REALS", N_REALS)


@pytest.mark.slow
def test_the_twin_is_what_its_settings_make(all_reals):
    expected = TWIN.load_surrogate()
    assert expected.step == 0  # what it hands over, so nothing need be trained
    training = Training(TWIN.config, open_source(TWIN.config, TWIN.data_dir))
    generator = training.prepared().generator_ema
    assert generator.blueprint == expected.generator.blueprint
    # Another processor rounds otherwise, so weights may differ; what the twins give must not.
    evaluations = [training.evaluator.evaluate(one) for one in (generator, expected.generator)]
    assert evaluations[0].distance == pytest.approx(evaluations[1].distance, abs=0.1)
    found = Surrogate(generator, training.evaluator.scaling, TWIN.config, step=0, distance=evaluations[0].distance)
    told = random_kernels(found.sample(1_500, seed=1), expected.sample(1_500, seed=2), seed=0)
    assert told.accuracy < 0.56


def test_the_article_is_what_its_settings_make(all_reals):
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


def test_a_run_is_packed_as_an_example(tmp_path, monkeypatch, tiny_config):
    monkeypatch.setattr("core.examples.__main__.HERE", tmp_path)
    run = train(tiny_config, "Mine", tmp_path)
    run.save_report(ARTICLE.report)
    pack(run, COMMANDS[0])
    packed = Run(tmp_path / run.id)
    assert packed.origin == COMMANDS[0]
    assert (packed.config, packed.name, packed.status) == (run.config, "Mine", run.status)
    assert packed.report == ARTICLE.report
    np.testing.assert_array_equal(packed.load_surrogate().sample(5), run.load_surrogate().sample(5))
    step, fakes = packed.snapshots.last
    assert step == run.status.step
    np.testing.assert_array_equal(fakes, run.snapshots.last[1][:N_SIGNALS])
