import pytest

from core.errors import FidelityError, RunStateError
from core.jobs.evaluation import EvaluationManager
from tests.pages.evaluations import DOWNLOADS, click, downloads, failing, few, measured, progress, verdict
from tests.pages.visits import is_well, shown, visit
from tests.waiting import wait_until


def test_a_measurement_shows_its_report_and_keeps_it(add_run, evaluations, monkeypatch):
    few(monkeypatch)
    run = add_run()
    session = measured(visit("fidelity"), evaluations, run.id)
    assert is_well(session)
    assert not session.error
    assert not session.info
    assert progress(session) == []
    assert run.report.verdict.title in verdict(session)
    assert run.report.subject.quick
    assert session.button(key="measure").label == "Measure again"
    assert downloads(session) == DOWNLOADS


@pytest.mark.parametrize(("depth", "quick"), [("quick", True), ("full", False)])
def test_one_may_choose_how_thorough_to_be(depth, quick, add_run, held):
    add_run()
    session = visit("fidelity")
    session.radio[0].set_value(depth).run()
    click(session, "measure")
    assert held["begun"].wait(300)
    assert held["quick"] == [quick]


def test_a_measurement_can_be_watched_and_cancelled(add_run, held, evaluations):
    run = add_run()
    session = click(visit("fidelity"), "measure")
    assert held["begun"].wait(300)
    session.run()
    assert is_well(session)
    assert progress(session) == ["Measuring: boosted trees …"]
    assert session.get("progress")[0].proto.value == 25
    assert session.button(key="measure").disabled
    assert not session.info
    click(session, "cancel")
    wait_until(lambda: evaluations.measurement(run.id) is None)
    session.run()
    assert is_well(session)
    assert progress(session) == []
    assert not session.button(key="measure").disabled
    assert run.report is None


def test_another_session_sees_what_is_measured(add_run, held):
    add_run()
    click(visit("fidelity"), "measure")
    assert held["begun"].wait(300)
    session = visit("fidelity")
    assert progress(session) == ["Measuring: boosted trees …"]
    assert session.button(key="measure").disabled


def test_while_it_is_measured_again_the_report_stays(add_judged, held):
    add_judged()
    session = click(visit("fidelity"), "measure")
    assert held["begun"].wait(300)
    session.run()
    assert len(progress(session)) == 1
    assert verdict(session)
    assert downloads(session) == DOWNLOADS


def test_a_second_measurement_waits_for_its_turn(add_run, held):
    first, second = add_run("First"), add_run("Second")
    click(visit("fidelity", run=first.id), "measure")
    assert held["begun"].wait(300)
    session = click(visit("fidelity", run=second.id), "measure")
    assert is_well(session)
    assert progress(session) == ["Waiting for its turn …"]
    click(session, "cancel")
    assert progress(session) == []
    assert held["quick"] == [True]


def test_an_error_is_said_in_words_until_it_is_dismissed(add_run, evaluations, monkeypatch):
    failing(monkeypatch, FidelityError("There are **too few** signals."))
    run = add_run()
    session = measured(visit("fidelity"), evaluations, run.id)
    assert is_well(session)
    assert [shown(error.value) for error in session.error] == ["There are **too few** signals."]
    assert "**" not in session.error[0].value
    assert progress(session) == []
    assert not session.button(key="measure").disabled
    click(session, "dismiss")
    assert not session.error
    assert "has not been measured yet" in session.info[0].value


def test_an_error_that_nobody_foresaw_is_said_in_words(add_judged, evaluations, monkeypatch):
    failing(monkeypatch, ZeroDivisionError("by zero"))
    run = add_judged()
    session = measured(visit("fidelity"), evaluations, run.id)
    assert is_well(session)
    assert len(session.error) == 1
    assert "the log has the details" in session.error[0].value
    assert verdict(session)


def test_after_an_error_one_may_measure_again(add_run, evaluations, monkeypatch):
    run = add_run()
    with monkeypatch.context() as patch:
        failing(patch, FidelityError("Too few."))
        session = measured(visit("fidelity"), evaluations, run.id)
    few(monkeypatch)
    session = measured(session, evaluations, run.id)
    assert not session.error
    assert run.report.verdict.title in verdict(session)


def test_a_measurement_that_cannot_be_started_is_said(add_run, monkeypatch):
    add_run()
    session = visit("fidelity")

    def refuse(*_: object) -> None:
        raise RunStateError("Wavetwin is shutting down.")

    monkeypatch.setattr(EvaluationManager, "start", refuse)
    click(session, "measure")
    assert is_well(session)
    assert [shown(error.value) for error in session.error] == ["Wavetwin is shutting down."]
