import pytest

from core.access.settings import NO_LIST, VISITOR_LIMITS, Access
from core.errors import ConfigError

AUTH = {"auth": {"cookie_secret": "a long random text"}}


def test_nothing_is_set_unless_somebody_sets_it():
    access = Access.read({}, {})
    assert not access.is_sign_in_needed
    assert not access.is_for_visitors
    assert {getattr(access, name) for name in VISITOR_LIMITS} == {None}


def test_the_environment_wins_over_secrets():
    secrets = {"wavetwin": {"allowed_emails": ["ada@lab.org"], "max_runs": 9, "max_queue": 4}}
    access = Access.read(secrets, {"WAVETWIN_ALLOWED_EMAILS": "eve@lab.org, *@uni.edu", "WAVETWIN_MAX_RUNS": "2"})
    assert access.allowed_emails == ("eve@lab.org", "*@uni.edu")
    assert (access.max_runs, access.max_queue) == (2, 4)


def test_a_public_demo_has_limits_that_can_be_changed():
    access = Access.read({}, {"WAVETWIN_MODE": "visitor", "WAVETWIN_MAX_RUNS": "7"})
    assert access.is_for_visitors
    assert {name: getattr(access, name) for name in VISITOR_LIMITS} == VISITOR_LIMITS | {"max_runs": 7}


@pytest.mark.parametrize(
    ("secrets", "environment", "said"),
    [
        ({}, {"WAVETWIN_MODE": "visitors"}, "Mode"),
        ({}, {"WAVETWIN_MAX_RUNS": "many"}, "Max runs"),
        ({"wavetwin": {"allowed_mails": ["ada@lab.org"]}}, {}, "no setting “allowed_mails”"),
        ({"auth": {"client_id": "any"}}, {}, "cookie_secret"),
    ],
)
def test_what_is_impossible_is_said_and_not_passed_over(secrets, environment, said):
    with pytest.raises(ConfigError, match=said):
        Access.read(secrets, environment)


def test_the_secret_is_not_taken_from_the_environment_and_not_shown():
    access = Access.read(AUTH, {"WAVETWIN_SECRET": "another"})
    assert access.secret == "a long random text"
    assert "random" not in repr(access)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_a_server_for_this_machine_warns_of_nothing(address):
    assert list(Access().warnings(address)) == []


@pytest.mark.parametrize("address", [None, "0.0.0.0", "::", "192.168.1.4", "lab.local"])
def test_a_server_for_others_without_sign_in_warns_once(address):
    (sentence,) = Access().warnings(address)
    assert (address or "any address") in sentence


def test_a_sign_in_that_lets_in_everybody_warns():
    assert list(Access.read(AUTH, {}).warnings("0.0.0.0")) == [NO_LIST]
    assert list(Access.read(AUTH | {"wavetwin": {"allowed_groups": ["lab"]}}, {}).warnings("0.0.0.0")) == []


def test_a_public_demo_is_meant_to_be_open():
    assert list(Access(mode="visitor").warnings("0.0.0.0")) == []
