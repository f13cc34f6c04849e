"""What the pictures of a report show: a few signals, histograms, spectra, neighbours, as plain lists that JSON can hold."""

from typing import Any

import numpy as np

from core.fidelity import controllability as asked_for
from core.fidelity.comparison import Comparison, SignalSet
from core.fidelity.measures import parameters, spectra
from core.fidelity.measures.c2st import C2ST
from core.fidelity.measures.neighbours import nearest, nearest_distances

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
    distances, neighbours = nearest(comparison.other.signals[:N_SEARCHED], comparison.training)
    closest = np.argsort(distances)[:N_PAIRS]
    pairs = comparison.other.signals[closest], comparison.training[neighbours[closest]]
    return {
        "times": comparison.real.times.tolist(),
        "channels": _channels(comparison, told, pairs),
        "classifier": _best(told)[0],
        "histograms": _histograms(comparison.real, comparison.other),
        "map": _map(comparison),
        "nearness": _nearness(comparison, distances),
        "asked": [_asked(comparison, index) for index in range(len(comparison.columns))],
    }


def _channels(comparison: Comparison, told: dict[str, C2ST], pairs: tuple[np.ndarray, np.ndarray]) -> list[Evidence]:
    """What is shown of each channel: signals on top of each other, PSD, ACF, those easiest to tell, nearest to training.

    pairs: the fakes that come nearest to a training signal, and those signals.
    """
    easiest, (fakes, training) = _easiest(*comparison.signals, told), pairs
    real, fake = (signals[:N_OVERLAID] for signals in comparison.signals)
    return [
        {
            "overlay": {"real": _list(real[:, channel]), "fake": _list(fake[:, channel])},
            "psd": _psd(comparison, channel),
            "acf": _acf(comparison, channel),
            "easiest": {kind: _list(signals[:, channel]) for kind, signals in easiest.items()},
            "nearest": {"fake": _list(fakes[:, channel]), "training": _list(training[:, channel])},
        }
        for channel in range(real.shape[1])
    ]


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


def _psd(comparison: Comparison, channel: int) -> Evidence:
    rate, one = comparison.real.sampling_rate, slice(channel, channel + 1)
    frequencies, real = spectra.psd(comparison.real.signals[:N_IN_BAND, one], rate)
    fake = spectra.psd(comparison.other.signals[:N_IN_BAND, one], rate)[1]
    return {"x": _list(frequencies)} | _bands(real[:, 0], fake[:, 0])


def _acf(comparison: Comparison, channel: int) -> Evidence:
    one = slice(channel, channel + 1)
    real, fake = (spectra.acf(signals[:N_IN_BAND, one])[:, 0] for signals in comparison.signals)
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


def _best(told: dict[str, C2ST]) -> tuple[str, C2ST]:
    """The classifier that is right most often, with its title."""
    return max(told.items(), key=lambda item: item[1].accuracy)


def _easiest(real: np.ndarray, fake: np.ndarray, told: dict[str, C2ST]) -> dict[str, np.ndarray]:
    """The fakes and the reals that the best classifier was surest of, the surest first."""
    best = _best(told)[1]
    fakes, reals = np.argsort(best.fake_scores)[:N_PAIRS], np.argsort(-best.real_scores)[:N_PAIRS]
    return {"fake": fake[best.fake_index[fakes]], "real": real[best.real_index[reals]]}


def _nearness(comparison: Comparison, fakes: np.ndarray) -> Evidence:
    """How near reals and fakes come to a training signal; of the fakes their distances, (n,)."""
    reals = nearest_distances(comparison.real.signals[:N_SEARCHED], comparison.training)
    edges = np.linspace(0, max(float(np.quantile(np.concatenate([fakes, reals]), 0.995)), 1e-12), N_BARS + 1)
    shares = [np.histogram(values, edges)[0] / len(values) for values in (reals, fakes)]
    return {"edges": _list(edges), "real": _list(shares[0]), "fake": _list(shares[1])}


def _asked(comparison: Comparison, index: int) -> Evidence:
    """What was asked for and what came; of classes how often what came was right."""
    column = comparison.columns[index]
    asked, came = asked_for.obtained(comparison, index)
    found: Evidence = {"name": column.name, "unit": column.unit, "classes": list(column.classes)}
    if column.classes:
        places = range(len(column.classes))
        return found | {"right": [_share_right(asked, came, place) for place in places]}
    return found | {"asked": _list(asked[:N_POINTS]), "came": _list(came[:N_POINTS])}


def _share_right(asked: np.ndarray, came: np.ndarray, place: int) -> float | None:
    chosen = asked == place
    return round(float(np.mean(came[chosen] == place)), 4) if chosen.any() else None


def _list(values: np.ndarray) -> list[Any]:
    """Plain numbers with the digits of single precision."""
    return [_list(row) for row in values] if values.ndim > 1 else [float(f"{value:.6g}") for value in values]
