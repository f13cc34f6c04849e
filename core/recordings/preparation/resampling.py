"""Recordings → recordings of one sampling rate and without short gaps."""

from typing import Literal

import numpy as np

from core.errors import ConfigError, SignalFileError
from core.formatting import number, quantity
from core.interruption import interrupted
from core.recordings.findings import Finding
from core.recordings.preparation.gaps import filled, ratio_of, resampled, without_infinities
from core.recordings.reading.raw import Recorded

Missing = Literal["interpolate", "drop", "refuse"]
NO_RATE = "The files do not say the sampling rate, so time counts samples; give the rate in Hz where you know it."
SAME_RATE = 0.01  # times are rounded, so rates that differ by less are one


def aligned(
    recorded: Recorded, wanted: float | None, max_values: int
) -> tuple[float | None, list[np.ndarray], list[Finding]]:
    """The common rate in Hz, all recordings at it with infinities as missing values, and which had another or none.

    The rate is the one that is wanted, else the commonest, None where nobody says any. A wanted rate stands in place of
    the one that the files say, as long as they say one: only several rates make resampling necessary. Raises ConfigError where
    it gives more than `max_values` values.
    """
    rates = np.where(recorded.rates > 0, recorded.rates, np.nan)
    findings: list[Finding] = []
    values = [without_infinities(part) for part in interrupted(recorded.values)]
    if np.isnan(rates).all() and not wanted:
        unknown = Finding("sampling_rate", len(rates), len(rates), "recording", recorded.names[0], NO_RATE, "assumed")
        return None, values, [unknown]
    if wanted and not np.isnan(rates).all() and _are_one(rates) and abs(_commonest(rates) / wanted - 1) > SAME_RATE:
        sentence = f"The files say {number(_commonest(rates))} Hz; taken to be {number(wanted)} Hz, as given by hand."
        findings.append(
            Finding("sampling_rate", len(rates), len(rates), "recording", recorded.names[0], sentence, "assumed")
        )
        rates[:] = wanted
    elif wanted and np.isnan(rates).all():
        rates[:] = wanted
    rate = wanted or _commonest(rates)
    is_unknown = ~np.isfinite(rates)
    if is_unknown.any() and not is_unknown.all():
        n, first = int(is_unknown.sum()), recorded.names[int(np.argmax(is_unknown))]
        sentence = (
            f"{n:,} of {quantity(len(rates), 'recording')} do not say their sampling rate, the first “{first}”; taken to be "
            f"{number(rate)} Hz, as of the others."
        )
        findings.append(Finding("sampling_rate", n, len(rates), "recording", first, sentence, "assumed"))
    is_other = np.abs(rates / rate - 1) > SAME_RATE
    if is_other.any():
        _check_size(recorded, rates, rate, is_other, max_values)
        for i in interrupted(np.flatnonzero(is_other)):
            values[i] = resampled(values[i], ratio_of(rates[i], rate))
        n, first = int(is_other.sum()), recorded.names[int(np.argmax(is_other))]
        sentence = (
            f"{n:,} of {quantity(len(rates), 'recording')} at another rate, the first “{first}” at "
            f"{number(rates[is_other][0])} Hz; resampled to {number(rate)} Hz."
        )
        findings.append(Finding("sampling_rate", n, len(rates), "recording", first, sentence, "resampled"))
    return float(rate), values, findings


def without_gaps(
    values: list[np.ndarray], names: list[str], how: Missing, max_gap: int
) -> tuple[list[np.ndarray], list[Finding]]:
    """Recordings with gaps of up to `max_gap` samples filled where `how` is "interpolate", and in how many there were any.

    Raises SignalFileError where `how` is "refuse" and a value is missing.
    """
    incomplete = [i for i, part in enumerate(interrupted(values)) if np.isnan(part).any()]
    if not incomplete:
        return values, []
    if how == "refuse":
        first = values[incomplete[0]]
        sample = int(np.argmax(np.isnan(first).any(axis=0))) + 1
        raise SignalFileError(
            f"“{names[incomplete[0]]}” has no number at sample {sample:,}; fill it in, or choose to interpolate or to drop. "
            f"Values are missing in {len(incomplete):,} of {quantity(len(names), 'recording')}."
        )
    if how != "interpolate":
        return values, []
    changed = []
    values = [*values]
    for i in interrupted(incomplete):
        whole = filled(values[i], max_gap)
        if np.isnan(whole).sum() < np.isnan(values[i]).sum():
            changed.append(i)
        values[i] = whole
    if not changed:
        return values, []
    first_name = names[changed[0]]
    sentence = (
        f"{len(changed):,} of {quantity(len(values), 'recording')} with gaps of up to {quantity(max_gap, 'sample')}, the first "
        f"“{first_name}”; filled by linear interpolation."
    )
    return values, [Finding("missing", len(changed), len(values), "recording", first_name, sentence, "filled")]


def _commonest(rates: np.ndarray) -> float:
    """The rate in Hz that most recordings have, of rates (n,) that are NaN where unknown."""
    there = rates[np.isfinite(rates)]
    rounded = np.array([float(f"{rate:.3g}") for rate in there])
    different, counts = np.unique(rounded, return_counts=True)
    own = np.median(there[rounded == different[counts.argmax()]])
    return float(f"{own:.9g}")


def _are_one(rates: np.ndarray) -> bool:
    there = rates[np.isfinite(rates)]
    return bool((np.abs(there / there[0] - 1) <= SAME_RATE).all())


def _check_size(recorded: Recorded, rates: np.ndarray, rate: float, is_other: np.ndarray, max_values: int) -> None:
    sizes = [recorded.values[i].size * rate / rates[i] for i in np.flatnonzero(is_other)]
    if sum(sizes) > max_values:
        raise ConfigError(
            f"Resampled to {number(rate)} Hz the recordings would hold {sum(sizes):,.0f} values, and up to {max_values:,} are "
            "possible; give a lower sampling rate."
        )
