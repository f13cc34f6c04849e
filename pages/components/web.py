"""What components have in common: their halves in the browser, and where this server answers."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from core.access.links import sign
from core.presentation.web_files import WebFiles
from pages import access

FILES = WebFiles(Path(__file__).parent)


def base_path() -> str:
    """The path below which the server answers (`server.baseUrlPath`), as in "/twins"; usually empty."""
    path = str(st.get_option("server.baseUrlPath")).strip("/")
    return f"/{path}" if path else ""


def route(path: str, query: dict[str, Any]) -> str:
    """The address of a route of this server, for scripts on a page."""
    return f"{base_path()}/api/{path}?{urlencode(query)}"


def link(path: str, query: dict[str, Any]) -> str:
    """The same for people, who may hand it to a program: where one must sign in, it opens without that for an hour or two."""
    secret = access.settings().secret
    return route(path, sign(f"{base_path()}/api/{path}", query, secret) if secret else query)


def component(name: str, html: str, css: str = "", isolate_styles: bool = False) -> Any:
    """Register the component whose half in the browser is the module `name`.js.

    isolate_styles: hide the page's style sheets from it; its own class names must be unlike all others if not.
    """
    return st.components.v2.component(
        f"wavetwin_{name}",
        html=html,
        css=css,
        # Streamlit runs this text from an address of its own (blob:), from where nothing relative can be imported.
        js=f"""
            const module = new URL("{base_path()}/assets/{FILES.version}/{name}.js", location.origin);
            export default (await import(module)).default;
        """,
        isolate_styles=isolate_styles,
    )
