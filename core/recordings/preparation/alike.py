"""Recordings → signals like those of a source that is known already: its channels, rate and length."""

from dataclasses import dataclass

import numpy as np

from core.config import RecordingsConfig, SourceConfig
from core.errors import SignalFileError
from core.formatting import count, number, quantity
from core.recordings.preparation.gaps import filled, ratio_of, resampled, without_infinities
from core.recordings.preparation.levels import levels_of, without_levels
from core.recordings.preparation.resampling import SAME_RATE
from core.recordings.reading.raw import Recorded

MAX_GAP = 5  # samples that are filled on a straight line
MAX_SIGNALS = 5_000
MAX_VALUES = 20_000_000  # of them all; long signals are fewer


@dataclass(frozen=True)
class Alike:
    """Signals float32 (n, n_channels, n_samples), cut from recordings.

    sources: (n,), the number of the recording; starts: (n,), its first sample there, at the source's rate. names: of the
    recordings. story: what was done to them and left out, in sentences.
    """

    signals: np.ndarray
    sources: np.ndarray
    starts: np.ndarray
    names: list[str]
    story: list[str]


def cut_alike(recorded: Recorded, source: SourceConfig) -> Alike:
    """Signals of the source's length: of sources with a signal for each recording its beginning, of others all windows.

    The last window ends with the recording and may overlap the one before. Raises SignalFileError where the channels differ
    or nothing is long enough.
    """
    length = len(source.times)
    _check_channels(recorded, source.n_channels)
    levels = source.levels if isinstance(source, RecordingsConfig) else ()
    values, taken_off = without_levels(recorded, levels_of(recorded) if levels is None else levels)
    story = [finding.sentence for finding in (*recorded.findings, *taken_off)]
    values, changed = _at_rate(values, recorded, source)
    story += changed + _units(recorded, source.units.value)
    values = [filled(without_infinities(part), MAX_GAP) for part in values]
    is_whole = not isinstance(source, RecordingsConfig) or source.n_signals == source.n_recordings
    places = [
        (i, start) for i, part in enumerate(values) for start in _starts(part.shape[1], length, only_first=is_whole)
    ]
    if not places:
        longest = max(part.shape[1] for part in values)
        raise SignalFileError(
            f"The longest recording has {quantity(longest, 'sample')}, and the twin’s signals have {count(length)}; give longer "
            "recordings."
        )
    story += _left_out(values, length, is_whole)
    most = max(1, min(MAX_SIGNALS, MAX_VALUES // (source.n_channels * length)))
    signals = np.stack([values[i][:, start : start + length] for i, start in places[:most]]).astype(np.float32)
    is_complete = np.isfinite(signals).all(axis=(1, 2))
    if not is_complete.all():
        story.append(
            f"{quantity(int((~is_complete).sum()), 'window')} with missing values cannot be scored and were left out: look at "
            "them yourself."
        )
    if not is_complete.any():
        raise SignalFileError("Values are missing in every window; give recordings without gaps.")
    if len(places) > most:
        story.append(f"Only the first {count(most)} of {count(len(places))} windows were looked at.")
    rows = np.flatnonzero(is_complete)
    sources, starts = (np.array(part)[rows] for part in zip(*places, strict=True))
    return Alike(signals[rows], sources, starts, recorded.names, story)


def _check_channels(recorded: Recorded, n_channels: int) -> None:
    for name, part in zip(recorded.names, recorded.values, strict=True):
        if len(part) != n_channels:
            raise SignalFileError(
                f"“{name[:60]}” has {quantity(len(part), 'channel')}, and the twin’s signals have {n_channels}; give the same "
                "channels in the same order."
            )


def _at_rate(values: list[np.ndarray], recorded: Recorded, source: SourceConfig) -> tuple[list[np.ndarray], list[str]]:
    """Recordings at the source's rate, as far as both are known, and what was done for it."""
    if not source.units.is_timed:
        return values, []
    rate = source.sampling_rate
    is_other = np.abs(recorded.rates / rate - 1) > SAME_RATE  # never where the rate is unknown, which is NaN
    story = []
    if np.isnan(recorded.rates).all():
        story.append(f"The files do not say their sampling rate; it is taken to be the twin’s, {number(rate)} Hz.")
    if is_other.any():
        given = recorded.rates[is_other][0]
        story.append(
            f"{quantity(int(is_other.sum()), 'recording')} resampled from {number(given)} Hz to the twin’s {number(rate)} Hz."
        )
    return [
        resampled(part, ratio_of(own, rate)) if other else part
        for part, own, other in zip(values, recorded.rates, is_other, strict=True)
    ], story


def _units(recorded: Recorded, unit: str) -> list[str]:
    if not recorded.unit or not unit or recorded.unit == unit:
        return []
    return [
        f"The values are in {recorded.unit}, and the twin’s in {unit}: they are compared as they are, so convert them first."
    ]


def _starts(n: int, length: int, only_first: bool) -> list[int]:
    """Where windows begin in a recording of n samples."""
    if n < length:
        return []
    starts = [0] if only_first else list(range(0, n - length + 1, length))
    return starts if only_first or starts[-1] == n - length else [*starts, n - length]


def _left_out(values: list[np.ndarray], length: int, is_whole: bool) -> list[str]:
    lengths = np.array([part.shape[1] for part in values])
    story = []
    if n_short := int((lengths < length).sum()):
        story.append(f"{quantity(n_short, 'recording')} shorter than {count(length)} samples left out.")
    if is_whole and (lengths > length).any():
        story.append(
            f"Only the first {count(length)} samples of each recording were looked at, as each of the twin’s signals is the "
            "beginning of a recording."
        )
    return story
