"""User text, escaped."""

import re

_MARKDOWN = re.compile(r"([\\\\`*_{}\[\]()#+\-.!|$~<>:&])")


def plain(text: str) -> str:
    """Text that a user typed, escaped for Markdown, so that it is shown literally."""
    return _MARKDOWN.sub(r"\\\1", text)
