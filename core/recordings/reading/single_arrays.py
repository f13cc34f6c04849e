"""What a single array of a file is: numbers, a rate, facts about recordings; and how it is brought into an ordinary form."""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from core.config import MIN_SAMPLES
from core.recordings.layout.column_names import is_label, plain, seconds_per_unit
from core.recordings.reading.precision import compact, swings_little

FEW_ROWS = 20  # a data set needs so many signals: fewer rows, if they are long, are channels of one recording
MOST_CLASSES = 20  # that a matrix of zeros and ones may mark
RATES = {"fs", "rate", "sr", "sfreq", "srate", "fsamp", "samplingrate", "samplerate", "samples per second"}
RATES |= {f"{first} {last}" for first in ("sampling", "sample") for last in ("rate", "frequency", "freq")}
INTERVALS = {"dt", "delta t", "deltat", "ts", "wf increment", "tinterval", "xinc", "xincr", "x increment", "xincrement"}
INTERVALS |= {"time step", "timestep", "time increment", "sample interval", "tsample"}
INTERVALS |= {f"{first} {last}" for first in ("sampling", "sample") for last in ("interval", "period", "time")}
UNITS = {"unit", "units"}
HERTZ = re.compile(r"[\s_\[(]+([kmg]?)hz[\])]?$", re.IGNORECASE)
PREFIXES = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
SPLIT = re.compile(r"(?:^|[\W_]+)(?:train(?:ing)?|test(?:ing)?|val(?:idation)?|valid|dev)(?=$|[\W_])", re.IGNORECASE)

Arrays = Mapping[str, np.ndarray]


def normalized(array: np.ndarray) -> np.ndarray:
    """Truths as 0 and 1; times and durations in seconds, since 1970; a matrix of one row or column as a vector."""
    if array.ndim == 2 and 1 in array.shape:
        array = array.reshape(-1)
    if array.dtype.kind == "b":
        return array.astype(np.float32)
    if array.dtype.kind in "mM":
        whole = array.astype(f"{array.dtype.kind}8[us]").astype(np.int64)
        return np.where(np.isnat(array), np.nan, whole / 1e6)
    return array


def real_channels(arrays: Arrays) -> dict[str, np.ndarray]:
    """Complex numbers, as radios give them, as two channels: in phase (I) and in quadrature (Q)."""
    are_alone = sum(array.dtype.kind == "c" for array in arrays.values()) == 1
    found = {}
    for key, array in arrays.items():
        if array.dtype.kind != "c":
            found[key] = array
        elif array.ndim == 1:
            prefix = "" if are_alone else f"{key} "
            found[f"{prefix}I"], found[f"{prefix}Q"] = array.real, array.imag
        elif array.ndim == 2:
            found[key] = np.stack([array.real, array.imag], axis=1)
        else:
            found[key] = np.concatenate([array.real, array.imag], axis=1)
    return found


def joined_splits(arrays: Arrays) -> dict[str, np.ndarray]:
    """“x_train” and “x_test” as one “x”, and so with all arrays that were divided for training and testing."""
    groups: dict[str, list[str]] = defaultdict(list)
    for key in arrays:
        groups[SPLIT.sub("", key).strip("_-. ") if SPLIT.search(key) else key].append(key)
    found = {}
    for key, members in groups.items():
        parts = [arrays[member] for member in members]
        if len({(part.dtype.kind in "US", *part.shape[1:]) for part in parts}) == 1 and parts[0].ndim and key:
            found[key] = np.concatenate(parts) if len(parts) > 1 else parts[0]
        else:
            found |= {member: arrays[member] for member in members}
    return found


def is_one_hot(key: str, array: np.ndarray) -> bool:
    """Does a matrix mark the class of each row with a 1 among zeros, as neural networks are told it?"""
    if not is_label(key) or array.ndim != 2 or array.dtype.kind not in "biuf" or not 1 < array.shape[1] <= MOST_CLASSES:
        return False
    return len(array) >= FEW_ROWS and bool(((array == 0) | (array == 1)).all() and (array.sum(axis=1) == 1).all())


def rate_in(key: str, array: np.ndarray) -> float:
    """The sampling rate in Hz that a single number says by its name; 0 where it says none."""
    if array.dtype.kind not in "iuf" or not (array.item() > 0 and math.isfinite(array.item())):
        return 0.0
    value, name = float(array.item()), key.rsplit(".")[-1]
    unit = HERTZ.search(name)
    word = plain(HERTZ.sub("", name))
    if word in RATES:
        return value * (PREFIXES[unit[1].lower()] if unit else 1.0)
    return 1 / (value * seconds_per_unit(name)) if word in INTERVALS and not unit else 0.0


def facts_of(values: np.ndarray) -> np.ndarray:
    """What is known of each recording: float64, or text without the blanks that MATLAB pads it with."""
    if values.dtype.kind == "S":
        return np.array([value.decode("latin-1").strip() for value in values.tolist()], dtype=object)
    if values.dtype.kind == "U":
        return np.array([value.strip("\0 ") for value in values.tolist()], dtype=object)
    return values.astype(np.float64)


def is_wide(shape: tuple[int, ...]) -> bool:
    """Has a matrix few and long rows?"""
    return shape[0] < FEW_ROWS and shape[1] >= MIN_SAMPLES and shape[1] > shape[0]


def is_tall(shape: tuple[int, ...]) -> bool:
    """Has a matrix few and long columns?"""
    return is_wide(shape[::-1])


def column_of(values: np.ndarray) -> np.ndarray:
    if values.dtype.kind in "US":
        return facts_of(values)
    with np.errstate(invalid="ignore"):  # a broken file may hold numbers that are none
        if values.dtype == np.float32:  # which single precision cannot round any more
            return values.astype(np.float64) if swings_little(values) else values
        return compact(values.astype(np.float64, copy=False))


def values_of(part: Iterable[np.ndarray], shape: tuple[int, ...]) -> np.ndarray:
    """A recording (n_channels, n_samples), float32 unless a swing on a large level would be lost in it.

    part: its channels, which are looked at one by one, so that there is no second copy of them all.
    """
    found = np.empty(shape, np.float32)
    for place, row in enumerate(part):
        own = column_of(row)
        found = found.astype(own.dtype, copy=False) if own.itemsize > found.itemsize else found
        found[place] = own
    return found


def recordings_of(array: np.ndarray) -> list[np.ndarray]:
    """Recordings of an array (n, n_channels, n_samples), as `values_of`: parts of one array where single precision will do."""
    if array.dtype == np.float32 and array.flags.c_contiguous:
        return [values_of(part, part.shape) if any(map(swings_little, part)) else part for part in array]
    block = np.empty(array.shape, np.float32)
    found = list(block)
    for place, part in enumerate(array):
        own = values_of(part, part.shape)
        if own.dtype == block.dtype:
            block[place] = own
        else:
            found[place] = own
    return found
