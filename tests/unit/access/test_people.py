import time

import pytest

from core.access.people import VISITOR_COOKIE, Person, may_change
from core.access.settings import Access
from core.store.owner import Owner

CLAIMS = {"is_logged_in": True, "iss": "https://id.lab.org", "sub": "17", "email": "Ada@Lab.org", "name": "Ada"}
VISITORS = Access(mode="visitor")


def person(**claims) -> Person:
    return Person.signed_in(CLAIMS | claims)


def test_claims_are_a_person():
    assert person(groups=["lab"]) == Person("https://id.lab.org 17", "Ada", "ada@lab.org", ("lab",))


@pytest.mark.parametrize("claims", [{}, {"is_logged_in": False, "sub": "17"}, {"is_logged_in": True}])
def test_claims_of_nobody(claims):
    assert Person.signed_in(claims) is None


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": None, "preferred_username": "ada"}, "ada"),
        ({"name": ""}, "ada@lab.org"),
        ({"name": "A\nB\u202e"}, "A B"),
    ],
)
def test_a_person_is_called_something_that_can_be_shown(claims, name):
    assert person(**claims).name == name


@pytest.mark.parametrize(
    ("allowed", "email", "is_allowed"),
    [
        ("ada@lab.org", "ADA@lab.org", True),
        ("Ada@LAB.org", "ada@lab.org", True),
        ("*@lab.org", "ada@lab.org", True),
        ("*@lab.org", "ada@notlab.org", False),
        ("*@lab.org", "ada@lab.org.evil.net", False),
        ("ada@lab.org", "eve@lab.org", False),
        ("*@lab.org", "", False),
        ("", "", False),
    ],
)
def test_the_list_of_addresses(allowed, email, is_allowed):
    assert person(email=email).is_allowed(Access(allowed_emails=[allowed])) is is_allowed


@pytest.mark.parametrize("verified", [False, "false", "False", 0, "0", None, ""])
def test_an_address_that_the_provider_did_not_verify_is_none(verified):
    assert not person(email_verified=verified).is_allowed(Access(allowed_emails=["ada@lab.org"]))


@pytest.mark.parametrize("claims", [{}, {"email_verified": True}, {"email_verified": "true"}])
def test_an_address_counts_where_it_is_verified_or_nothing_is_said_of_that(claims):
    assert person(**claims).is_allowed(Access(allowed_emails=["ada@lab.org"]))


def test_the_list_of_groups():
    access = Access(allowed_emails=["eve@lab.org"], allowed_groups=["lab"])
    assert person(groups=["staff", "lab"]).is_allowed(access)
    assert person(groups="lab").is_allowed(access)
    assert not person(groups=["staff"]).is_allowed(access)


def test_without_a_list_all_who_signed_in_are_welcome():
    assert person().is_allowed(Access(secret="any"))


def test_a_visitor_is_known_by_a_cookie_that_is_not_kept():
    one, same, other = (Person.visiting({VISITOR_COOKIE: text}) for text in ("a", "a", "b"))
    assert one == same
    assert one.id != other.id
    assert "a" not in (one.id, one.name)
    assert Person.visiting({}) is None


def test_what_a_visitor_makes_expires():
    assert person().owner(Access()).expires_at is None
    expires_at = person().owner(Access(mode="visitor", keep_hours=2)).expires_at
    assert 7100 < expires_at - time.time() <= 7200


def test_among_visitors_each_changes_only_what_they_made():
    me, other = (Person.visiting({VISITOR_COOKIE: text}) for text in "ab")
    mine = me.owner(VISITORS)
    assert may_change(mine, me, VISITORS)
    assert not may_change(mine, other, VISITORS)
    assert not may_change(None, me, VISITORS)
    assert not may_change(None, None, VISITORS)  # somebody without cookies
    assert may_change(mine, other, Access())


def test_an_owner_is_kept_and_read_again(tmp_path, caplog):
    owner = person().owner(Access(max_minutes=3))
    owner.keep(tmp_path)
    assert Owner.of(tmp_path) == owner
    (tmp_path / "owner.json").write_text("{")
    assert Owner.of(tmp_path) is None
    assert "cannot be read" in caplog.text
