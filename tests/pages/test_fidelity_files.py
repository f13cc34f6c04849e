import io

import numpy as np
import pytest

from core.fidelity import report as report_module
from core.fidelity.measure import Grade
from core.fidelity.report import MIN_SIGNALS
from core.fidelity.scorecard import measures
from pages.widgets.scorecard import SIGNS
from tests.pages.evaluations import DOWNLOADS, UGLY, click, downloads, progress, verdict
from tests.pages.visits import (
    components,
    is_well,
    markdown,
    shown,
    visit,
)
from tests.waiting import wait_until


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
    assert "Choose a file of real signals and a file of fakes" in session.info[0].value
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
        (("fakes.csv", b"text,\nonly,\n", "text/csv"), "has names of columns but no rows"),
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
