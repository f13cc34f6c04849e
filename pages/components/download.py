"""A download button that shows how far the download is.

The file streams from a route of the server to the browser's own downloads; neither side ever holds it in memory.
"""

from typing import Any

from pages.components.web import FILES, component, link

_component = component(
    "download",
    html="""
        <button type="button"></button>
        <progress max="1" value="0" hidden></progress>
        <p role="status"></p>
    """,
    css=FILES.read("download.css"),
    isolate_styles=True,
)


def download_button(
    label: str, query: dict[str, Any], key: str, primary: bool = False, path: str = "signals"
) -> float | None:
    """A button that downloads what /api/`path` answers to `query`.

    Returns the seconds that the download took, in the one rerun that follows its end.
    """
    result = _component(
        key=key,
        data={"label": label, "address": link(path, query), "primary": primary},
        on_seconds_change=lambda: None,
    )
    return result.get("seconds")
