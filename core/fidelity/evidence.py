"""What the pictures of a report show: a few signals, histograms, spectra, neighbours, as plain lists that JSON can hold."""

from typing import Any

import numpy as np

from core.fidelity import parameters, spectra
from core.fidelity.c2st import C2ST
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.neighbours import nearest

N_OVERLAID = 8  # signals of each kind
N_PAIRS = 4
N_POINTS = 800  # of a scatter, of each kind
N_BARS = 40
N_IN_BAND = 1_000  # reals that a band is taken from
N_SEARCHED = 2_000  # fakes whose nearest training signal is looked for
BAND = (0.05, 0.95)  # quantiles

Evidence = dict[str, Any]


def collect(comparison: Comparison, told: dict[str, C2ST]) -> Evidence:
    """The data of all pictures; `told` holds the classifiers' results by the title of their measure."""
    real, fake = comparison.signals
    return {
        "times": comparison.real.times.tolist(),
        "overlay": {"real": _list(real[:N_OVERLAID, 0]), "fake": _list(fake[:N_OVERLAID, 0])},
        "histograms": _histograms(comparison.real, comparison.other),
        "psd": _psd(comparison),
        "acf": _acf(comparison),
        "map": _map(comparison),
        "easiest": _easiest(real, fake, told),
        "nearest": _nearest(comparison),
    }


def _histograms(real: SignalSet, fake: SignalSet) -> list[Evidence]:
    """Shares of all values and of each quantity in bars between the extremes of both sets, but for the fakes' outliers."""
    pairs = {"value": (real.signals[:N_IN_BAND].ravel(), fake.signals[:N_IN_BAND].ravel())}
    pairs |= {
        name: (reals, fake.quantities[name]) for name, reals in real.quantities.items() if name in fake.quantities
    }
    found = []
    for name, (reals, fakes) in pairs.items():
        spread = max(float(np.ptp(reals)), 1e-12)
        low = max(min(reals.min(), fakes.min()), reals.min() - spread)
        high = min(max(reals.max(), fakes.max()), reals.max() + spread)
        edges = np.linspace(low, max(high, low + 1e-12), N_BARS + 1)
        shares = [np.histogram(values, edges)[0] / len(values) for values in (reals, fakes)]
        found.append({"name": name, "edges": _list(edges), "real": _list(shares[0]), "fake": _list(shares[1])})
    return found


def _psd(comparison: Comparison) -> Evidence:
    frequencies, real = spectra.psd(comparison.real.signals[:N_IN_BAND, :1], comparison.real.sampling_rate)
    fake = spectra.psd(comparison.other.signals[:N_IN_BAND, :1], comparison.real.sampling_rate)[1]
    return {"x": _list(frequencies)} | _bands(real[:, 0], fake[:, 0])


def _acf(comparison: Comparison) -> Evidence:
    real, fake = (spectra.acf(signals[:N_IN_BAND, :1])[:, 0] for signals in comparison.signals)
    lags = np.arange(real.shape[1]) / comparison.real.sampling_rate
    return {"x": _list(lags)} | _bands(real, fake)


def _bands(real: np.ndarray, fake: np.ndarray) -> Evidence:
    """Means, and between what most reals lie, of curves (n, k)."""
    low, high = np.quantile(real, BAND, axis=0)
    return {
        "real": _list(real.mean(axis=0)),
        "low": _list(low),
        "high": _list(high),
        "fake": _list(fake.mean(axis=0)),
    }


def _map(comparison: Comparison) -> Evidence:
    """The plane of two coordinates in which most is missing: points of both kinds, and where fakes are too few."""
    real, fake = comparison.planes
    pair = parameters.worst_pair(real, fake)
    reals, fakes = real[:, pair], fake[:, pair]
    x_edges, y_edges, real_counts, fake_counts = parameters.cells(reals, fakes)
    expected = real_counts * len(fakes) / len(reals)
    ratio = np.where(real_counts >= parameters.FEWEST_REALS, fake_counts / np.maximum(expected, 1e-9), np.nan)
    return {
        "x_name": comparison.coordinates[pair[0]],
        "y_name": comparison.coordinates[pair[1]],
        "real": _list(reals[:N_POINTS].T),
        "fake": _list(fakes[:N_POINTS].T),
        "x_edges": _list(x_edges),
        "y_edges": _list(y_edges),
        "ratio": [[None if np.isnan(cell) else round(float(cell), 3) for cell in row] for row in ratio.T],
    }


def _easiest(real: np.ndarray, fake: np.ndarray, told: dict[str, C2ST]) -> Evidence:
    """The fakes and the reals that the best classifier was surest of, the surest first."""
    title, best = max(told.items(), key=lambda item: item[1].accuracy)
    fakes = np.argsort(best.fake_scores)[:N_PAIRS]
    reals = np.argsort(-best.real_scores)[:N_PAIRS]
    return {
        "classifier": title,
        "fake": _list(fake[best.fake_index[fakes], 0]),
        "real": _list(real[best.real_index[reals], 0]),
    }


def _nearest(comparison: Comparison) -> Evidence:
    """The fakes that come nearest to a training signal, with that signal, and how near reals and fakes come."""
    fakes = comparison.other.signals[:N_SEARCHED]
    distances, index = nearest(fakes, comparison.training)
    reals, _ = nearest(comparison.real.signals[:N_SEARCHED], comparison.training)
    first = np.argsort(distances)[:N_PAIRS]
    edges = np.linspace(0, max(float(np.quantile(np.concatenate([distances, reals]), 0.995)), 1e-12), N_BARS + 1)
    shares = [np.histogram(values, edges)[0] / len(values) for values in (reals, distances)]
    return {
        "fake": _list(fakes[first, 0]),
        "training": _list(comparison.training[index[first], 0]),
        "distances": _list(distances[first]),
        "edges": _list(edges),
        "reals_are": _list(shares[0]),
        "fakes_are": _list(shares[1]),
    }


def _list(values: np.ndarray) -> list[Any]:
    """Plain numbers with the digits of single precision."""
    return [_list(row) for row in values] if values.ndim > 1 else [float(f"{value:.6g}") for value in values]
