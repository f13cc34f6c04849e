import io
import shutil
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest

from core.errors import FidelityError, RunStateError
from core.fidelity import report as report_module
from core.fidelity.measure import Grade
from core.fidelity.report import MIN_SIGNALS, Report
from core.fidelity.scorecard import measures
from core.jobs.evaluation import EvaluationManager, evaluate_run
from core.presentation.report_plots import figure_of
from core.store.runs import Run
from pages.widgets.score_sheet import SIGNS
from tests.pages.visits import (
    components,
    data_of,
    figure,
    go,
    is_well,
    keys,
    links,
    markdown,
    names,
    shown,
    tick,
    tile_texts,
    visit,
)
from tests.waiting import wait_until

UGLY = "<b>x</b> $y$ **z** ![i](https://x.y/i)"
DOWNLOADS = ["report-html", "report-csv", "report-json"]


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few signals as can be judged."""
    monkeypatch.setattr("core.fidelity.report.N_QUICK", MIN_SIGNALS)
    monkeypatch.setattr("core.jobs.evaluation.N_FULL", MIN_SIGNALS)


@pytest.fixture(scope="module")
def report(trained, tmp_path_factory) -> Report:
    """The report on a twin that other tests copy."""
    run = Run(tmp_path_factory.mktemp("judged") / trained.id)
    shutil.copytree(trained.path, run.path)
    with pytest.MonkeyPatch.context() as patch:
        few(patch)
        return evaluate_run(run, quick=True)


@pytest.fixture
def add_judged(add_run, report) -> Callable[..., Run]:
    """Puts another run with its report below the data directory."""

    def add(name: str = "Mine", **subject) -> Run:
        run = add_run(name)
        about = {"name": name, "run_id": run.id} | subject
        run.save_report(report.model_copy(update={"subject": report.subject.model_copy(update=about)}))
        return run

    return add


@pytest.fixture
def evaluations(data_dir) -> EvaluationManager:
    """The one that the page uses."""
    return EvaluationManager.of(data_dir)


@pytest.fixture
def held(monkeypatch) -> dict:
    """A measurement that goes on until somebody ends it."""
    told = {"begun": threading.Event(), "quick": []}

    def measure(run, quick, on_progress):
        told["quick"].append(quick)
        while True:
            on_progress(0.25, "Boosted trees")
            told["begun"].set()
            time.sleep(0.01)

    monkeypatch.setattr("core.jobs.evaluation.evaluate_run", measure)
    return told


def failing(monkeypatch, error: Exception) -> None:
    """Let every measurement come to grief."""

    def measure(run, quick, on_progress):
        raise error

    monkeypatch.setattr("core.jobs.evaluation.evaluate_run", measure)


def click(session, key: str):
    return session.button(key=key).click().run()


def measured(session, evaluations, key: str):
    """Measure to the end, and look again."""
    click(session, "measure")
    wait_until(lambda: (going_on := evaluations.measurement(key)) is None or going_on.error)
    return session.run()


def verdict(session) -> str:
    return " ".join(tile_texts(session, "verdict"))


def progress(session) -> list[str]:
    return [bar.proto.text for bar in session.get("progress")]


def downloads(session) -> list[str]:
    return [button.key for button in session.get("download_button")]


# A run


def test_without_a_run_one_is_sent_to_train_one():
    session = visit("fidelity")
    assert is_well(session)
    assert "There is no twin to judge yet" in session.info[0].value
    assert links(session) == ["Go to Train"]
    assert "measure" not in keys(session)


def test_without_a_twin_yet_one_is_told_to_wait(store, tiny_config):
    store.create(tiny_config, "New")
    session = visit("fidelity")
    assert is_well(session)
    assert "“New” has not learned anything yet" in shown(session.info[0].value)
    assert links(session) == ["Go to Train"]
    assert "measure" not in keys(session)


def test_a_twin_that_was_never_measured_can_be(add_run):
    add_run()
    session = visit("fidelity")
    assert is_well(session)
    assert "Nothing was measured yet" in session.info[0].value
    assert session.button(key="measure").label == "Measure"
    assert not session.button(key="measure").disabled
    assert session.radio[0].value == "quick"
    assert downloads(session) == components(session) == []
    assert progress(session) == []


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


def test_the_report_is_there_at_once_in_a_new_session(add_judged):
    report = add_judged().report
    session = visit("fidelity")
    assert is_well(session)
    assert report.verdict.title in verdict(session)
    assert report.verdict.sentence in verdict(session)
    assert report.verdict.advice in verdict(session)
    sheet = tile_texts(session, "sheet")
    for score in report.scores:
        place = sheet.index(score.title)
        cells = sheet[place : place + 5]
        assert cells[1:4] == [score.sentence, score.format(score.value), score.format(score.floor)]
    assert [text for text in sheet if text[:1] in SIGNS.values()] == [
        f"{SIGNS[score.grade]} {score.grade}" for score in report.scores
    ]
    assert any("Quick scorecard of 60 fakes from “Mine”" in shown(caption.value) for caption in session.caption)
    assert downloads(session) == DOWNLOADS
    assert not session.warning


def test_every_picture_of_the_report_is_shown(add_judged):
    shown_ = {f"picture-{picture.key}": picture for picture in add_judged().report.pictures}
    session = visit("fidelity")
    assert {key for key in components(session) if key.startswith("picture-")} == set(shown_)
    for key, picture in shown_.items():
        assert figure(session, key) == figure_of(picture)
        assert picture.title in data_of(session, key)["description"]
        assert picture.caption in [shown(caption.value) for caption in session.caption]


@pytest.mark.parametrize(("depth", "quick"), [("quick", True), ("full", False)])
def test_one_may_choose_how_thorough_to_be(depth, quick, add_run, held):
    add_run()
    session = visit("fidelity")
    session.radio[0].set_value(depth).run()
    click(session, "measure")
    assert held["begun"].wait(60)
    assert held["quick"] == [quick]


def test_a_measurement_can_be_watched_and_cancelled(add_run, held, evaluations):
    run = add_run()
    session = click(visit("fidelity"), "measure")
    assert held["begun"].wait(60)
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
    assert held["begun"].wait(60)
    session = visit("fidelity")
    assert progress(session) == ["Measuring: boosted trees …"]
    assert session.button(key="measure").disabled


def test_while_it_is_measured_again_the_report_stays(add_judged, held):
    add_judged()
    session = click(visit("fidelity"), "measure")
    assert held["begun"].wait(60)
    session.run()
    assert len(progress(session)) == 1
    assert verdict(session)
    assert downloads(session) == DOWNLOADS


def test_a_second_measurement_waits_for_its_turn(add_run, held):
    first, second = add_run("First"), add_run("Second")
    click(visit("fidelity", run=first.id), "measure")
    assert held["begun"].wait(60)
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
    assert "Nothing was measured yet" in session.info[0].value


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


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff", b'{"format": 1}', b"null"])
def test_a_report_that_cannot_be_read_can_be_measured_again(content, add_run):
    (add_run().path / "fidelity.json").write_bytes(content)
    session = visit("fidelity")
    assert is_well(session)
    assert not session.error
    assert "Nothing was measured yet" in session.info[0].value
    assert not session.button(key="measure").disabled
    assert is_well(go(session, "runs"))
    assert is_well(go(session, "generate"))


def test_a_report_of_an_earlier_state_says_so(add_judged):
    run = add_judged(step=1234)
    session = visit("fidelity")
    assert is_well(session)
    (warning,) = session.warning
    assert "as it was at step 1,234" in shown(warning.value)
    assert f"now it is that of step {run.load_surrogate().step}" in shown(warning.value)
    assert verdict(session)


@pytest.mark.parametrize("content", [b"", b"{"])
def test_a_twin_that_cannot_be_read_is_said_in_a_sentence(content, add_judged):
    run = add_judged()
    (run.path / "surrogate.safetensors").write_bytes(content)
    session = visit("fidelity")
    assert is_well(session)
    assert len(session.error) == 1
    assert "cannot be read" in session.error[0].value


def test_a_name_is_shown_as_it_was_typed(add_judged):
    other, run = add_judged("Other"), add_judged(UGLY)
    session = visit("fidelity", run=run.id)
    session.multiselect[0].set_value([other.id]).run()
    assert is_well(session)
    assert not [text for text in markdown(session) if "$y$" in text or "**z**" in text or "![i]" in text]
    assert "<b>x" not in data_of(session, "compared")["html"]
    assert UGLY in tile_texts(session, "compared")


def test_the_picked_run_is_judged(add_judged):
    older = add_judged("Older")
    add_judged("Newer")
    session = visit("fidelity")
    session.sidebar.selectbox[0].set_value(older.id).run()
    assert any("“Older”" in shown(caption.value) for caption in session.caption)


# Several runs


def test_a_report_can_be_compared_with_those_of_other_runs(add_judged, add_run):
    older = add_judged("Older")
    add_run("Never measured")
    newer = add_judged("Newer")
    session = visit("fidelity", run=newer.id)
    assert session.multiselect[0].options == [f"Older ({older.id[-4:]})"]
    assert "compared" not in components(session)
    session.multiselect[0].set_value([older.id]).run()
    assert is_well(session)
    texts = tile_texts(session, "compared")
    assert texts[:3] == ["Measure", "Newer", f"Older ({older.id[-4:]})"]
    assert [score.title for score in newer.report.scores] == [
        text for text in texts if text in {score.title for score in newer.report.scores}
    ]
    assert sum(newer.report.verdict.title in text for text in texts) == 2


def test_only_measures_that_both_have_are_compared(add_judged, report):
    older = add_judged("Older")
    older.save_report(report.model_copy(update={"scores": report.scores[:3]}))
    add_judged("Newer")
    session = visit("fidelity")
    session.multiselect[0].set_value([older.id]).run()
    assert is_well(session)
    texts = tile_texts(session, "compared")
    assert all(score.title in texts for score in report.scores[:3])
    assert not any(score.title in texts for score in report.scores[3:])


def test_where_nothing_else_was_measured_there_is_nothing_to_compare(add_judged, add_run):
    add_run("Other")
    add_judged("Mine")
    session = visit("fidelity")
    assert is_well(session)
    assert not session.multiselect


def test_a_compared_run_that_is_deleted_meanwhile_is_left_out(add_judged, store):
    kept, gone = add_judged("Kept"), add_judged("Gone")
    mine = add_judged("Mine")
    session = visit("fidelity", run=mine.id)
    session.multiselect[0].set_value([kept.id, gone.id]).run()
    assert f"Gone ({gone.id[-4:]})" in tile_texts(session, "compared")
    store.delete(gone.id)
    session.run()
    assert is_well(session)
    assert session.multiselect[0].options == [f"Kept ({kept.id[-4:]})"]
    assert verdict(session)


def test_another_run_may_be_judged_while_others_are_compared(add_judged):
    older, newer = add_judged("Older"), add_judged("Newer")
    session = visit("fidelity", run=newer.id)
    session.multiselect[0].set_value([older.id]).run()
    session.sidebar.selectbox[0].set_value(older.id).run()
    assert is_well(session)
    assert session.multiselect[0].options == [f"Newer ({newer.id[-4:]})"]


# Two files


def table(n: int, seed: int, spread: float = 1.0) -> bytes:
    """A CSV file of signals."""
    text = io.StringIO()
    np.savetxt(text, np.random.default_rng(seed).normal(0, spread, (n, 16)), delimiter=",")
    return text.getvalue().encode()


@pytest.fixture
def _short(monkeypatch) -> None:
    """A sheet of a few lines."""
    lines = ("boosted_trees", "w1_mean", "psd")
    monkeypatch.setattr(report_module, "measures", lambda *given: [one for one in measures(*given) if one.key in lines])


REALS = ("reals.csv", table(3 * MIN_SIGNALS, 0), "text/csv")
FAKES = ("fakes.csv", table(MIN_SIGNALS, 1, spread=4), "text/csv")


def with_files(*files: tuple[str, bytes, str]):
    """A new session in which files were given."""
    session = visit("fidelity")
    session.segmented_control[0].set_value("Two files").run()
    for uploader, file in zip(session.file_uploader, files, strict=False):
        uploader.set_value(file)
    return session.run()


def finished(session):
    """Measure the files and look at what came of it."""
    click(session, "measure")
    wait_until(lambda: not progress(session.run()))
    return session


@pytest.mark.parametrize("files", [(), (REALS,)], ids=["none", "one"])
def test_two_files_are_asked_for(files):
    session = with_files(*files)
    assert is_well(session)
    assert [uploader.label for uploader in session.file_uploader] == ["Real signals", "Fake signals"]
    assert "Give a file of real signals and one of fakes" in session.info[0].value
    assert session.button(key="measure").disabled
    assert downloads(session) == components(session) == []


def test_two_files_are_judged():
    session = with_files(REALS, FAKES)
    assert not session.button(key="measure").disabled
    finished(session)
    assert is_well(session)
    assert not session.error
    assert SIGNS[Grade.POOR] in verdict(session)
    assert any("fakes from “fakes.csv”" in shown(caption.value) for caption in session.caption)
    assert downloads(session) == DOWNLOADS
    assert session.button(key="measure").label == "Measure again"


@pytest.mark.usefixtures("_short")
def test_the_report_on_files_is_still_there_after_a_look_at_a_run(add_run):
    add_run()
    session = finished(with_files(REALS, FAKES))
    found = verdict(session)
    session.segmented_control[0].set_value("The run’s twin").run()
    assert is_well(session)
    assert "verdict" not in components(session)
    assert verdict(with_files(REALS, FAKES)) == found


@pytest.mark.usefixtures("_short")
def test_another_sampling_rate_is_another_measurement():
    session = finished(with_files(REALS, FAKES))
    assert verdict(session)
    session.number_input(key="rate").set_value(100.0).run()
    assert is_well(session)
    assert "verdict" not in components(session)
    assert session.button(key="measure").label == "Measure"


@pytest.mark.parametrize(
    ("fakes", "says"),
    [
        (("fakes.csv", b"text,\nonly,\n", "text/csv"), "does not hold plain numbers"),
        (("fakes.npy", b"1,2\n", "application/octet-stream"), "is no whole NumPy file of numbers"),
        (("fakes.csv", table(5, 0), "text/csv"), "There are only 5 signals a side"),
        (("fakes.csv", b"1,2,3\n4,5,6\n", "text/csv"), "The fakes are 3 samples long"),
    ],
)
def test_files_that_cannot_be_judged_are_said_in_a_sentence(fakes, says):
    session = finished(with_files(REALS, fakes))
    assert is_well(session)
    assert len(session.error) == 1
    assert says in shown(session.error[0].value)
    click(session, "dismiss")
    assert is_well(session)
    assert not session.error


def test_a_sampling_rate_of_nothing_is_said_in_a_sentence():
    session = with_files(REALS, FAKES)
    session.number_input(key="rate").set_value(0.0).run()
    finished(session)
    assert is_well(session)
    assert "The sampling rate is 0 Hz; give one above 0" in shown(session.error[0].value)


@pytest.mark.usefixtures("_short")
def test_the_name_of_a_file_is_shown_as_it_is():
    session = finished(with_files(REALS, (f"{UGLY}.csv".replace("/", ""), *FAKES[1:])))
    assert is_well(session)
    assert verdict(session)
    assert not [text for text in markdown(session) if "$y$" in text or "**z**" in text or "![i]" in text]


# From other pages


def test_the_table_of_runs_has_the_verdicts(add_judged, add_run):
    judged = add_judged("Judged")
    add_run("Never measured")
    session = visit("runs")
    assert is_well(session)
    assert names(session) == ["Never measured", "Judged"]
    verdicts = session.dataframe[0].value["verdict"]
    assert verdicts.isna().tolist() == [True, False]
    assert verdicts[1] == judged.report.verdict.title


def test_a_ticked_run_can_be_judged(add_run):
    older = add_run("Older")
    add_run("Newer")
    session = tick(visit("runs"), 1)
    assert not session.button(key="judge").disabled
    click(session, "judge")
    assert is_well(session)
    assert session.title[0].value == "Fidelity"
    assert session.query_params["run"] == older.id


def test_a_run_without_a_twin_cannot_be_judged(store, tiny_config):
    store.create(tiny_config, "New")
    assert tick(visit("runs"), 0).button(key="judge").disabled


def test_whoever_takes_signals_is_told_the_verdict(add_judged, add_run):
    judged = add_judged("Judged")
    session = visit("generate", run=judged.id)
    assert f"Its last report: **{judged.report.verdict.title}**." in [caption.value for caption in session.caption]
    assert "How true is it?" in links(session)
    other = visit("generate", run=add_run("Never measured").id)
    assert not [caption for caption in other.caption if "report" in caption.value]
    assert "How true is it?" in links(other)


def test_whoever_trained_a_twin_is_led_to_its_judgement(add_run):
    add_run()
    assert "Judge it" in links(visit("train"))


def test_the_first_page_leads_to_the_judgement():
    assert links(visit("home"))[-4:] == ["Go to Signals", "Go to Train", "Go to Fidelity", "Go to Generate"]
