"""Signals as tables, in any way that people lay them out."""

import numpy as np

from core.recordings.reading.raw import Table


def waves(n=24, n_channels=1, n_samples=40, seed=0):
    """Smooth signals with a little noise, (n, n_channels, n_samples)."""
    rng = np.random.default_rng(seed)
    t = np.linspace(0, 4 * np.pi, n_samples)
    phases = rng.uniform(0, 2 * np.pi, (n, n_channels, 1))
    return (np.sin(t + phases) + 0.01 * rng.standard_normal((n, n_channels, n_samples))).astype(np.float32)


def table(columns, has_names=True):
    return Table(tuple(columns), tuple(np.asarray(cells) for cells in columns.values()), has_names)


def text(cells):
    return np.array(cells, dtype=object)


def as_rows(signals, has_names=False, name="s{}"):
    columns = {(name.format(i) if has_names else f"column {i + 1}"): signals[:, 0, i] for i in range(signals.shape[2])}
    return table(columns, has_names)


def as_columns(signals, rate):
    times = {"time": np.arange(signals.shape[2]) / rate}
    return table(times | {f"s{i}": signal[0] for i, signal in enumerate(signals)})


def as_long(signals, rate, channels, seed=None):
    """Rows of id, time, a channel where there are several, and a value, in order or shuffled."""
    n_channels = signals.shape[1]
    i, c, k = (part.ravel() for part in np.indices(signals.shape))
    columns = {"id": text([f"beat {j}" for j in i]), "time": k / rate}
    columns |= {"channel": text([channels[j] for j in c])} if n_channels > 1 else {}
    columns |= {"value": signals.ravel(), "load": i * 0.5}
    order = np.random.default_rng(seed).permutation(len(i)) if seed is not None else np.arange(len(i))
    return table({name: cells[order] for name, cells in columns.items()})


def by_name(recorded):
    return dict(zip(recorded.names, recorded.values, strict=True))
