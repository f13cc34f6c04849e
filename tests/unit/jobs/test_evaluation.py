import shutil
import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import numpy as np
import pytest

from core.config import RunConfig
from core.errors import FidelityError, RunFileError, RunNotFoundError, RunStateError
from core.fidelity import report as report_module
from core.fidelity.measure import Grade
from core.fidelity.report import MIN_SIGNALS, Origin, Report, SignalSets, evaluate
from core.fidelity.scorecard import measures
from core.fidelity.signal_set import describer_of
from core.jobs.evaluation import KEPT_REPORTS, CancelledError, EvaluationManager, evaluate_run
from core.jobs.training import train
from core.networks import ARCHITECTURES
from core.seeds import Purpose, numpy_rng
from core.signals.batch import Batch
from core.signals.simulator import Simulator
from core.store.datasets import open_source
from core.store.runs import Run
from core.training.training import Training
from tests.waiting import wait_until


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


@pytest.fixture(scope="module")
def report() -> Report:
    """Any report."""
    reals = np.random.default_rng(0).normal(size=(3 * MIN_SIGNALS, 16))
    return evaluate(reals, 3 * reals[:MIN_SIGNALS], quick=True)


@pytest.fixture
def few(monkeypatch) -> None:
    """As few signals as can be judged, and a short sheet."""
    monkeypatch.setattr("core.fidelity.report.N_QUICK", MIN_SIGNALS)
    monkeypatch.setattr("core.jobs.evaluation.N_FULL", MIN_SIGNALS)
    shortened(monkeypatch, "boosted_trees", "w1_noise", "psd")


def shortened(monkeypatch, *keys: str) -> None:
    """Leave only some lines on the sheet."""
    monkeypatch.setattr(report_module, "measures", lambda *given: [one for one in measures(*given) if one.key in keys])


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


# In the background

REPORTS = [object() for _ in range(KEPT_REPORTS + 3)]  # as good as reports for whoever only keeps them


def task(result: object = REPORTS[0], error: Exception | None = None) -> Callable[..., object]:
    """Work that says when it has begun, and ends when it may or is cancelled."""
    begun, may_end, was_cancelled = threading.Event(), threading.Event(), threading.Event()

    def work(tell: Callable[[float, str], None]) -> object:
        begun.set()
        try:
            tell(0.25, "Waiting")
            for _ in range(10_000):
                if may_end.wait(0.005):
                    break
                tell(0.5, "Waiting more")
        except CancelledError:
            was_cancelled.set()
            raise
        if error:
            raise error
        return result

    work.begun, work.may_end, work.was_cancelled = begun, may_end, was_cancelled
    return work


@pytest.fixture
def manager() -> Iterator[EvaluationManager]:
    manager = EvaluationManager()
    yield manager
    manager.shutdown()


def started(manager: EvaluationManager, key: str = "a", **options) -> Callable[..., object]:
    """A task that is being done."""
    work = task(**options)
    manager.start(key, "Mine", work)
    assert work.begun.wait(300)
    return work


def done(manager: EvaluationManager, key: str = "a", result: object = REPORTS[0]) -> None:
    """Do a measurement to its end."""
    manager.start(key, "Mine", lambda tell: result)
    wait_until(lambda: manager.measurement(key) is None)


def failed(manager: EvaluationManager, error: Exception, key: str = "a") -> str:
    """Do a measurement that fails; what is said then."""
    started(manager, key, error=error).may_end.set()
    wait_until(lambda: manager.measurement(key).error)
    return manager.measurement(key).error


def threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "wavetwin-evaluation"]


def test_a_measurement_is_made_in_the_background(manager):
    running = started(manager)
    assert manager.measurement("a").name == "Mine"
    assert manager.report("a") is None
    running.may_end.set()
    wait_until(lambda: manager.measurement("a") is None)
    assert manager.report("a") is REPORTS[0]


def test_where_nothing_is_measured_there_is_nothing(manager):
    assert manager.measurement("a") is None
    assert manager.report("a") is None
    manager.cancel("a")
    assert threads() == []


def test_progress_can_be_seen(manager):
    started(manager)
    wait_until(lambda: manager.measurement("a").share == 0.5)
    assert manager.measurement("a").doing == "Waiting more"
    assert manager.measurement("a").error is None


def test_measurements_are_made_one_after_the_other(manager):
    first, second = started(manager, "a"), task(REPORTS[1])
    manager.start("b", "Other", second)
    assert manager.measurement("b").doing == ""
    assert not second.begun.is_set()
    first.may_end.set()
    assert second.begun.wait(300)
    assert manager.measurement("a") is None
    second.may_end.set()
    wait_until(lambda: manager.report("b") is REPORTS[1])
    assert len(threads()) == 1


def test_nothing_is_measured_twice_at_once(manager):
    running = started(manager)
    manager.start("b", "Other", task())
    for key in ("a", "b"):
        with pytest.raises(RunStateError, match="“Mine” is being measured already; wait for it, or cancel it first"):
            manager.start(key, "Mine", task())
    running.may_end.set()
    wait_until(lambda: manager.measurement("a") is None)
    again = task()
    manager.start("a", "Mine", again)
    manager.cancel("b")
    assert again.begun.wait(300)


def test_of_many_who_start_the_same_one_succeeds(manager):
    barrier, outcomes = threading.Barrier(8), []

    def start() -> None:
        barrier.wait(300)
        try:
            manager.start("a", "Mine", task())
            outcomes.append("started")
        except RunStateError:
            outcomes.append("refused")

    many = [threading.Thread(target=start) for _ in range(8)]
    for thread in many:
        thread.start()
    for thread in many:
        thread.join()
    assert sorted(outcomes) == ["refused"] * 7 + ["started"]
    assert len(threads()) == 1


def test_a_measurement_that_waits_can_be_cancelled(manager):
    first, second = started(manager, "a"), task()
    manager.start("b", "Other", second)
    manager.cancel("b")
    assert manager.measurement("b") is None
    first.may_end.set()
    wait_until(lambda: manager.report("a") is REPORTS[0])
    done(manager, "c")
    assert not second.begun.is_set()
    assert manager.report("b") is None


def test_a_measurement_that_is_being_made_can_be_cancelled(manager):
    started(manager, "a")
    next_one = task(REPORTS[1])
    manager.start("b", "Other", next_one)
    manager.cancel("a")
    wait_until(lambda: manager.measurement("a") is None)
    assert manager.report("a") is None
    assert next_one.begun.wait(300)


def test_what_was_cancelled_can_be_started_again(manager):
    started(manager)
    manager.cancel("a")
    wait_until(lambda: manager.measurement("a") is None)
    done(manager)
    assert manager.report("a") is REPORTS[0]


def test_a_report_from_before_outlives_what_comes_to_nothing(manager):
    done(manager)
    started(manager)
    manager.cancel("a")
    wait_until(lambda: manager.measurement("a") is None)
    assert manager.report("a") is REPORTS[0]
    failed(manager, FidelityError("Too few."))
    assert manager.report("a") is REPORTS[0]


def test_an_error_is_kept_in_its_own_words(manager, caplog):
    assert failed(manager, FidelityError("There are too few signals.")) == "There are too few signals."
    assert manager.report("a") is None
    assert caplog.records == []


def test_an_error_that_nobody_foresaw_is_said_and_logged(manager, caplog):
    said = failed(manager, ZeroDivisionError("by zero"))
    assert "because of an error in Wavetwin; the log has the details" in said
    assert "by zero" not in said
    (record,) = caplog.records
    assert record.exc_info[0] is ZeroDivisionError
    assert "Mine" in record.getMessage()


def test_an_error_does_not_hold_up_the_next(manager):
    failed(manager, FidelityError("Too few."), "a")
    done(manager, "b")
    assert manager.report("b") is REPORTS[0]
    assert manager.measurement("a").error == "Too few."


def test_an_error_can_be_dismissed(manager):
    failed(manager, FidelityError("Too few."))
    manager.cancel("a")
    assert manager.measurement("a") is None


def test_after_an_error_one_may_try_again(manager):
    failed(manager, FidelityError("Too few."))
    running = started(manager)
    assert manager.measurement("a").error is None
    running.may_end.set()
    wait_until(lambda: manager.measurement("a") is None)
    assert manager.report("a") is REPORTS[0]


def test_only_the_newest_reports_are_kept(manager):
    keys = [str(number) for number in range(KEPT_REPORTS)]
    for key, report in zip(keys, REPORTS, strict=False):
        done(manager, key, report)
    assert [manager.report(key) for key in keys] == REPORTS[:KEPT_REPORTS]
    done(manager, "0", REPORTS[-1])
    done(manager, "new", REPORTS[-2])
    assert [key for key in keys if manager.report(key) is None] == ["1"]
    assert manager.report("0") is REPORTS[-1]
    assert manager.report("new") is REPORTS[-2]


def test_a_shutdown_ends_all_measurements_and_the_thread(manager):
    running, waiting = started(manager, "a"), task()
    manager.start("b", "Other", waiting)
    manager.shutdown()
    assert threads() == []
    assert running.was_cancelled.is_set()
    assert not waiting.begun.is_set()
    assert manager.measurement("a") is manager.measurement("b") is manager.report("a") is None


def test_while_it_shuts_down_nothing_can_be_started(manager):
    said, begun = [], threading.Event()

    def work(tell: Callable[[float, str], None]) -> None:
        try:
            while True:
                tell(0.5, "")
                begun.set()
        finally:
            with pytest.raises(RunStateError) as error:
                manager.start("b", "Other", task())
            said.append(str(error.value))

    manager.start("a", "Mine", work)
    assert begun.wait(300)
    manager.shutdown()
    assert said == ["Wavetwin is shutting down and begins nothing new; start it again."]


def test_after_a_shutdown_it_can_be_used_again(manager):
    started(manager)
    manager.shutdown()
    done(manager)
    assert manager.report("a") is REPORTS[0]


def test_a_manager_that_never_measured_shuts_down():
    EvaluationManager().shutdown()


def test_a_data_directory_has_one_manager(tmp_path):
    assert EvaluationManager.of(tmp_path) is EvaluationManager.of(tmp_path)
    assert EvaluationManager.of(tmp_path) is not EvaluationManager.of(tmp_path / "other")


@pytest.mark.usefixtures("few")
def test_a_run_is_judged_in_the_background_and_can_be_cancelled(manager, trained):
    held, go_on = threading.Event(), threading.Event()

    def work(tell: Callable[[float, str], None]) -> Report:
        def slowly(share: float, doing: str) -> None:
            tell(share, doing)
            held.set()
            assert go_on.wait(300)

        return evaluate_run(trained, quick=True, on_progress=slowly)

    manager.start(trained.id, trained.name, work)
    assert held.wait(300)
    manager.cancel(trained.id)
    go_on.set()
    wait_until(lambda: manager.measurement(trained.id) is None)
    assert trained.report is None
    manager.start(trained.id, trained.name, work)
    wait_until(lambda: manager.measurement(trained.id) is None)
    assert manager.report(trained.id) == trained.report is not None
