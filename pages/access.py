"""Who looks at the pages, and what they may do: sign-in by `st.login`, visitors, and what an administrator set."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import streamlit as st
from streamlit import auth_util
from streamlit.errors import StreamlitAuthError, StreamlitSecretNotFoundError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

from core.access.people import Person, may_change
from core.access.settings import Access
from core.errors import ConfigError
from core.store.owner import Owner
from core.store.run import Run
from pages.widgets.page_header import page_header
from pages.widgets.text import plain

if TYPE_CHECKING:
    from core.jobs.evaluation import Measurement

NO_AUTHLIB = 'Sign-in needs Authlib: pip install "wavetwin[team]", or pip install -r requirements-team.txt'
NO_UPLOADS = "Nothing can be uploaded to this public demo. Install Wavetwin to use recordings of your own."


def settings() -> Access:
    """What an administrator set. Raises ConfigError where it cannot be read: nobody is let in by a typing error."""
    return Access.read(_secrets(), os.environ)


def at_start() -> Access:
    """The same at the start of a server, which ends with a sentence where something is wrong."""
    try:
        access = settings()
        if access.is_sign_in_needed:
            _check_sign_in()
    except (ConfigError, StreamlitAuthError) as error:
        raise SystemExit(f"Wavetwin cannot start. {' '.join(str(error).split())}") from None
    return access


def claims_in(cookies: Mapping[str, str]) -> dict[str, Any]:
    """What Streamlit's cookie says of somebody who signed in; empty where there is none that it signed."""
    secret = get_cookie_secret()

    def signed(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies.get(name, ""))

    claims = auth_util.get_cookie_with_chunks(signed, USER_COOKIE_NAME)  # a long one comes in several cookies
    return orjson.loads(claims) if claims else {}


def person() -> Person | None:
    """Who looks at the page; None where nobody has to say."""
    access = settings()
    if access.is_sign_in_needed:
        return Person.signed_in(st.user.to_dict())
    return Person.visiting(st.context.cookies) if access.is_for_visitors else None


def owner() -> Owner | None:
    """What is kept of the reader with what they make."""
    reader = person()
    return reader.owner(settings()) if reader else None


def may_change_run(run: Run) -> bool:
    """Whether the reader may stop, rename or delete a run."""
    return may_change(run.owner, person(), settings())


def may_cancel(measurement: "Measurement") -> bool:
    """Whether the reader may end a measurement."""
    return may_change(measurement.owner, person(), settings())


def may_change_shared() -> bool:
    """Whether the reader may rename or delete data sets and settings that are kept for all."""
    return not settings().is_for_visitors


def admitted() -> bool:
    """Whether the reader may see the pages; else they see how to sign in, or why they may not."""
    access, reader = settings(), person()
    if access.is_sign_in_needed and reader is None:
        _sign_in_page()
        return False
    if access.is_sign_in_needed and reader and not reader.is_allowed(access):
        _refusal_page(reader)
        return False
    with st.sidebar:
        if reader and not reader.is_visitor:
            st.caption(f"Signed in as **{plain(reader.name)}**")
            _sign_out_button()
        if access.is_for_visitors:
            st.caption(
                f"A public demo: your runs are deleted {access.keep_hours} hours after you start them, and others can look at "
                "them until then."
            )
    return True


def may_upload() -> bool:
    """Whether the reader may drop files."""
    return not settings().is_for_visitors


def uploads_allowed() -> bool:
    """The same; where they may not, it is said in the drop zone's place."""
    if may_upload():
        return True
    st.info(NO_UPLOADS, icon=":material/cloud_off:")
    return False


def _sign_in_page() -> None:
    page_header("Wavetwin", "Sign in to see the twins of your team.")
    providers = _providers(_secrets()["auth"])
    for name in providers:
        label = "Sign in" if len(providers) == 1 else f"Sign in with {name.capitalize()}"
        st.button(label, key=f"sign-in-{name}", type="primary", on_click=st.login, args=(name,))


def _refusal_page(reader: Person) -> None:
    page_header("Wavetwin", "You are signed in, but not yet on the list of those who may use this server.")
    shown = f"{reader.name}, {reader.email}" if reader.email not in ("", reader.name) else reader.name
    st.info(
        f"You signed in as **{plain(shown)}**. Ask whoever runs this server to add you, or sign in with another account.",
        icon=":material/lock:",
    )
    _sign_out_button()


def _sign_out_button() -> None:
    st.button("Sign out", key="sign-out", icon=":material/logout:", on_click=st.logout)


def _secrets() -> dict[str, Any]:
    """All of secrets.toml; empty where there is no such file. Raises ConfigError where it is broken."""
    try:
        return dict(st.secrets.to_dict())
    except StreamlitSecretNotFoundError as error:
        if any(Path(file).exists() for file in st.get_option("secrets.files")):
            raise ConfigError(f"{error}. Correct that file.") from None
        return {}


def _providers(auth: dict[str, Any]) -> list[str]:
    """The names of the providers in the section [auth]; Streamlit calls one without a name “default”."""
    named = [name for name, section in auth.items() if isinstance(section, dict) and "client_id" in section]
    return [*(["default"] if "client_id" in auth else []), *named] or ["default"]


def _check_sign_in() -> None:
    """Raise ConfigError or StreamlitAuthError where nobody could sign in."""
    if not auth_util.is_authlib_installed():
        raise ConfigError(NO_AUTHLIB)
    for name in _providers(_secrets()["auth"]):
        auth_util.validate_auth_credentials(name)
