"""The drawing on the first page: the source, the two networks, the twin."""

import numpy as np

from core.config import SimulatorConfig, ValueRange
from core.signals.simulator import Simulator

WIDTH, HEIGHT = 260, 120  # of each part, in its own units


def source_to_twin() -> str:
    """HTML of three parts with arrows between them, which stand below each other on a narrow screen."""
    parts = [
        (_waves("real"), "The source", "Real signals. Each one is an experiment that costs money and time."),
        (_networks(), "The training", "One network makes fakes, the other tries to catch them. Both get better."),
        (_waves("fake"), "The twin", "New signals that look like the real ones, as many as you want, in seconds."),
    ]
    figures = [
        f"<figure>{svg}<figcaption><strong>{title}</strong>{text}</figcaption></figure>" for svg, title, text in parts
    ]
    return f'<div class="wt-drawing">{"<span>→</span>".join(figures)}</div>'


def _waves(kind: str) -> str:
    """Three signals of a lively source, as the class of real or fake lines."""
    source = SimulatorConfig(
        amplitude=ValueRange(minimum=5, maximum=9, step=1),
        bias=ValueRange(minimum=0, maximum=0, step=1),
        noise_amplitude=0.9,
        n_samples=110,
    )
    signals = Simulator(source).sample(3, seed={"real": 4, "fake": 9}[kind])[:, 0]
    x = np.linspace(4, WIDTH - 4, signals.shape[1])
    lines = []
    for index, values in enumerate(signals):
        y = HEIGHT * (2 * index + 1) / 6 - 1.9 * values
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))
        lines.append(f'<polyline class="wt-{kind}" points="{points}"/>')
    return _svg("".join(lines))


def _networks() -> str:
    """Generator and discriminator with what passes between them."""
    boxes = "".join(
        f'<rect x="{x}" y="38" width="100" height="44" rx="6"/><text x="{x + 50}" y="64.5">{name}</text>'
        for x, name in ((4, "generator"), (156, "discriminator"))
    )
    return _svg(
        f'{boxes}<path d="M60 36 C 90 6, 170 6, 200 31"/><path d="M200 31 l -9 -4 M200 31 l -1 -10"/>'
        '<text x="130" y="9.5">fakes</text>'
        '<path d="M200 84 C 170 110, 90 110, 60 89"/><path d="M60 89 l 9 4 M60 89 l 1 10"/>'
        '<text x="130" y="117">“caught!”</text>'
    )


def _svg(content: str) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" aria-hidden="true">{content}</svg>'
