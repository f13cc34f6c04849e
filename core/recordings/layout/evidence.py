"""What the name of a column and its values tell of it."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.config import MIN_SAMPLES
from core.errors import SignalFileError
from core.recordings.layout.cells import codes_of
from core.recordings.layout.clocks import looks_like_clock
from core.recordings.layout.column_names import is_counter, is_one_of_times, is_seconds, is_time, unit_of_time
from core.recordings.layout.timestamps import Times, even_rates, may_be_moment, read_times
from core.recordings.reading.raw import Table, is_filled, is_text

MOSTLY_RISING = 0.9  # of its steps rise: a clock, whatever else it does
SHORT = 0.3  # share of the stretches of equal values: with more short ones, a flag is raised now and then
SPARSE = 0.5  # share of its cells that are filled: a column with fewer is no channel beside others that are full


@dataclass(frozen=True, eq=False)
class Evidence:
    """A column, and what its name and its values tell."""

    name: str
    cells: np.ndarray
    place: int
    has_name: bool  # where nobody named it, its name tells nothing

    @property
    def is_text(self) -> bool:
        return is_text(self.cells)

    @property
    def is_named(self) -> bool:
        """Did somebody name this very column?"""
        return self.has_name and not self.name.startswith("column ")

    @cached_property
    def finite(self) -> np.ndarray:
        is_finite = np.isfinite(self.cells)
        return self.cells if is_finite.all() else self.cells[is_finite]

    @cached_property
    def is_empty(self) -> bool:
        return self.n_filled == 0

    @cached_property
    def n_filled(self) -> int:
        """How many cells have something in them."""
        return int(is_filled(self.cells).sum()) if self.is_text else len(self.finite)

    @cached_property
    def is_sparse(self) -> bool:
        return self.n_filled < SPARSE * len(self.cells)

    @cached_property
    def has_gaps(self) -> bool:
        return self.n_filled < len(self.cells)

    @cached_property
    def is_constant(self) -> bool:
        if self.is_text:
            return bool((self.cells == self.cells[0]).all())
        return len(self.finite) > 0 and bool(self.finite.min() == self.finite.max())

    @property
    def is_whose(self) -> bool:
        """Does a whole number without a name stand first and stay the same: a person's or a machine's?"""
        return self.place == 0 and not self.has_name and self.is_constant and self.is_whole

    @cached_property
    def is_whole(self) -> bool:
        return not self.is_text and bool((self.finite == np.round(self.finite)).all())

    @cached_property
    def codes(self) -> np.ndarray:
        return codes_of(self.cells)

    @cached_property
    def n_different(self) -> int:
        return int(self.codes.max()) + 1 if self.cells.dtype == object else len(np.unique(self.cells))

    @cached_property
    def n_stretches(self) -> int:
        """How many runs of equal values there are."""
        return int((np.diff(self.codes) != 0).sum()) + 1

    @cached_property
    def stays(self) -> bool:
        """Do most values stay the same for as long as a signal lasts, so that they may cut a recording?"""
        if self.n_stretches > len(self.cells) / MIN_SAMPLES:
            return False
        changes = np.flatnonzero(np.diff(self.codes)) + 1
        lengths = np.diff(changes, prepend=0, append=len(self.cells))
        return bool(np.mean(lengths < MIN_SAMPLES) <= SHORT)

    @cached_property
    def repeats(self) -> bool:
        """Do values come more than once, and not all the same?"""
        return 1 < self.n_different <= len(self.cells) / 2

    @cached_property
    def counts(self) -> bool:
        """Do the values count up or down by one, perhaps beginning again?"""
        if self.is_text or not self.is_whole or len(self.finite) < 2:
            return False
        steps = np.diff(self.finite)
        by_one = np.mean(steps == 1)
        return bool(by_one >= MOSTLY_RISING or np.mean(steps == -1) >= MOSTLY_RISING)

    @property
    def counts_throughout(self) -> bool:
        """Do the values count from the first row to the last, which no signal does?"""
        n = len(self.cells)
        return self.counts and len(self.finite) == n >= MIN_SAMPLES and abs(self.cells[-1] - self.cells[0]) == n - 1

    @cached_property
    def counts_slowly(self) -> bool:
        """Do whole numbers stand still for some rows and then rise by one, again and again?"""
        if self.is_text or not self.is_whole or len(self.finite) < MIN_SAMPLES or not self.repeats:
            return False
        steps = np.diff(self.finite)
        return bool(((steps == 0) | (steps == 1)).all())

    @cached_property
    def wraps(self) -> bool:
        """Do the values count to a small number, again and again, as sequence numbers of packets do?"""
        if self.is_text or not self.is_whole or len(self.finite) < MIN_SAMPLES or self.n_different < 4:
            return False
        steps = np.diff(self.finite)
        modulus = self.finite.max() - self.finite.min() + 1
        return bool(np.mean(steps % modulus == 1) >= MOSTLY_RISING)

    @cached_property
    def is_even(self) -> bool:
        """Do the values rise or fall evenly from row to row?"""
        if self.is_text or len(self.finite) != len(self.cells) or len(self.cells) < 3:
            return False
        values = self.cells.astype(np.float64)
        return bool(np.isfinite(even_rates(values[None])[0]) or np.isfinite(even_rates(-values[None])[0]))

    @cached_property
    def times(self) -> Times | None:
        """The times that the column holds, whatever its name; None where it cannot."""
        if self.is_empty or (self.is_text and not looks_like_clock(self.cells)):
            return None
        try:
            return read_times(self.name if self.has_name else "", self.cells)
        except SignalFileError:  # further down stands something else
            return None

    @cached_property
    def runs(self) -> bool:
        """Do the times go one way nearly throughout, or stand still as a coarse clock does?"""
        if self.times is None:
            return False
        steps = np.diff(self.times.seconds)
        steps = steps[np.isfinite(steps)]
        if not len(steps) or not steps.any():
            return False
        return bool(np.mean(steps >= 0) >= MOSTLY_RISING or np.mean(steps <= 0) >= MOSTLY_RISING)

    @cached_property
    def counts_from_an_epoch(self) -> bool:
        """Do numbers count from some day on, whatever their name?"""
        if self.is_text or not len(self.finite) or len(self.cells) < MIN_SAMPLES:
            return False
        if not may_be_moment(self.name if self.has_name else "", float(self.finite[0])):
            return False
        return self.times is not None and self.times.clock == "moment" and self.runs

    @property
    def names_time(self) -> bool:
        """Does the name say time, or at least its unit, and do the values rise evenly?"""
        if not self.has_name:
            return False
        if is_time(self.name):
            return True
        may_be = (
            bool(unit_of_time(self.name)) or is_one_of_times(self.name) or (self.place == 0 and is_seconds(self.name))
        )
        return may_be and self.is_even

    @property
    def names_counter(self) -> bool:
        return (self.has_name and is_counter(self.name)) or (self.name.startswith("column ") and self.has_name)


def evidence_of(table: Table) -> list[Evidence]:
    return [
        Evidence(name, cells, i, table.has_names)
        for i, (name, cells) in enumerate(zip(table.names, table.columns, strict=True))
    ]
