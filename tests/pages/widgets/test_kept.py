import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.widgets.kept import Kept

    @st.cache_resource
    def kept() -> Kept[str]:
        return Kept(2)

    def compute(tell) -> str:
        computed.append(st.session_state["key"])
        tell(0.5)
        if "leaves" in st.session_state:
            st.stop()
        tell(1.5)
        return st.session_state["key"].upper()

    computed = st.session_state.setdefault("computed", [])
    st.text(kept().get(st.session_state["key"], "Working …", compute))


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


def test_where_it_is_ended_nothing_is_kept(session):
    session.session_state["key"], session.session_state["leaves"] = "a", True
    assert not session.run().text
    del session.session_state["leaves"]
    session.session_state["computed"] = computed = []
    assert visit(session, "a") == "A"
    assert computed == ["a"]
