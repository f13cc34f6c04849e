"""Small tiles with a figure, what it means and a sparkline; drawn as one piece of HTML, so nothing flickers."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from pages.components.markup import markup

WIDTH, HEIGHT = 120, 26  # of a sparkline, in its own units


@dataclass(frozen=True)
class Tile:
    """One figure: its name, its value as text, what it means, and its course so far (n,)."""

    label: str
    value: str
    meaning: str = ""
    course: np.ndarray | None = None


def tiles(items: Sequence[Tile], key: str) -> None:
    """Show tiles beside each other, as many in a row as fit."""
    markup(f'<div class="wt-tiles">{"".join(_html(item) for item in items)}</div>', key)


def sparkline(values: np.ndarray) -> str:
    """The course of (n,) values as an SVG polyline."""
    values = values[np.linspace(0, len(values) - 1, min(len(values), WIDTH // 2)).astype(int)]
    x = np.linspace(0, WIDTH, len(values))
    low, spread = values.min(), max(np.ptp(values), 0.02 * np.abs(values).max()) or 1.0  # small changes look small
    y = HEIGHT - 2 - (values - low) / spread * (HEIGHT - 4)
    points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" aria-hidden="true">'
        f'<polyline points="{points}"/></svg>'
    )


def _html(tile: Tile) -> str:
    course = tile.course if tile.course is not None else np.empty(0)
    course = course[np.isfinite(course)]
    return (
        f'<div class="wt-tile"><span class="wt-label">{escape(tile.label)}</span>'
        f'<span class="wt-value">{escape(tile.value)}</span>'
        f"{sparkline(course) if len(course) > 1 else ''}"
        f'<span class="wt-meaning">{escape(tile.meaning)}</span></div>'
    )
