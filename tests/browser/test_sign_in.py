"""Signing in with a provider of OpenID Connect that runs here: what a team sees, and what nobody else does."""

import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from core.access import links
from core.config import RunConfig
from core.jobs.training import train
from core.store.runs import RunStore
from tests.browser.acts import at_rest, state_badge
from tests.browser.conftest import window
from tests.browser.dashboard import Dashboard

SECRET = "a long random text for these tests"
CLAIMS = {
    "ada": {"email": "ada@lab.org", "name": "Ada Lovelace"},
    "eve": {"email": "eve@elsewhere.org", "name": "Eve"},
}
SECRETS = """
[auth]
redirect_uri = "{dashboard}/oauth2callback"
cookie_secret = "{secret}"
client_id = "wavetwin"
client_secret = "any"
server_metadata_url = "http://localhost:{provider}/.well-known/openid-configuration"

[wavetwin]
allowed_emails = ["*@lab.org"]
"""


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Dashboard]:
    """A dashboard that asks everybody to sign in, and the provider that they sign in with."""
    with warnings.catch_warnings():  # imported only here: other tests need not wait for it
        import authlib.deprecate  # which turns on its own warnings

        warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
        from oidc_provider_mock import User, run_server_in_thread

    people = [User(sub=name, claims=claims) for name, claims in CLAIMS.items()]
    secrets = tmp_path / "secrets.toml"
    dashboard = Dashboard(tmp_path, STREAMLIT_SECRETS_FILES=str(secrets))
    with run_server_in_thread(user_claims=people) as provider:
        secrets.write_text(
            SECRETS.format(dashboard=dashboard.url, secret=SECRET, provider=provider.server_port), "utf-8"
        )
        dashboard.start()
        yield dashboard
        dashboard.end()


def sign_in(page: Page, dashboard: Dashboard, name: str) -> None:
    """As a person does: on the dashboard, then at the provider, and back on the page that they wanted to see."""
    page.goto(f"{dashboard.url}/runs?large=true")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_url(f"{dashboard.url}/runs?large=true**")
    at_rest(page)


def test_a_team_signs_in(page: Page, browser: Browser, team: Dashboard, tiny_config: RunConfig) -> None:
    old = train(tiny_config, "Before", team.data_dir)
    path, query = "/api/signals", {"run": old.id, "count": 5}
    asked = f"{team.url}{path}?run={old.id}&count=5"

    page.goto(f"{team.url}/runs")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    expect(page.get_by_text("Before")).to_have_count(0)  # nothing is shown, the list of runs neither
    anonymous = page.request.get(asked)
    assert (anonymous.status, list(anonymous.json())) == (401, ["error"])

    sign_in(page, team, "ada")
    expect(page.get_by_text("Signed in as Ada Lovelace")).to_be_visible()
    assert page.request.get(asked).status == 200  # by the cookie

    page.goto(f"{team.url}/train")
    page.locator(".st-key-start button").click()
    expect(page.get_by_text("Started by Ada Lovelace.")).to_be_visible()
    state_badge(page, "finished")
    new = RunStore(team.data_dir).all()[0]
    assert new.owner.name == "Ada Lovelace"
    assert old.owner is None

    page.goto(f"{team.url}/generate?run={old.id}")
    link = page.get_by_role("link", name="for programs").get_attribute("href")
    with window(browser) as other:
        stranger = other.new_page()
        signed = stranger.request.get(link if link.startswith("http") else f"{team.url}{link}")
        assert (signed.status, signed.json()["training"]["run"]) == (200, old.id)
        assert stranger.request.get(signed.url.replace(old.id, new.id)).status == 401  # another file than was signed
        with pytest.MonkeyPatch.context() as patch:
            now = time.time()
            patch.setattr("core.access.links.time.time", lambda: now - 3 * links.LIFETIME)
            stale = links.sign(path, query, SECRET)
        assert stranger.request.get(f"{team.url}{path}", params=stale).status == 401
        sign_in(stranger, team, "eve")
        expect(stranger.get_by_text("Eve, eve@elsewhere.org")).to_be_visible()
        assert stranger.request.get(asked).status == 403

    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="End session").click()  # at the provider
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    assert page.request.get(asked).status == 401
