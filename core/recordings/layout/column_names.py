"""What the names of columns tell: times, identifiers, channels, classes, quantities, and numbered samples."""

import math
import re
from collections import Counter

import numpy as np

SECONDS = {
    "ns": 1e-9,
    "us": 1e-6,
    "µs": 1e-6,  # the micro sign
    "μs": 1e-6,  # the Greek letter
    "ms": 1e-3,
    "s": 1.0,
    "sec": 1.0,
    "secs": 1.0,
    "second": 1.0,
    "seconds": 1.0,
    "min": 60.0,
    "minutes": 60.0,
    "h": 3600.0,
    "hours": 3600.0,
}
LABELS = {
    "class",
    "classes",
    "label",
    "labels",
    "target",
    "y",
    "category",
    "fault",
    "type",
    "state",
    "condition",
    "activity",
}
IDS = {
    "id",
    "ids",
    "uid",
    "uuid",
    "signal",
    "recording",
    "record",
    "trial",
    "subject",
    "patient",
    "beat",
    "series",
    "run",
}
IDS |= {
    "sweep",
    "shot",
    "experiment",
    "measurement",
    "case",
    "file",
    "filename",
    "name",
    "segment",
    "number",
    "no",
    "nr",
}
COUNTERS = {"", "index", "idx", "row", "unnamed 0", "sample", "n", "i"}
CHANNELS = {
    "channel",
    "channels",
    "ch",
    "sensor",
    "variable",
    "lead",
    "axis",
    "feature",
    "dim",
    "dimension",
    "electrode",
}
QUANTITIES = {"load", "rpm", "speed", "temperature", "temp", "pressure", "torque", "force", "age", "voltage", "current"}
QUANTITIES |= {
    "frequency",
    "freq",
    "amplitude",
    "mass",
    "weight",
    "flow",
    "power",
    "angle",
    "humidity",
    "wind",
    "height",
}
TIMES = {"t", "time", "times", "timestamp", "date", "datetime", "elapsed", "zeit", "temps", "tiempo"}

MAX_UNIT = 20  # characters
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
TIMED = re.compile(rf"^\s*((?:t|time)\s*=)?\s*({NUMBER})\s*(?:([a-zµμ]+)\s*(?:\[[^\]]*\])?)?\s*$", re.IGNORECASE)
BRACKETED = re.compile(r"[\[(]\s*([^\[\]()]+?)\s*[\])]\s*$")
NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$")
UNIT = re.compile(r"[\s_]*[\[(]\s*([^\])]*)\s*[\])]\s*$|[\s_/]+(ns|us|µs|μs|ms|s|sec|seconds|min|h)$", re.IGNORECASE)


def plain(name: str) -> str:
    """A name in small letters without its unit and punctuation: "Time [ms]" is "time", "signal_id" is "signal id"."""
    return re.sub(r"[\W_]+", " ", UNIT.sub("", name).lower()).strip()


def seconds_per_unit(name: str) -> float:
    """How many seconds one unit of a column of times is: 0.001 for "Time [ms]", 1 where its name does not say."""
    found = UNIT.search(name)
    return SECONDS.get((found[1] or found[2] or "").strip().lower(), 1.0) if found else 1.0


def unit_of(names: tuple[str, ...]) -> str:
    """The unit that all names end with in brackets, as "x [m/s²]" and "y [m/s²]" do; none where they do not agree."""
    found = {match[1] if (match := BRACKETED.search(name)) else "" for name in names}
    unit = found.pop() if len(found) == 1 else ""
    return unit if len(unit) <= MAX_UNIT and unit not in SECONDS else ""


def is_time(name: str) -> bool:
    """Does a name say that its column holds times?"""
    return plain(name) in TIMES or (plain(name) in SECONDS and len(plain(name)) > 1)


def is_label(name: str) -> bool:
    """Does a name say that its column holds classes?"""
    return _any_word(name, LABELS)


def is_id(name: str) -> bool:
    """Does a name say that its column tells which signal a row belongs to?"""
    return _any_word(name, IDS)


def is_counter(name: str) -> bool:
    """Does a name say that its column only counts rows?"""
    return plain(name) in COUNTERS


def is_channel(name: str) -> bool:
    """Does a name say that its column tells which channel a row belongs to?"""
    return plain(name) in CHANNELS


def is_quantity(name: str) -> bool:
    """Does a name say that its column holds numbers with a unit, which a twin may be asked for in between?"""
    return _any_word(name, QUANTITIES)


def _any_word(name: str, words: set[str]) -> bool:
    return not words.isdisjoint(plain(name).split())


def header_times(names: tuple[str, ...]) -> np.ndarray | None:
    """The times in seconds that names such as "t=0.063 s" or "0.063" say, (n,); None where they are no rising times."""
    found = [TIMED.match(name) for name in names]
    if len(names) < 2 or not all(found):
        return None
    parts = [match.groups() for match in found if match]
    # Bare whole numbers, and such as "t12", only count samples.
    says_time = all(mark or unit for mark, _, unit in parts) or any("." in text for _, text, _ in parts)
    times = np.array([float(text) * SECONDS.get((unit or "s").lower(), math.nan) for _, text, unit in parts])
    if not says_time or not np.isfinite(times).all() or (np.diff(times) <= 0).any():
        return None
    return times


def numbered(names: tuple[str, ...]) -> set[str]:
    """The largest group of names that differ in a number alone: "s0", "s1", "s2", or "t=0.5 s", "t=0.75 s"."""
    stems = {name: "time" if TIMED.match(name) else _stem(name) for name in names}
    counts = Counter(stem for stem in stems.values() if stem)
    if not counts:
        return set()
    commonest = counts.most_common(1)[0][0]
    return {name for name in names if stems[name] == commonest}


def are_signals(names: tuple[str, ...]) -> bool:
    """Do names such as "trial 1", "trial 2" say that each column is a signal?"""
    found = [NUMBERED.match(name) for name in names]
    return all(match is not None and is_id(match[1]) for match in found)


def _stem(name: str) -> str | None:
    match = NUMBERED.match(name)
    return f"{match[1]}#{match[3]}" if match else None
