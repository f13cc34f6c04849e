"""A button for a file that the server must prepare first."""

from typing import Any

from pages.components.web import FILES, component, route

_component = component(
    "prepared",
    html="""
        <button type="button"></button>
        <p role="status"></p>
    """,
    css=FILES.read("download.css"),
    isolate_styles=True,
)


def prepared_button(label: str, waiting: str, path: str, query: dict[str, Any], name: str, key: str) -> None:
    """A button that downloads what /api/`path` answers to `query` as a file called `name`; `waiting` is said meanwhile."""
    _component(key=key, data={"label": label, "waiting": waiting, "address": route(path, query), "name": name})
