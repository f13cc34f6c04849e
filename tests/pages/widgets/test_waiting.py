from threading import Event

import pytest
from streamlit.testing.v1 import AppTest

from core.interruption import checkpoint
from pages.widgets import waiting
from pages.widgets.waiting import LeftError, waited


def test_what_is_waited_for_comes_back():
    assert waited("Working …", lambda tell: 3) == 3


def test_what_is_raised_comes_back():
    def fail(_tell):
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        waited("Working …", fail)


class Left(BaseException):
    """As Streamlit ends a script."""


class Bar:
    """A bar that ends the script when it is moved, as where the reader goes on; it remembers what it was moved to."""

    def __init__(self, n_moves: int) -> None:
        self.shares, self.n_moves = [], n_moves

    def __call__(self, share, text):
        return self

    def progress(self, share, text):
        self.shares.append(share)
        if len(self.shares) > self.n_moves:
            raise Left


@pytest.fixture
def at_once(monkeypatch):
    monkeypatch.setattr(waiting, "SHOWN_AFTER", 0.0)
    monkeypatch.setattr(waiting, "LOOK_EVERY", 0.001)


@pytest.mark.parametrize("ends", [lambda tell: checkpoint(), lambda tell: tell(0.7)], ids=["checkpoint", "progress"])
def test_where_the_reader_goes_on_it_ends(at_once, monkeypatch, ends):
    monkeypatch.setattr(waiting.st, "progress", Bar(n_moves=3))
    over, errors = Event(), []

    def compute(tell):
        try:
            while True:
                ends(tell)
        except LeftError as error:
            errors.append(error)
            raise
        finally:
            over.set()

    with pytest.raises(Left):
        waited("Working …", compute)
    assert over.wait(60)
    assert len(errors) == 1


def test_the_bar_shows_what_is_told(at_once, monkeypatch):
    bar = Bar(n_moves=10**9)
    bar.empty = lambda: None
    monkeypatch.setattr(waiting.st, "progress", bar)

    def compute(tell):
        for told, shown in ((0.25, 0.25), (0.5, 0.5), (1.5, 1.0)):
            tell(told)
            while shown not in bar.shares:
                checkpoint()

    waited("Working …", compute, share=0.25)
    assert [*dict.fromkeys(bar.shares)] == [0.25, 0.5, 1.0]


def page() -> None:
    from threading import Event

    import streamlit as st

    from pages.widgets.waiting import waited

    def cancel() -> None:
        st.session_state["cancelled"] = True

    st.text(waited("Working …", lambda tell: Event().wait(1) or "done", on_cancel=cancel))


def test_a_bar_and_a_button_are_gone_at_the_end():
    session = AppTest.from_function(page, default_timeout=60).run()
    assert not session.exception
    assert session.text[0].value == "done"
    assert not session.button
    assert not session.get("progress")
