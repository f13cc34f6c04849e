"""Does it help? On page Fidelity."""

import shutil

import pytest

from core.errors import FidelityError
from core.fidelity import usefulness
from core.jobs.evaluation import EvaluationManager
from core.store.run import Run
from tests.pages.evaluations import click
from tests.pages.visits import figure, is_well, keys, shown, visit
from tests.waiting import wait_until


@pytest.fixture
def run(data_dir, unbalanced, monkeypatch) -> Run:
    """A run that can be asked for a class and a number, below the data directory of the pages; models that are quick."""
    for name, value in (("N_SEEDS", 2), ("MIN_ADDED", 60), ("N_KERNELS", 16), ("N_TREES", 5), ("N_DRAWN", 50)):
        monkeypatch.setattr(usefulness, name, value)
    shutil.copytree(unbalanced.data_dir, data_dir, dirs_exist_ok=True)
    return Run(data_dir / "runs" / unbalanced.id)


def measured(session, evaluations: EvaluationManager, run: Run):
    click(session, "measure-usefulness")
    key = f"usefulness-{run.id}"
    wait_until(lambda: (going_on := evaluations.measurement(key)) is None or going_on.error)
    return session.run()


def test_the_answer_is_a_sentence_and_a_picture(run, evaluations):
    session = visit("fidelity")
    assert is_well(session)
    assert "Not measured yet" in session.info[-1].value
    session = measured(session, evaluations, run)
    assert is_well(session)
    text = " ".join(shown(one.value) for one in session.markdown)
    ((title, detail),) = usefulness.findings(run.usefulness.tasks["state"])
    assert f"**{title}** {detail}" in text
    (trace,) = figure(session, "usefulness-chart")["data"]
    assert len(trace["x"]) == 4
    assert session.button(key="measure-usefulness").label == "Measure usefulness again"
    assert "each class counts the same" in " ".join(caption.value for caption in session.caption)


def test_another_condition_has_an_answer_of_its_own(run, evaluations):
    session = visit("fidelity")
    session.selectbox(key=f"told-{run.id}").set_value("load").run()
    session = measured(session, evaluations, run)
    assert is_well(session)
    assert list(run.usefulness.tasks) == ["load"]
    assert "Lower is better" in " ".join(caption.value for caption in session.caption)


def test_an_answer_about_an_earlier_state_is_told(run, evaluations):
    session = measured(visit("fidelity"), evaluations, run)
    found = run.usefulness
    task = found.tasks["state"].model_copy(update={"step": 10**6, "n_rarest": 1})
    run.save_usefulness(usefulness.Usefulness(tasks={"state": task}))
    told = " ".join(warning.value for warning in session.run().warning)
    assert "training has moved on" in told
    assert "only 1 signal could be tested" in told


def test_what_goes_wrong_is_told_and_dismissed(run, evaluations, monkeypatch):
    def fail(run, name, tell):
        raise FidelityError("Only 3 recordings were held out.")

    monkeypatch.setattr("pages.widgets.usefulness.measure_usefulness", fail)
    session = measured(visit("fidelity"), evaluations, run)
    assert is_well(session)
    assert "Only 3 recordings" in shown(session.error[0].value)
    click(session, "dismiss-usefulness")
    assert evaluations.measurement(f"usefulness-{run.id}") is None


def test_it_can_be_watched_and_cancelled(run, evaluations, monkeypatch):
    def endless(run, name, tell):
        while True:
            tell(0.5, "models")

    monkeypatch.setattr("pages.widgets.usefulness.measure_usefulness", endless)
    session = click(visit("fidelity"), "measure-usefulness")
    key = f"usefulness-{run.id}"
    wait_until(lambda: evaluations.measurement(key).doing)
    session.run()
    assert is_well(session)
    assert [bar.proto.text for bar in session.get("progress")] == ["Measuring: models …"]
    assert session.button(key="measure-usefulness").disabled
    click(session, "cancel-usefulness")
    wait_until(lambda: evaluations.measurement(key) is None)


def test_a_twin_without_conditions_has_no_such_question(add_run):
    add_run()
    session = visit("fidelity")
    assert is_well(session)
    assert "measure-usefulness" not in keys(session)
