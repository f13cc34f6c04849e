"""Channels of one recording that were sampled at different rates → the channels of one rate."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from core.errors import SignalFileError
from core.formatting import number
from core.recordings.findings import Finding, told
from core.recordings.preparation.gaps import ratio_of, resampled
from core.recordings.reading.limits import check_unpacked
from core.recordings.reading.single_arrays import column_of, values_of

SAME_RATE = 0.01  # rates that differ by less are one
MAX_RATIO = 1e5  # of the highest and the lowest rate of one recording


@dataclass(frozen=True)
class Channel:
    """One channel of a recording: values (n_samples,), its rate in Hz, NaN where unknown."""

    name: str
    values: np.ndarray
    rate: float
    unit: str = ""


def side_by_side(name: str, channels: list[Channel]) -> tuple[np.ndarray, float, tuple[Finding, ...]]:
    """All channels at the highest of their rates, (n_channels, n_samples), cut to the shortest; the rate; what was done.

    channels: are taken out of their list one by one, so that there are no two copies of them all.

    Raises SignalFileError where a rate is not known but others are, or the channels last differently long.
    """
    rates = np.array([channel.rate for channel in channels])
    rate = float(rates.max())
    if len({len(channel.values) for channel in channels}) == 1 and (np.isnan(rates).all() or _are_one(rates)):
        shape = (len(channels), len(channels[0].values))
        return values_of((channel.values for channel in _let_go(channels)), shape), rate, ()
    if not np.isfinite(rates).all():
        odd = channels[int(np.argmin(np.isfinite(rates)))]
        raise SignalFileError(
            f"The channels of “{name}” have different lengths, and the rate of “{odd.name[:40]}” is not said; give them in "
            "files of their own."
        )
    if rate > MAX_RATIO * rates.min():
        raise SignalFileError(
            f"The channels of “{name}” have rates from {rates.min():.3g} to {rate:.3g} Hz, which are too far "
            "apart for one recording; give them in files of their own."
        )
    n = math.floor(min(len(channel.values) / channel.rate for channel in channels) * rate + 0.5)
    check_unpacked(name, 8 * n * len(channels))
    rows = []
    for channel in _let_go(channels):
        values = column_of(channel.values)
        if abs(channel.rate / rate - 1) > SAME_RATE:
            values = resampled(values[None], ratio_of(channel.rate, rate))[0]
        rows.append(values[:n])
    shortest = min(len(row) for row in rows)
    slow = [number(one) for one in sorted(set(rates.tolist())) if abs(one / rate - 1) > SAME_RATE]
    findings: list[Finding] = []
    if slow:
        sentence = (
            f"Some channels of “{name}” were sampled at {', '.join(slow[:6])} Hz; they are resampled to {number(rate)} Hz, the "
            "rate of the others."
        )
        findings.append(told("sampling_rate", sentence, "resampled", example=name))
    return np.stack([row[:shortest] for row in rows]), rate, tuple(findings)


def _let_go(channels: list[Channel]) -> Iterator[Channel]:
    channels.reverse()
    while channels:
        yield channels.pop()


def _are_one(rates: np.ndarray) -> bool:
    return bool((np.abs(rates / rates.max() - 1) <= SAME_RATE).all())
