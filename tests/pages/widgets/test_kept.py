import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.widgets.kept import Kept


def page() -> None:
    import streamlit as st

    from pages.widgets.kept import Kept

    @st.cache_resource
    def kept() -> Kept[str]:
        return Kept(2, 3600)

    key, computed = st.session_state["key"], st.session_state.setdefault("computed", [])
    fails = "fails" in st.session_state

    def compute(tell) -> str:
        computed.append(key)
        tell(0.5)
        if fails:
            raise ValueError("no")
        return key.upper()

    st.text(kept().get(key, "Working …", compute))


@pytest.fixture
def session() -> AppTest:
    st.cache_resource.clear()
    return AppTest.from_function(page, default_timeout=60)


def visit(session: AppTest, key: str) -> str:
    session.session_state["key"] = key
    session.run()
    assert not session.exception
    assert not session.get("progress")
    return session.text[0].value


def test_what_was_used_last_is_kept(session):
    session.session_state["computed"] = computed = []
    assert [visit(session, key) for key in "abacab"] == [*"ABACAB"]
    assert computed == [*"abcb"]  # c took the place of b, and b that of c
    assert visit(session, "a") == "A"


def test_where_it_fails_nothing_is_kept(session):
    session.session_state["key"], session.session_state["fails"] = "a", True
    assert session.run().exception
    del session.session_state["fails"]
    session.session_state["computed"] = computed = []
    assert visit(session, "a") == "A"
    assert computed == ["a"]


def test_what_was_not_used_for_long_is_forgotten(session, monkeypatch):
    now = 1000.0
    monkeypatch.setattr("pages.widgets.kept.time", SimpleNamespace(monotonic=lambda: now))
    session.session_state["computed"] = computed = []
    visit(session, "a")
    now += 3000
    visit(session, "a")
    now += 3000
    visit(session, "a")
    now += 3601
    visit(session, "a")
    assert computed == ["a", "a"]


class Slow(OrderedDict):
    """Takes its time, so that others come in between."""

    def move_to_end(self, key, last=True) -> None:
        time.sleep(0.05)
        super().move_to_end(key, last)


def test_sessions_that_keep_something_at_once_do_not_come_in_each_others_way(monkeypatch):
    monkeypatch.setattr("pages.widgets.kept.OrderedDict", Slow)
    kept = Kept[str](1)
    with ThreadPoolExecutor(4) as pool:
        found = pool.map(lambda key: kept.get(key, "Working …", lambda tell: key.upper()), "abcd")
        assert [*found] == [*"ABCD"]
