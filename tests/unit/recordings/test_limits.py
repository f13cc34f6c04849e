"""Limits that the environment may change."""

import pytest

from core.recordings.reading.limits import setting


@pytest.mark.parametrize(("text", "limit"), [("", 7), ("  ", 7), ("1", 1), (" 500 ", 500)])
def test_the_environment_says_the_limit(monkeypatch, caplog, text, limit):
    monkeypatch.setenv("WAVETWIN_MAX_MB", text)
    assert setting("WAVETWIN_MAX_MB", 7) == limit
    assert not caplog.records


@pytest.mark.parametrize("text", ["0", "-5", "1.5", "much", "1e3", "²"])
def test_what_is_no_limit_is_said_and_the_usual_one_holds(monkeypatch, caplog, text):
    monkeypatch.setenv("WAVETWIN_MAX_MB", text)
    assert setting("WAVETWIN_MAX_MB", 7) == 7
    assert f"WAVETWIN_MAX_MB is “{text}”; give a whole number above 0." in caplog.text


def test_without_a_setting_the_usual_limit_holds(monkeypatch):
    monkeypatch.delenv("WAVETWIN_MAX_MB", raising=False)
    assert setting("WAVETWIN_MAX_MB", 7) == 7
