"""Recordings → a data set: one rate, one length, nothing missing; what was found on the way is told and never hidden."""

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Annotated

import numpy as np
from pydantic import Field

from core.config import MAX_SAMPLES, MIN_HELD_OUT, MIN_REALS, MIN_SAMPLES, DataSetOptions, Model, Unit
from core.errors import SignalFileError
from core.formatting import number, quantity
from core.recordings.findings import Finding
from core.recordings.layout.column_names import is_label, is_quantity
from core.recordings.preparation.inspection import DEFECTS, Choice, inspected
from core.recordings.preparation.labels import Labels, conditions_of, few_numbers, usable
from core.recordings.preparation.lengths import MAX_VALUES, whole_signals, windows
from core.recordings.preparation.levels import levels_of, without_levels
from core.recordings.preparation.resampling import Missing, aligned, without_gaps
from core.recordings.preparation.windows import FEWEST_RECORDINGS, Cut, Lengths
from core.recordings.reading.limits import MAX_SIGNALS, check_recordings
from core.recordings.reading.raw import Recorded
from core.recordings.units import MAX_UNIT
from core.signals.dataset import DataSet
from core.signals.recordings import split_recordings

MIN_SIGNALS = 20
HELD_OUT_SHARE: float = DataSetOptions.model_fields["held_out_share"].default
WANTED_WINDOWS = 400  # that are suggested to be cut, where recordings are long enough
USUAL_WINDOW = 512
LONG = 4_096  # samples: recordings of more are cut into windows unless somebody says otherwise


class Preparation(Model):
    """How recordings become a data set."""

    name: str = Field("recordings", min_length=1, max_length=80, description="What the data set is called.")
    unit: str = Field("", max_length=MAX_UNIT, description="Of the values, such as V or m/s².")
    sampling_rate: Annotated[float | None, Unit("Hz")] = Field(
        None,
        gt=0,
        le=1e12,
        description="Samples per second. Empty: as read from the files; where they do not say it, time counts samples. Only "
        "recordings of several rates are resampled, to this one.",
    )
    window: int | None = Field(
        None,
        ge=MIN_SAMPLES,
        le=MAX_SAMPLES,
        description="Cut each recording into windows of so many samples, each a signal. Empty: each recording is one signal.",
    )
    hop: int | None = Field(
        None,
        ge=1,
        description="How many samples after a window the next begins. Empty: at its end, so that none overlap.",
    )
    offset: int = Field(0, ge=0, description="How many samples at the beginning of each recording no window takes.")
    lengths: Lengths = Field(
        "crop",
        description="Without windows, how recordings of different lengths become equal: crop keeps their first samples and "
        "drops those that are too short, pad also holds the last value of those, resample stretches each to the length.",
    )
    n_samples: int | None = Field(
        None,
        ge=MIN_SAMPLES,
        le=MAX_SAMPLES,
        description="Without windows, how many samples a signal has. Empty: what most recordings have.",
    )
    missing: Missing = Field(
        "interpolate",
        description="Missing and infinite values: interpolate draws a straight line over short gaps and drops signals with "
        "longer ones, drop drops every signal with any, refuse stops and says where.",
    )
    max_gap: int = Field(5, ge=1, le=MAX_SAMPLES, description="The longest gap, in samples, that is interpolated.")
    constant: Choice = Field("drop", description="Signals that never change, in any channel: a sensor that was off.")
    duplicates: Choice = Field(
        "drop",
        description="Signals that repeat one before them exactly. Kept, the twin may be judged on what it has seen.",
    )
    clipped: Choice = Field(
        "keep", description="Signals that stay at their highest or lowest value for 5 samples or more, as if cut off."
    )
    outliers: Choice = Field("keep", description="Signals whose peak is far above that of nearly all others.")
    numbers: tuple[str, ...] = Field(
        (),
        description="Columns of a few whole numbers that are quantities, such as a load of 0, 1 or 2 kW, which the twin may be "
        "asked for in between. The others of that kind are taken for classes.",
    )


@dataclass(frozen=True)
class Prepared:
    """A data set, and what was found when it was made, whatever was done about it."""

    data: DataSet
    findings: list[Finding]


def suggested(recorded: Recorded, n_files: int = 1) -> Preparation:
    """Settings that suit these recordings: windows where they are long or few, and quantities told from classes.

    n_files: how many files hold recordings like these.
    """
    lengths = np.array([part.shape[1] for part in recorded.values])
    is_long = len(lengths) > 0 and (len(lengths) * n_files < FEWEST_RECORDINGS or np.median(lengths) > LONG)
    window, hop = _suggested_window(lengths, len(recorded.values[0]), n_files) if is_long else (None, None)
    return Preparation(
        name=_suggested_name(recorded.names),
        unit=recorded.unit,
        window=window,
        hop=hop,
        numbers=quantities_among(recorded.labels),
    )


def quantities_among(labels: Labels) -> tuple[str, ...]:
    """The columns of few whole numbers, (n,) each, that hold quantities and no classes."""
    return tuple(name for name, cells in labels.items() if few_numbers(cells) and _is_number(name, cells))


def prepare(recorded: Recorded, preparation: Preparation) -> Prepared:
    """The data set that `preparation` makes of recordings. None of them is changed.

    Raises SignalFileError where they cannot make one, ConfigError where other settings could.
    """
    check(recorded)
    levels = levels_of(recorded)
    values, taken_off = without_levels(recorded, levels)
    recorded = replace(recorded, values=values)
    rate, values, findings = aligned(recorded, preparation.sampling_rate, MAX_VALUES)
    values, filled = without_gaps(values, recorded.names, preparation.missing, preparation.max_gap)
    cut, shape = shaped(values, recorded.names, preparation)
    findings = [*recorded.findings, *taken_off, *findings, *filled, *shape]
    labels, left_out = usable(
        {name: cells[cut.sources] for name, cells in recorded.labels.items()}, preparation.numbers
    )
    choices = {kind: getattr(preparation, kind) for kind in DEFECTS}
    cut, labels, found = inspected(cut, labels, recorded.names, choices)
    columns, conditions, same = conditions_of(labels, len(cut.signals))
    findings += left_out + found + same
    check_enough(cut.recordings, preparation, findings[len(recorded.findings) :])  # what reading found is told already
    data = DataSet(
        name=preparation.name,
        signals=cut.signals,
        recordings=cut.recordings,
        conditions=conditions,
        columns=columns,
        sampling_rate=rate or 1.0,
        is_rate_known=rate is not None,
        unit=preparation.unit,
        levels=levels,
        story=story(len(recorded.values), cut.signals.shape, preparation, rate, findings),
    )
    return Prepared(data, findings)


def check(recorded: Recorded) -> None:
    """Raise SignalFileError where there are no recordings, too many, or some that do not go together."""
    if not recorded.values:
        raise SignalFileError("There are no recordings; give at least one file that holds some.")
    check_recordings(recorded.names[0], len(recorded.values), len(recorded.values[0]))
    n_channels = {len(part) for part in recorded.values}
    if len(n_channels) > 1:
        raise SignalFileError(
            f"Some recordings have {min(n_channels)} and some {max(n_channels)} channels; give recordings with the same ones."
        )
    longest = max(part.shape[1] for part in recorded.values)
    if longest < MIN_SAMPLES:
        raise SignalFileError(
            f"The longest recording has {quantity(longest, 'sample')}, and a signal needs at least {MIN_SAMPLES}; check that "
            "rows and columns are not mixed up."
        )


def shaped(
    values: list[np.ndarray], names: list[str], preparation: Preparation, fewest: int = FEWEST_RECORDINGS
) -> tuple[Cut, list[Finding]]:
    """Signals of one length, cut from recordings, (n_channels, n_samples) each; fewest: see `windows`."""
    if preparation.window is None:
        return whole_signals(values, names, preparation.n_samples, preparation.lengths)
    hop = preparation.hop or preparation.window
    return windows(values, names, preparation.window, hop, preparation.offset, fewest)


def check_enough(recordings: np.ndarray, preparation: Preparation, findings: list[Finding]) -> None:
    """Raise SignalFileError where there are too few signals of these recordings, (n,), to learn from and to judge by."""
    n = len(recordings)
    if n >= MIN_SIGNALS:
        _check_training(recordings)
        return
    told = dict.fromkeys(finding.sentence for finding in findings if finding.action in ("dropped", "left out"))
    dropped = " ".join(told)
    advice = "give more recordings" if preparation.window else "give more recordings, or cut long ones into windows"
    raise SignalFileError(
        f"{'Only ' if n else ''}{quantity(n, 'signal')} {'is' if n == 1 else 'are'} left, and a data set needs at least "
        f"{MIN_SIGNALS}; {advice}. {dropped}".strip()
    )


def _check_training(recordings: np.ndarray) -> None:
    """Refuse here what a training would refuse: too few signals to learn from, or to choose its best state on."""
    _, selection, training = split_recordings(recordings, HELD_OUT_SHARE)
    n = len(training)
    if n < MIN_REALS:
        raise SignalFileError(
            f"Only {n} of {quantity(len(recordings), 'signal')} would be left to learn from, as the twin is judged on the "
            f"others, and a training needs at least {MIN_REALS}; give more recordings, or use a "
            "shorter hop."
        )
    if len(selection) < MIN_HELD_OUT:
        raise SignalFileError(
            f"The best state of a training would be chosen on {len(selection)} of {quantity(len(recordings), 'signal')}, and it "
            f"takes at least {MIN_HELD_OUT}; give more recordings, or let windows follow each other more closely."
        )


def story(
    n_recordings: int, shape: tuple[int, ...], preparation: Preparation, rate: float | None, findings: list[Finding]
) -> str:
    """All that was done to make signals of this shape, in sentences."""
    n, n_channels, n_samples = shape
    hop = preparation.hop or preparation.window or 0
    way = (
        f"Cut into windows of {n_samples:,} samples, a new one every {hop:,}"
        + (f", from sample {preparation.offset + 1:,} on." if preparation.offset else ".")
        if preparation.window
        else f"Each recording is one signal of {n_samples:,} samples."
    )
    origin = f"Made from {quantity(n_recordings, 'recording')} of {quantity(n_channels, 'channel')}"
    made = f"This gives {quantity(n, 'signal')}{f' at {number(rate)} Hz' if rate else ''}."
    return " ".join([f"{origin}.", way, *(finding.sentence for finding in findings), made])


def _suggested_name(names: list[str]) -> str:
    """The first file's name without its ending."""
    name = names[0].split(", ")[0] if names else ""
    return PurePath(name.removesuffix(".gz")).stem.strip()[:80] or "recordings"


def _suggested_window(lengths: np.ndarray, n_channels: int, n_files: int) -> tuple[int | None, int | None]:
    """A window, a power of two, of which recordings of these lengths hold many, and a hop: half of it where they do not."""
    window = USUAL_WINDOW
    while window > 2 * MIN_SAMPLES and n_files * (lengths // window).sum() < WANTED_WINDOWS:
        window //= 2
    n_windows = n_files * int((lengths // window).sum())
    if not n_windows:
        return None, None
    most = min(MAX_SIGNALS, MAX_VALUES // (window * n_channels))
    return window, window // 2 if n_windows < WANTED_WINDOWS else max(window, int(lengths.sum()) // most + 1)


def _is_number(name: str, cells: np.ndarray) -> bool:
    """Does a column of few whole numbers hold a quantity: by its name, or as they are far apart, such as 1,000 and 1,500?"""
    there = np.unique(cells[np.isfinite(cells)])
    return not is_label(name) and (is_quantity(name) or bool(len(there) > 1 and np.diff(there).min() > 1))
