"""Sign-in, visitors and quotas, as pages show them."""

import json
import secrets
from dataclasses import replace

import pytest
import streamlit as st
from streamlit.auth_util import set_cookie_with_chunks
from streamlit.runtime.secrets import Secrets
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import create_signed_value

from core.access.people import VISITOR, Person
from core.access.settings import Access
from core.store.owner import Owner
from core.store.run import Run
from core.store.status import State
from pages import access
from tests.pages.evaluations import click, progress
from tests.pages.visits import article, controls, go, is_well, keys, names, opened, shown, tick, visit

AUTH = {
    "cookie_secret": "a long random text",
    "redirect_uri": "http://localhost:8501/oauth2callback",
    "client_id": "any",
    "client_secret": "any",
    "server_metadata_url": "http://localhost/any",
}
TEAM = {"auth": AUTH, "wavetwin": {"allowed_emails": ["ada@lab.org"]}}
ADA = {"is_logged_in": True, "sub": "1", "email": "ada@lab.org", "name": "Ada *Lovelace*"}
EVE = {"is_logged_in": True, "sub": "2", "email": "eve@lab.org", "name": "Eve"}
NOBODY = {"is_logged_in": False}
ME = Person("me", VISITOR, is_visitor=True)


def of_team(page: str, user: dict, kept: dict = TEAM) -> AppTest:
    """A session on a server where one must sign in."""
    session = opened(page)
    session.secrets.update(kept)
    session.user = user
    return session.run()


def give(run: Run, owner: str, **granted) -> Run:
    """Make somebody the owner of a run."""
    Owner(id=owner, name=VISITOR, **granted).keep(run.path)
    return run


@pytest.fixture
def demo(monkeypatch) -> None:
    """A public demo, which knows the reader by a cookie."""
    monkeypatch.setenv("WAVETWIN_MODE", "visitor")
    monkeypatch.setattr(Person, "visiting", lambda cookies: ME)


# Sign-in


@pytest.mark.parametrize("page", ["home", "runs"])
def test_nobody_sees_anything_before_they_sign_in(page, add_run):
    add_run("Secret")
    session = of_team(page, NOBODY)
    assert is_well(session)
    assert keys(session) == {"sign-in-default"}
    assert not session.dataframe
    assert not session.selectbox
    assert not session.sidebar.caption


def test_a_choice_of_providers_has_a_button_each():
    auth = {"cookie_secret": "any", "google": {"client_id": "any"}, "keycloak": {"client_id": "any"}}
    session = of_team("home", NOBODY, {"auth": auth})
    assert [button.label for button in session.button] == ["Sign in with Google", "Sign in with Keycloak"]


def test_who_is_not_on_the_list_is_told_and_can_sign_out(add_run):
    add_run("Secret")
    session = of_team("runs", EVE)
    assert is_well(session)
    assert keys(session) == {"sign-out"}
    assert "**Eve, eve@lab.org**" in shown(session.info[0].value)
    assert not session.dataframe


def test_a_person_is_named_until_they_sign_out(add_run):
    add_run("Mine")
    session = of_team("runs", ADA)
    assert names(session) == ["Mine"]
    assert session.sidebar.caption[0].value == r"Signed in as **Ada \*Lovelace\***"
    session.button(key="sign-out").click().run()
    assert keys(session) == {"sign-in-default"}


def test_who_started_a_run_is_shown(store, add_run):
    add_run("Before")
    assert "owner" not in columns(visit("runs"))
    session = of_team("train", ADA)
    session.selectbox(key="preset").set_value("article").run()
    session.button(key="start").click().run()
    assert store.all()[0].owner.name == "Ada *Lovelace*"
    assert any(r"Started by Ada \*Lovelace\*." in caption.value for caption in session.caption)
    session.button(key="stop").click().run()
    assert columns(of_team("runs", ADA))["owner"] == "Started by"


def test_where_nobody_can_be_named_it_is_said(monkeypatch):
    session = of_team("signals", ADA)
    session.segmented_control(key="source-kind").set_value("Recordings").run()

    def fail(_owner: Owner, _folder: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Owner, "keep", fail)
    session.button(key="sample-heartbeats").click().run()
    assert is_well(session)
    assert "(No space left on device); free some space" in shown(session.error[0].value)


def columns(session: AppTest) -> dict[str, str]:
    """The titles of the columns in the table of runs that are not hidden."""
    found = json.loads(session.dataframe[0].proto.columns)
    return {name: column.get("label", name) for name, column in found.items() if not column.get("hidden")}


def test_a_broken_file_of_secrets_lets_nobody_in(tmp_path, monkeypatch, add_run):
    add_run("Secret")
    file = tmp_path / "secrets.toml"
    file.write_text("[auth\n")
    monkeypatch.setattr(st, "secrets", Secrets())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(st, "get_option", lambda name: [str(file)])
        patch.setattr("streamlit.runtime.secrets.config.get_option", lambda name: [str(file)])
        with pytest.raises(SystemExit, match=r"secrets\.toml.* Correct that file"):
            access.at_start()


def test_a_server_without_what_sign_in_needs_says_how_to_get_it(monkeypatch):
    monkeypatch.setattr(access, "settings", lambda: Access(secret="any"))
    monkeypatch.setattr("streamlit.auth_util.is_authlib_installed", lambda: False)
    with pytest.raises(SystemExit, match=r"requirements-team\.txt"):
        access.at_start()


@pytest.mark.parametrize("n_groups", [0, 400])  # 400 of them are too much for one cookie
def test_the_cookie_that_streamlit_writes_is_read(n_groups, monkeypatch, caplog):
    monkeypatch.setattr(access, "get_cookie_secret", lambda: "secret")
    claims, cookies = ADA | {"groups": [secrets.token_hex(16) for _ in range(n_groups)]}, {}

    def write(name: str, value: str) -> None:
        cookies[name] = create_signed_value("secret", name, value).decode()

    set_cookie_with_chunks(
        write,
        lambda name, value: create_signed_value("secret", name, value),
        access.USER_COOKIE_NAME,
        claims,
        cookie_attr_size=60,
    )
    assert (len(cookies) > 1) == bool(n_groups)
    assert access.claims_in(cookies) == claims
    assert access.claims_in({name: f"{value}x" for name, value in cookies.items()}) == {}
    assert access.claims_in({}) == {}
    caplog.clear()  # Streamlit tells that it split the cookie


# Visitors


@pytest.mark.parametrize("page", ["signals", "anomalies", "fidelity"])
def test_visitors_are_told_that_nothing_can_be_uploaded(page, demo, add_run):
    add_run("Example")
    session = visit(page)
    if page == "signals":
        session.segmented_control(key="source-kind").set_value("Recordings").run()
    if page == "fidelity":
        session.segmented_control(key="subject").set_value("Two files").run()
    assert is_well(session)
    assert not session.get("file_uploader")
    said = [info.value for info in session.info]
    assert access.NO_UPLOADS in said
    assert not any("Drop recordings" in text or "Add your recordings" in text for text in said)


def test_visitors_change_only_what_they_made(demo, add_run):
    give(add_run("Another's"), "another")
    give(add_run("Mine"), "me")
    session = tick(visit("runs"), names(visit("runs")).index("Another's"))
    assert {"rename", "delete"} & keys(session) == set()
    session = tick(visit("runs"), names(visit("runs")).index("Mine"))
    assert {"rename", "delete"} <= keys(session)
    assert "delete-many" not in keys(tick(visit("runs"), 0, 1))


@pytest.mark.parametrize(("owner", "expected"), [("me", {"resume", "stop"}), ("another", set())])
def test_visitors_control_only_their_own_trainings(owner, expected, demo, add_run):
    give(add_run("Any", State.PAUSED, step=40), owner)
    assert controls(visit("train")) == expected


def test_visitors_replace_no_report_of_another_run(demo, add_run, add_judged):
    give(add_judged("Judged by another"), "another")
    assert "measure" not in keys(visit("fidelity"))
    give(add_judged("Mine"), "me")
    assert "measure" in keys(visit("fidelity"))
    give(add_run("Not judged"), "another")
    assert "measure" in keys(visit("fidelity"))


@pytest.mark.parametrize(("owner", "expected"), [("me", {"cancel"}), ("another", set())])
def test_visitors_cancel_only_their_own_measurements(owner, expected, demo, add_run, held, evaluations, monkeypatch):
    give(add_run("Not judged"), "another")
    with monkeypatch.context() as patch:
        patch.setattr(ME.__class__, "visiting", lambda cookies: replace(ME, id=owner))
        click(visit("fidelity"), "measure")
    assert held["begun"].wait(300)
    session = visit("fidelity")
    assert progress(session)
    assert {"cancel"} & keys(session) == expected


def test_visitors_leave_no_settings_for_others(demo):
    assert {"save", "forget"} & keys(visit("signals")) == set()


def test_a_visitor_is_told_when_a_run_is_deleted_and_why_it_ended(demo, add_run):
    give(add_run("Mine", State.STOPPED, seconds=600.0), "me", expires_at=1_800_000_000.0, minutes=10)
    session = visit("train")
    assert any(
        "It will be deleted on 15 January at 08:00 UTC. It ended because a training may take 10 minutes"
        in caption.value
        for caption in session.caption
    )
    assert "deleted 24 hours after" in session.sidebar.caption[0].value


def test_a_visitors_training_is_theirs(demo, store):
    session = article()
    session.button(key="start").click().run()
    owner = store.all()[0].owner
    assert (owner.id, owner.minutes) == ("me", 10)
    assert owner.expires_at
    session.button(key="stop").click().run()


# Quotas


def test_a_full_queue_is_said_before_anything_is_pressed(monkeypatch, store, tiny_config):
    monkeypatch.setenv("WAVETWIN_MAX_QUEUE", "1")
    run = store.create(tiny_config, "Waiting")
    run.claim()
    session = visit("train")
    assert "The queue is full: 1 training waits already." in shown(session.warning[0].value)
    assert session.button(key="start").disabled
    home = visit("home")
    home.button(key="demo").click().run()
    assert "The queue is full" in home.error[0].value
    run.release()
    assert len(store.all()) == 1


def test_a_full_disk_is_said_in_place_of_the_drop_zone(monkeypatch, add_run):
    monkeypatch.setenv("WAVETWIN_MAX_DISK_MB", "0")
    add_run("Mine")
    session = visit("signals")
    session.segmented_control(key="source-kind").set_value("Recordings").run()
    assert "each person may keep 0 MB here" in session.warning[0].value
    assert not session.get("file_uploader")
    session.button(key="sample-heartbeats").click().run()
    assert "each person may keep 0 MB here" in session.error[0].value


def test_a_data_set_belongs_to_who_kept_it_first(monkeypatch, data_dir):
    for user in (ADA, EVE):
        session = of_team("signals", user, {"auth": AUTH})
        session.segmented_control(key="source-kind").set_value("Recordings").run()
        session.button(key="sample-heartbeats").click().run()
    (folder,) = (data_dir / "datasets").iterdir()
    assert Owner.of(folder).name == "Ada *Lovelace*"


def test_too_large_a_download_is_said_in_place_of_its_button(monkeypatch, add_run):
    monkeypatch.setenv("WAVETWIN_MAX_DOWNLOAD_MB", "1")
    add_run("Mine")
    session = visit("generate")
    assert "one download may hold 1 MB here: ask for 7,812 at most" in shown(session.error[0].value)
    session.number_input(key="count").set_value(7812).run()
    assert not session.error
    assert is_well(go(session, "home"))
