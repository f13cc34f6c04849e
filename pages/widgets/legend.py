"""The legend above plots of real and fake signals."""

from html import escape

from pages.components.markup import markup


def legend(fake: str, key: str, real: str = "real") -> None:
    """Show which lines are real and which are fake; `fake` and `real` are their labels."""
    entries = "".join(
        f'<span><svg viewBox="0 0 30 8"><line class="wt-{kind}" x2="30" y1="4" y2="4"/></svg>{escape(text)}</span>'
        for kind, text in (("real", real), ("fake", fake))
    )
    markup(f'<div class="wt-key">{entries}</div>', key)
