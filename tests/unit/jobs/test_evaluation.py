from types import SimpleNamespace

import numpy as np
import pytest

from core.config import RunConfig, changed
from core.errors import RunFileError, RunNotFoundError
from core.fidelity.measure import MORE_DATA, TRAIN_LONGER, Grade
from core.fidelity.report import MIN_SIGNALS, Origin, Report, SignalSets, evaluate
from core.fidelity.signal_set import describer_of
from core.jobs.evaluation import CancelledError, evaluate_run
from core.jobs.training import train
from core.networks import ARCHITECTURES
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.signals.dataset import DataSet
from core.signals.simulator import Simulator
from core.store.datasets import DataSetStore, open_source
from core.store.run import Run
from core.training.selection import StopReason
from core.training.training import Training
from tests.unit.jobs.conftest import shortened


@pytest.fixture(scope="module")
def report() -> Report:
    """Any report."""
    reals = np.random.default_rng(0).normal(size=(3 * MIN_SIGNALS, 16))
    return evaluate(reals, 3 * reals[:MIN_SIGNALS], quick=True)


@pytest.fixture
def given(monkeypatch, report) -> dict:
    """What is judged, by name; the verdict on it is made up."""
    taken = {"report": report}

    def take(sets: SignalSets, origin: Origin, **options) -> Report:
        taken.update(vars(sets) | vars(origin) | options)
        return taken["report"]

    monkeypatch.setattr("core.jobs.evaluation.judge", take)
    return taken


def rows(batch: Batch) -> set[bytes]:
    return {signal.tobytes() for signal in batch.signals}


def seen_in_training(config: RunConfig, monkeypatch) -> Batch:
    """The signals that a training learns from again and again."""
    drawn = []
    with monkeypatch.context() as patch:
        distinct = Simulator.distinct
        patch.setattr(Simulator, "distinct", lambda *args: drawn.append(distinct(*args)) or drawn[-1])
        Training(config, open_source(config))
    (seen,) = drawn
    return seen


# A run


@pytest.mark.usefixtures("few")
def test_a_report_on_a_run_says_what_was_judged_and_is_kept(trained):
    found = evaluate_run(trained, quick=True)
    assert trained.report == found
    subject = found.subject
    assert (subject.run_id, subject.name, subject.step) == (trained.id, "Mine", trained.load_surrogate().step)
    assert (subject.n_signals, subject.n_samples, subject.quick) == (MIN_SIGNALS, 32, True)
    assert subject.sampling_rate == pytest.approx(trained.config.source.sampling_rate)
    assert subject.reals == "60 fresh signals of the simulator, which the training never saw"
    assert {"w1_noise", "psd"} <= {score.key for score in found.scores}


@pytest.mark.usefixtures("few")
def test_a_new_report_takes_the_place_of_the_old_one(trained, report):
    trained.save_report(report)
    found = evaluate_run(trained, quick=True)
    assert trained.report == found != report


@pytest.mark.usefixtures("few")
def test_reals_are_fresh(trained, given):
    evaluate_run(trained, quick=True)
    source, training = open_source(trained.config), trained.config.training
    fresh = rows(given["real"]) | rows(given["other_real"])
    assert len(fresh) == 2 * MIN_SIGNALS
    known = [source.held_out(5000, training.seed), *source.stream(5000, training.seed), given["training"]]
    known += [
        source.batch(training.batch_size, numpy_rng(training.seed, Purpose.TRAINING_REALS, step))
        for step in range(training.steps + 1)
    ]
    assert not any(fresh & rows(batch) for batch in known)


@pytest.mark.parametrize("seed", [0, 5])
@pytest.mark.usefixtures("few")
def test_the_seed_decides_which_signals_are_judged(seed, trained, given):
    evaluate_run(trained, quick=True, seed=seed)
    np.testing.assert_array_equal(given["fake"].signals, trained.load_surrogate().sample(MIN_SIGNALS, seed))
    source, trained_with = open_source(trained.config), trained.config.training.seed
    both = np.concatenate([given[name].signals for name in ("real", "other_real")])
    np.testing.assert_array_equal(both, source.fresh(2 * MIN_SIGNALS, trained_with + seed).signals)
    assert given["seed"] == seed
    np.testing.assert_array_equal(given["times"], source.times)
    assert given["describer"] == describer_of(source)


@pytest.mark.parametrize("n_recordings", [4, 9, 150])
def test_no_recording_is_on_two_sides(n_recordings, given, tiny_config, store):
    windows = np.random.default_rng(0).standard_normal((600, 1, 32)).astype(np.float32)
    recordings = np.arange(600) % n_recordings
    data = DataSet("Windows", windows, recordings, np.empty((600, 0)), (), 100.0)
    source = DataSetStore(store.root.parent).keep(data, held_out_share=0.3)
    run = train(changed(tiny_config, source=source.model_dump()), data_dir=store.root.parent)
    evaluate_run(run, quick=True)
    numbers = {signal.tobytes(): number for signal, number in zip(windows, recordings, strict=True)}
    sides = [{numbers[signal] for signal in rows(given[name])} for name in ("real", "other_real", "training")]
    assert all(sides)
    assert sum(map(len, sides)) == len(set.union(*sides))
    assert len(given["other_real"]) >= MIN_SIGNALS


@pytest.mark.usefixtures("given")
def test_copies_are_looked_for_among_what_training_saw(trained, given, monkeypatch):
    evaluate_run(trained, quick=True)
    assert rows(given["training"]) <= rows(seen_in_training(trained.config, monkeypatch))


def test_a_twin_that_gives_out_what_it_was_trained_with_is_found_out(trained, monkeypatch):
    monkeypatch.setattr("core.fidelity.report.N_QUICK", 400)
    shortened(monkeypatch, "boosted_trees", "copied")
    seen = seen_in_training(trained.config, monkeypatch)
    copies = SimpleNamespace(step=7, stream=lambda n, seed: iter([seen[:n]]))
    monkeypatch.setattr(Run, "load_surrogate", lambda run: copies)
    grades = {score.key: score.grade for score in evaluate_run(trained, quick=True).scores}
    assert grades["copied"] is not Grade.GOOD


@pytest.mark.usefixtures("few")
def test_the_article_is_told_what_it_cannot_do(trained, given, report):
    weak = report.model_copy(update={"verdict": report.verdict.model_copy(update={"weakest": "w1_noise"})})
    given["report"] = weak
    found = evaluate_run(trained, quick=True)
    assert found.verdict.advice == ARCHITECTURES["article"].advice
    assert found.verdict.sentence == weak.verdict.sentence
    assert trained.report == found


@pytest.mark.usefixtures("few")
def test_an_article_without_a_weakness_is_told_nothing_of_the_kind(trained, given, report):
    given["report"] = report.model_copy(update={"verdict": report.verdict.model_copy(update={"weakest": None})})
    assert evaluate_run(trained, quick=True).verdict.advice == report.verdict.advice


@pytest.mark.usefixtures("few", "given")
def test_another_network_is_told_what_its_weakest_line_says(store, manifold_config, trained, report, monkeypatch):
    twin = trained.load_surrogate()
    monkeypatch.setattr(Run, "load_surrogate", lambda run: twin)
    found = evaluate_run(store.create(manifold_config), quick=True)
    assert report.verdict.weakest
    assert found.verdict.advice == report.verdict.advice != ARCHITECTURES["article"].advice


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize(
    ("reason", "advice", "words"),
    [
        (StopReason.NO_GAIN, TRAIN_LONGER, "more steps alone will not help"),
        (StopReason.LAST_STEP, TRAIN_LONGER, TRAIN_LONGER),
        (StopReason.NO_GAIN, MORE_DATA, MORE_DATA),
    ],
)
def test_a_run_that_went_as_far_as_it_could_is_not_told_to_go_on(
    reason, advice, words, store, manifold_config, trained, report, monkeypatch
):
    run = store.create(manifold_config)
    run.write_status(run.status.model_copy(update={"stop_reason": reason}))
    twin = trained.load_surrogate()
    monkeypatch.setattr(Run, "load_surrogate", lambda _: twin)
    weak = report.model_copy(update={"verdict": report.verdict.model_copy(update={"weakest": "psd", "advice": advice})})
    monkeypatch.setattr("core.jobs.evaluation.judge", lambda *_, **__: weak)
    assert words in evaluate_run(run, quick=True).verdict.advice


@pytest.mark.usefixtures("few")
def test_progress_begins_with_the_drawing_and_ends_with_the_plots(trained):
    told = []
    evaluate_run(trained, quick=True, on_progress=lambda *now: told.append(now))
    assert told[0] == (0, "drawing signals")
    assert told[-1] == (1, "plots")
    assert told == sorted(told, key=lambda now: now[0])


@pytest.mark.parametrize("last", [1, 3])
@pytest.mark.usefixtures("few")
def test_work_that_is_ended_leaves_no_report(last, trained):
    told = []

    def end(share: float, doing: str) -> None:
        told.append(share)
        if len(told) == last:
            raise CancelledError

    with pytest.raises(CancelledError):
        evaluate_run(trained, quick=True, on_progress=end)
    assert trained.report is None


def test_a_run_without_a_twin_cannot_be_judged(run):
    with pytest.raises(RunNotFoundError, match="There is no trained twin"):
        evaluate_run(run, quick=True)


def test_a_broken_twin_cannot_be_judged(trained):
    (trained.path / "surrogate.safetensors").write_bytes(b"{")
    with pytest.raises(RunFileError, match="cannot be read"):
        evaluate_run(trained, quick=True)


@pytest.mark.usefixtures("few", "given")
def test_a_report_that_cannot_be_kept_is_said(trained, monkeypatch):
    def no_room(run: Run, report: Report) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Run, "save_report", no_room)
    with pytest.raises(RunFileError, match=r"“Mine” could not be kept \(No space left on device\); make room"):
        evaluate_run(trained, quick=True)
