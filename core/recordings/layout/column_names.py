"""What the names of columns tell: times, identifiers, counters, channels, classes, quantities, and numbered samples."""

import math
import re
from collections import Counter

import numpy as np

from core.recordings.layout.words import (
    ADJOINED,
    CHANNELS,
    COUNTERS,
    DAYS,
    IDS,
    LABELS,
    QUANTITIES,
    STATES,
    STEPS,
    TIME_WORDS,
    TIMES,
)
from core.recordings.units import BRACKETED, MAX_UNIT, SECONDS, is_unit, split_unit

ONE_OF_TIMES = re.compile(r"(t|time|zeit|temps|tiempo) ?\d{1,2}")
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")  # where words meet, as in loggingTime

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
TIMED = re.compile(rf"^\s*((?:t|time)\s*=)?\s*({NUMBER})\s*(?:([a-zµμ]+)\s*(?:\[[^\]]*\])?)?\s*$", re.IGNORECASE)
NUMBERED = re.compile(r"^(.*?)(\d+)(\D*)$")
TIME_SUFFIX = re.compile(r"[\s_.-]+([a-zµμ]+)$", re.IGNORECASE)


def plain(name: str) -> str:
    """A name in small letters without its unit and punctuation: "Time [ms]" is "time", "signal_id" is "signal id"."""
    bare = split_unit(name)[0]
    return _small(_without_time_suffix(bare)[0])


def unit_of_time(name: str) -> str:
    """The unit of time that a name says, in brackets, behind it or alone; empty where it says none."""
    bare, unit = split_unit(name)
    if unit.lower() in SECONDS:
        return unit
    if unit:
        return ""
    if suffix := _without_time_suffix(bare)[1]:
        return suffix
    words = re.split(r"[\W_]+", name.strip("()[] "))
    if len(words) == 1:
        return words[0] if len(words[0]) > 1 and words[0].lower() in SECONDS else ""
    is_timed = not TIME_WORDS.isdisjoint(word.lower() for word in words)
    return next((word for word in words if is_timed and len(word) > 1 and word.lower() in SECONDS), "")


def seconds_per_unit(name: str) -> float:
    """How many seconds one unit of a column of times is: 0.001 for "Time [ms]", 1 where its name does not say."""
    return SECONDS.get(unit_of_time(name).lower(), 1.0)


def unit_of(names: tuple[str, ...]) -> str:
    """The unit that all names end with, as "x [m/s²]" and "y [m/s²]" do; none where they do not agree."""
    found = {split_unit(name)[1] or _bracketed(name) for name in names}
    unit = found.pop() if len(found) == 1 else ""
    return unit if len(unit) <= MAX_UNIT and unit not in SECONDS else ""


def without_units(names: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names and their units apart; names stay whole where they would be the same without."""
    found = [split_unit(name) for name in names]
    counts = Counter(bare for bare, _ in found)
    return (
        tuple(bare if counts[bare] == 1 else name for name, (bare, _) in zip(names, found, strict=True)),
        tuple(unit for _, unit in found),
    )


def is_time(name: str) -> bool:
    """Does a name say that its column holds times?"""
    if has_other_unit(name):
        return False
    words = plain(CAMEL.sub(" ", name)).split()
    if plain(name) in TIMES or not TIME_WORDS.isdisjoint(words) or (len(words) > 1 and not ADJOINED.isdisjoint(words)):
        return True
    return unit_of_time(name) != "" and (
        len(words) == 0 or words[0] in SECONDS or words[0] in ("x", "x axis") or "axis" in words
    )


def is_one_of_times(name: str) -> bool:
    """May a name be that of one of several columns of times, as in “t1” and “time 2”?"""
    return ONE_OF_TIMES.fullmatch(plain(name)) is not None


def is_seconds(name: str) -> bool:
    """Is a name nothing but the seconds, as in “s” and “in s”?"""
    return plain(name).removeprefix("in ") in ("s", "sec")


def is_day(name: str) -> bool:
    """Does a name say that its column holds days?"""
    return not DAYS.isdisjoint(plain(name).split())


def is_label(name: str) -> bool:
    """Does a name say that its column holds classes?"""
    return _any_word(name, LABELS)


def is_state(name: str) -> bool:
    """Does a name say that its column holds a state, which may be a class or a channel?"""
    return _any_word(name, STATES)


def is_id(name: str) -> bool:
    """Does a name say that its column tells which signal a row belongs to?"""
    return _any_word(name, IDS)


def is_counter(name: str) -> bool:
    """Does a name say that its column only counts rows?"""
    return plain(name) in COUNTERS or name.strip() in COUNTERS


def is_display(name: str) -> bool:
    """Does a name say that its column holds how many digits a meter shows?"""
    return _any_word(name, {"digits"})


def is_fraction_of_second(name: str) -> bool:
    """Does a name say that its column holds what a clock beside it rounds off?"""
    words = set(plain(name).split())
    return bool(words & {"fractional", "fraction", "subsecond", "subseconds"}) and (
        bool(words & {"second", "seconds", "sec", "time"}) or len(words) == 1
    )


def is_channel(name: str) -> bool:
    """Does a name say that its column tells which channel a row belongs to?"""
    return plain(name) in CHANNELS


def is_quantity(name: str) -> bool:
    """Does a name say that its column holds numbers with a unit, which a twin may be asked for in between?"""
    return _any_word(name, QUANTITIES)


def has_other_unit(name: str) -> bool:
    """Does a name say a unit that is none of time?"""
    unit = split_unit(name)[1]
    return is_unit(unit) and unit.lower() not in SECONDS


def _without_time_suffix(bare: str) -> tuple[str, str]:
    """A name without the unit of time behind it, and that unit: "time" and "ms" of "time_ms"; "temp_s" stays."""
    suffix = TIME_SUFFIX.search(bare)
    if not suffix or suffix[1].lower() not in SECONDS:
        return bare, ""
    base = bare[: suffix.start()]
    words = set(_small(base).split())
    return (base, suffix[1]) if words & (TIME_WORDS | STEPS) else (bare, "")


def _small(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.lower()).strip()


def _any_word(name: str, words: set[str]) -> bool:
    return not words.isdisjoint(plain(name).split())


def _bracketed(name: str) -> str:
    found = BRACKETED.match(name)
    return found[2] if found else ""


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
