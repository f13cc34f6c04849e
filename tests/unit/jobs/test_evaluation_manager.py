"""Reports in the background."""

import threading
from collections.abc import Callable, Iterator

import pytest

from core.errors import FidelityError, RunStateError
from core.fidelity.report import Report
from core.jobs.evaluation import KEPT_REPORTS, CancelledError, EvaluationManager, evaluate_run
from tests.waiting import wait_until

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
    assert said == ["Wavetwin is shutting down and accepts no new work; start it again."]


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
