"""Recordings → signals of one length, with what was lost or changed on the way, and within the limits."""

import numpy as np

from core.config import too_large
from core.errors import ConfigError
from core.formatting import quantity
from core.recordings.findings import Action, Finding
from core.recordings.preparation.windows import (
    FEWEST_RECORDINGS,
    Cut,
    Lengths,
    Stretches,
    common_length,
    cut_whole,
    cut_windows,
    split_recordings,
)
from core.recordings.reading.limits import MAX_SIGNALS

MAX_VALUES = 500_000_000  # of all signals together: 2 GB


def windows(
    values: list[np.ndarray], names: list[str], window: int, hop: int, offset: int, fewest: int = FEWEST_RECORDINGS
) -> tuple[Cut, list[Finding]]:
    """Windows of recordings, (n_channels, n_samples) each, that count as `fewest` recordings at least.

    Raises ConfigError where they are none or too many.
    """
    lengths = np.array([part.shape[1] for part in values])
    stretches = split_recordings(lengths, window, hop, offset, fewest)
    after = f" after the first {offset:,}" if offset else ""
    one = f"one window of {window:,} samples{after}"
    if not stretches.total:
        raise ConfigError(
            f"All recordings are shorter than {one}; the longest has {lengths.max():,} samples, so give a shorter window or "
            "offset."
        )
    if stretches.total > MAX_SIGNALS:
        raise ConfigError(
            f"These windows are {stretches.total:,} signals, and a data set may have up to {MAX_SIGNALS:,}; give a longer hop."
        )
    _check_values(stretches.total, len(values[0]), window)
    cut = cut_windows(values, stretches, window, hop, offset)
    findings = _findings("short", stretches.counts == 0, names, f"shorter than {one}", "dropped")
    if stretches.parts.max() > 1:
        findings.append(_stretches(stretches, len(cut.signals), names))
    return cut, findings


def whole_signals(
    values: list[np.ndarray], names: list[str], n_samples: int | None, how: Lengths
) -> tuple[Cut, list[Finding]]:
    """Recordings of one length, (n_channels, n_samples) each. Raises ConfigError where none is long enough."""
    lengths = np.array([part.shape[1] for part in values])
    target = n_samples or common_length(lengths, how)
    is_short = lengths < (target if how == "crop" else 1)
    if is_short.all():
        raise ConfigError(
            f"All recordings are shorter than {target:,} samples; the longest has {lengths.max():,}, so give a lower number of "
            "samples."
        )
    used = np.flatnonzero(~is_short)
    _check_values(len(used), len(values[0]), target)
    cut = cut_whole([values[i] for i in used], target, how)
    findings = _findings(
        "short", is_short, names, f"shorter than {target:,} samples" if how == "crop" else "empty", "dropped"
    )
    is_longer, is_shorter = lengths > target, (lengths < target) & ~is_short
    if how == "resample":
        findings += _findings(
            "lengths", is_longer | is_shorter, names, f"stretched or compressed to {target:,} samples", "resampled"
        )
    else:
        findings += _findings("lengths", is_longer, names, f"cut off after {target:,} samples", "shortened")
        findings += _findings(
            "lengths", is_shorter, names, f"continued with their last value up to {target:,} samples", "lengthened"
        )
    return Cut(cut.signals, used[cut.sources], used[cut.recordings], cut.starts, are_windows=False), findings


def _check_values(n: int, n_channels: int, n_samples: int) -> None:
    if problem := too_large(n_channels, n_samples):
        raise ConfigError(f"The {problem}.")
    if (n_values := n * n_channels * n_samples) > MAX_VALUES:
        raise ConfigError(
            f"The signals would hold {n_values:,} values, and a data set may hold up to {MAX_VALUES:,}; give fewer or shorter "
            "signals."
        )


def _findings(kind: str, is_found: np.ndarray, names: list[str], what: str, action: Action) -> list[Finding]:
    """One finding about recordings, or none where there is nothing."""
    n = int(is_found.sum())
    if not n:
        return []
    first = names[int(np.argmax(is_found))]
    end = ": dropped." if action == "dropped" else "."
    sentence = f"{n:,} of {quantity(len(names), 'recording')} {what}, the first “{first}”{end}"
    return [Finding(kind, n, len(names), "recording", first, sentence, action)]


def _stretches(stretches: Stretches, n_cut: int, names: list[str]) -> Finding:
    """That recordings were divided, and how many windows over borders that cost."""
    n_borders = stretches.total - n_cut
    n_parts = int(stretches.parts[stretches.counts > 0].sum())
    borders = f"; {quantity(n_borders, 'window')} over their borders left out" if n_borders else ""
    sentence = (
        f"There are fewer than {FEWEST_RECORDINGS} recordings, so they are divided into {n_parts} stretches that count as "
        f"recordings{borders}."
    )
    example = names[int(stretches.parts.argmax())]
    return Finding("stretches", n_borders, stretches.total, "signal", example, sentence, "left out")
