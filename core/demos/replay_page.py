"""A replay as a file: one self-contained page that opens anywhere, offline, or an animated GIF."""

from html import escape
from pathlib import Path
from string import Template

import orjson

from core.demos.replay import Replay
from core.demos.replay_gif import as_gif
from core.presentation.content_policy import content_policy
from core.presentation.web_files import WebFiles

TEMPLATE = Path(__file__).with_name("replay.html")
STYLES = ("palette.css", "legend.css", "player.css")
MEDIA_TYPES = {"html": "text/html; charset=utf-8", "gif": "image/gif"}


def encoded(replay: Replay, form: str) -> bytes:
    """The file of a form, html or gif."""
    return as_gif(replay) if form == "gif" else as_html(replay).encode()


def as_html(replay: Replay) -> str:
    """One page with the player and all of its data; nothing is loaded from anywhere."""
    files = WebFiles()
    channel = f" Channel {replay.channel + 1}." if replay.config.source.n_channels > 1 else ""
    script = f"""{files.inlined("player.js")}
new Player(document.getElementById("replay")).take({_literal(replay.as_json())}, 0);
"""
    return Template(TEMPLATE.read_text("utf-8")).substitute(
        policy=content_policy(script),
        title=escape(replay.name),
        basis=escape(f"{replay.settings}{channel} {replay.date}."),
        style="".join(files.read(name) for name in STYLES),
        script=script,
    )


def _literal(value: object) -> str:
    # In a script element only "</" and "<!--" could change what is read.
    return orjson.dumps(value).decode().replace("<", "\\u003c")
