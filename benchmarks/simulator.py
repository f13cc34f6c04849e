"""100,000 real signals: the simulator against the plain NumPy expression, in one run.

python benchmarks/simulator.py
"""

import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from core.config import SimulatorConfig
from core.signals.simulator import Simulator

N, ROUNDS = 100_000, 5


def plain(n: int) -> np.ndarray:
    """The article's expression, written as one would at first."""
    rng = np.random.default_rng(0)
    t = np.linspace(0, 6 * np.pi, 300)
    amplitude = rng.integers(1, 101, (n, 1)) / 10
    bias = rng.integers(1, 101, (n, 1)) / 10
    frequency = rng.integers(1000, 2001, (n, 1)) / 1000
    return amplitude * np.sin(frequency * t) + bias + 0.3 * rng.standard_normal((n, 300))


def best_time(draw: Callable[[], np.ndarray]) -> float:
    """The least of a few durations, in seconds."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        draw()
        times.append(time.perf_counter() - started)
    return min(times)


def main() -> None:
    """Print the table."""
    base = best_time(lambda: plain(N))
    rows = [("plain NumPy expression", base)]
    for color in ("white", "pink", "violet"):
        simulator = Simulator(SimulatorConfig(noise_color=color))
        rows.append((f"simulator, {color} noise", best_time(partial(simulator.sample, N, 0))))
    print(f"{N:,} signals of 300 samples (best of {ROUNDS})\n")
    print(f"{'':<26}{'seconds':>9}{'ratio':>8}   target")
    for name, seconds in rows:
        target = "≤ 1.5" if "white" in name else ""
        print(f"{name:<26}{seconds:>9.2f}{seconds / base:>8.2f}   {target}")


if __name__ == "__main__":
    main()
