"""Text that is not ours, made harmless."""

import re

_MARKDOWN = re.compile(r"([\\\\`*_{}\[\]()#+\-.!|$~<>:&])")


def plain(text: str) -> str:
    """Text that a user typed, for a place that reads Markdown: shown letter by letter."""
    return _MARKDOWN.sub(r"\\\1", text)
