"""Opens the pages as a browser would, and reads what is on them."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Element

from core.store.status import State

FRAME = Path(__file__).parents[2] / "pages" / "frame.py"
PAGES = ("home", "how", "signals", "train", "fidelity", "spot", "generate", "anomalies", "explore", "runs")
COMPONENTS = BidiComponentManager()  # each session would look for components in all installed packages: 0.1 s
UNFORESEEN = "Something went wrong on this page"


def visit(page: str, **query: str) -> AppTest:
    """A new browser session that begins on a page."""
    return opened(page, **query).run()


def opened(page: str, **query: str) -> AppTest:
    """The same before anything has run, to be signed in, for example."""
    session = AppTest.from_file(FRAME, default_timeout=300)
    session._bidi_component_manager = COMPONENTS
    session.query_params.update(query)
    if page != "home":
        session.switch_page(f"{page}.py")
    return session


def go(session: AppTest, page: str) -> AppTest:
    """On to another page by the navigation, which leaves the address's query behind."""
    session.query_params.clear()
    return session.switch_page(f"{page}.py").run()


def is_well(session: AppTest) -> bool:
    """Whether the page was drawn to its end: nothing was raised that nobody foresaw."""
    return not session.exception and not any(UNFORESEEN in error.value for error in session.error)


def keys(session: AppTest) -> set[str]:
    """The keys of all buttons."""
    return {button.key for button in session.button}


def field(session: AppTest, name: str) -> Any:
    """The widget of a setting, whatever its key begins with."""
    widgets = (*session.number_input, *session.selectbox, *session.text_input)
    return next(widget for widget in widgets if widget.key.endswith(f"-{name}"))


def tick(session: AppTest, *rows: int) -> AppTest:
    """Tick rows of the table of runs."""
    selection = {"rows": list(rows), "columns": [], "cells": []}
    session.session_state[session.dataframe[0].key] = {"selection": selection}
    return session.run()


def names(session: AppTest) -> list[str]:
    """The names in the table of runs."""
    return session.dataframe[0].value["name"].tolist() if session.dataframe else []


def data_of(session: AppTest, key: str) -> dict[str, Any]:
    """What a component of our own was given to show."""
    component = next(element for element in session.get("bidi_component") if element.key == key)
    return json.loads(component.proto.json)


def components(session: AppTest) -> list[str]:
    """The keys of all components of our own."""
    return [element.key for element in session.get("bidi_component")]


def figure(session: AppTest, key: str) -> dict[str, Any]:
    """What a chart shows."""
    return data_of(session, key)["figure"]


def charts(session: AppTest) -> list[dict[str, Any]]:
    """What all charts show."""
    parts = [json.loads(element.proto.json) for element in session.get("bidi_component")]
    return [part["figure"] for part in parts if "figure" in part]


def tile_texts(session: AppTest, key: str) -> list[str]:
    """The texts in tiles, in their order."""
    reader = _Texts()
    reader.feed(data_of(session, key)["html"])
    return reader.texts


def links(session: AppTest) -> list[str]:
    """The labels of all links to pages."""
    return [link.label for link in session.get("page_link")]


def markdown(session: AppTest) -> list[str]:
    """Everything on the page that the browser reads as Markdown."""
    return [text for element in session._tree if isinstance(element, Element) for text in _markdown_of(element)]


def _markdown_of(element: Element) -> list[str]:
    fields = ("body", "label", "text", "help", "placeholder")
    texts = (getattr(element.proto, name, None) for name in fields)
    return [text for text in texts if isinstance(text, str)] if element.type != "html" else []


def shown(text: str) -> str:
    """Markdown without the backslashes that keep its signs from meaning anything."""
    return re.sub(r"\\(\W)", r"\1", text)


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


# Page Train


BUTTONS = {
    State.QUEUED: {"pause", "stop"},
    State.RUNNING: {"pause", "stop"},
    State.PAUSED: {"resume", "stop"},
    State.STOPPED: {"resume"},
    State.FAILED: {"resume"},
    State.INTERRUPTED: {"resume"},
    State.FINISHED: set(),
}  # of a run, by its state
SOURCE = '{"waveform": "square", "n_samples": 32}'


def controls(session) -> set[str]:
    return keys(session) & {"pause", "resume", "stop"}


def progress(session) -> str:
    return session.get("progress")[0].proto.text


def article(**query):
    """A new session with the preset that needs no preparation."""
    return visit("train", **query).selectbox(key="preset").set_value("article").run()


def start(session, **values):
    """Set some settings and start a training."""
    for name, value in values.items():
        field(session, name).set_value(value)
    return session.run().button(key="start").click().run()
