"""Measures on page Fidelity, and reads what came of it."""

import pytest

from core.fidelity.report import MIN_SIGNALS
from tests.pages.visits import tile_texts
from tests.waiting import wait_until

UGLY = "<b>x</b> $y$ **z** ![i](https://x.y/i)"
DOWNLOADS = ["report-html", "report-csv", "report-json"]


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """As few signals as can be judged."""
    monkeypatch.setattr("core.fidelity.report.N_QUICK", MIN_SIGNALS)
    monkeypatch.setattr("core.jobs.evaluation.N_FULL", MIN_SIGNALS)


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
