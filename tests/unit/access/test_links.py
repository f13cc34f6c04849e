import pytest

from core.access.links import LIFETIME, SIGNATURE, UNTIL, is_signed, sign, stripped

PATH, QUERY, SECRET = "/api/signals", {"run": "20260101-120000-0000", "count": 5}, "secret"


@pytest.fixture
def at(monkeypatch):
    """Sets the time."""

    def set_time(seconds: float) -> None:
        monkeypatch.setattr("core.access.links.time.time", lambda: seconds)

    set_time(10 * LIFETIME + 1)
    return set_time


def signed() -> dict[str, str]:
    return {name: str(value) for name, value in sign(PATH, QUERY, SECRET).items()}


def test_a_signed_link_is_known_again_in_any_order(at):
    query = dict(reversed(signed().items()))
    assert is_signed(PATH, query, SECRET)
    assert is_signed(PATH, query | {"ticket": "abc"}, SECRET)  # a download is followed by it
    assert stripped(query) == {name: str(value) for name, value in QUERY.items()}


@pytest.mark.parametrize(
    "change",
    [
        {"count": "6"},
        {"kind": "real"},
        {UNTIL: "99999999999"},
        {UNTIL: 5000 * "9"},
        {UNTIL: "soon"},
        {SIGNATURE: ""},
        {SIGNATURE: "é"},
    ],
)
def test_a_changed_link_is_refused(at, change):
    assert not is_signed(PATH, signed() | change, SECRET)


def test_a_link_is_for_one_path_and_one_server(at):
    assert not is_signed("/api/balanced", signed(), SECRET)
    assert not is_signed(PATH, signed(), "another")
    assert not is_signed(PATH, {name: str(value) for name, value in QUERY.items()}, SECRET)


def test_a_link_lasts_an_hour_at_least_and_two_at_most(at):
    query = signed()
    at(11 * LIFETIME + 1)
    assert is_signed(PATH, query, SECRET)
    at(12 * LIFETIME + 1)
    assert not is_signed(PATH, query, SECRET)


def test_a_page_that_is_drawn_again_has_the_same_link(at):
    first = signed()
    at(10 * LIFETIME + 1800)
    assert signed() == first
