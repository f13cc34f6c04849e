"""Files of recordings → signals, one file after the other, so that never more than one is in memory.

The first file that can be read says what the others are like: their channels, units, sampling rate and length, or the
windows they are cut into. What only all signals at once could tell is not looked for: outliers.
"""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from core.config import changed
from core.errors import SignalFileError, WavetwinError
from core.formatting import count, number
from core.recordings.findings import Finding, merged, told
from core.recordings.import_files import ReadSettings, Watch, left_out, read_part, recordings_in, together, unwatched
from core.recordings.layout.file_names import as_text, labels_in, names_of
from core.recordings.layout.joining import check_channels, in_units_of
from core.recordings.preparation.defects import digests
from core.recordings.preparation.inspection import inspected
from core.recordings.preparation.lengths import MAX_VALUES
from core.recordings.preparation.levels import levels_of, without_levels
from core.recordings.preparation.prepare import (
    Preparation,
    Prepared,
    check,
    check_enough,
    shaped,
    story,
    suggested,
)
from core.recordings.preparation.resampling import SAME_RATE, aligned, without_gaps
from core.recordings.preparation.windows import FEWEST_RECORDINGS, Cut, common_length
from core.recordings.reading.limits import MAX_BYTES, MAX_SIGNALS, check_bytes
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.records import is_header
from core.recordings.remembered import Decision, Remembered, decided
from core.recordings.understanding import Understanding, record_of
from core.signals.dataset import DataSet

MAX_SIGNALS_IN_ALL = 50 * MAX_SIGNALS  # of each, some 50 bytes are remembered
MOST_NAMED = 20  # files that are left out
N_BESIDE = 1_000  # rows of the first two tables, beside which the others are understood


def are_too_many(paths: Sequence[Path]) -> bool:
    """Do files hold more together than one file may, so that they are taken in one by one? Raises WavetwinError."""
    return sum(_size(path) for path in paths) > MAX_BYTES


@dataclass(frozen=True)
class _Example:
    """What the first file says of all: a recording without its samples, how it was prepared, and its rate in Hz."""

    recorded: Recorded
    preparation: Preparation
    rate: float | None


class OneByOne:
    """Takes in files in their order, once: `pieces` to the end, then `decision` and `prepared`; or `understood` alone.

    settings: those of `Preparation` that are not suggested. skip_unreadable: leave out files that cannot be read or do not go
    with the first, and name them. Raises SignalFileError or ConfigError for what cannot be part of a data set.
    """

    def __init__(
        self, paths: Sequence[Path], reading: ReadSettings | None = None, skip_unreadable: bool = False, **settings: Any
    ) -> None:
        self.groups = _grouped(paths)
        self._reading, self._skip, self._settings = reading, skip_unreadable, settings
        self._beside: list[Table] = []
        self._example: _Example | None = None
        self._n_signals = self._n_recordings = self._n_numbered = 0
        self._remembered: list[Remembered] = []
        self._findings: list[tuple[str, Finding]] = []  # with the file that each is about
        self._skipped: list[Finding] = []
        self._seen: list[Understanding] = []  # of the first file, and of the last

    def pieces(self) -> Iterator[np.ndarray]:
        """The signals of each file, float32 (n, n_channels, n_samples)."""
        self._beside = [table for group in self.groups[:2] for table in self._beginning(group)]
        labels = labels_in(names_of([group[0] for group in self.groups]))
        for place, group in enumerate(self.groups):
            name = as_text(group[0].name)
            try:
                signals = self._signals(group, {label: classes[place] for label, classes in labels.items()})
            except WavetwinError as error:
                named = error if name in str(error) else SignalFileError(f"“{name}”: {error}")
                if not self._skip:
                    raise named from error
                self._skipped.append(left_out(name, named))
                continue
            self._n_signals += len(signals)
            if self._n_signals > MAX_SIGNALS_IN_ALL:
                raise SignalFileError(
                    f"The files hold more than {count(MAX_SIGNALS_IN_ALL)} signals; give fewer files or longer windows, or raise "
                    "the environment variable WAVETWIN_MAX_SIGNALS, of which the limit is fifty times."
                )
            yield signals

    def decision(self) -> Decision:
        """What becomes of the signals of all pieces."""
        example = self._first()
        found = decided(self._remembered, example.preparation)
        findings = [*self._so_far(), *found.findings]
        check_enough(found.recordings, example.preparation, findings)
        return replace(found, findings=findings)

    def prepared(self, decision: Decision, signals: np.ndarray) -> Prepared:
        """The data set of the signals that are kept, (n_kept, n_channels, n_samples)."""
        example = self._first()
        data = DataSet(
            name=example.preparation.name,
            signals=signals,
            recordings=decision.recordings,
            conditions=decision.conditions,
            columns=decision.columns,
            sampling_rate=example.rate or 1.0,
            is_rate_known=example.rate is not None,
            unit=example.preparation.unit,
            story=story(self._n_recordings, signals.shape, example.preparation, example.rate, decision.findings),
        )
        return Prepared(data, decision.findings)

    def understood(self, watch: Watch = unwatched) -> Understanding:
        """What is in the files, of which the first speaks for all; `watch` sees the signals go by. Raises nothing of its own."""
        then: Literal["made", "refused"]
        try:
            for _ in watch(self.pieces(), len(self.groups)):
                pass
        except WavetwinError as error:
            return Understanding("refuse", said=(str(error),))
        try:
            found = self.decision()
        except WavetwinError as error:
            if not self._seen:
                return Understanding("refuse", said=(str(error),))
            said = (*(finding.sentence for finding in self._so_far()), str(error))
            conditions, then = self._seen[0].conditions, "refused"
        else:
            said = tuple(finding.sentence for finding in found.findings)
            conditions, then = tuple(column.name for column in found.columns), "made"
        first, last = self._seen[0], self._seen[-1]
        return replace(
            first, n_recordings=self._n_recordings, last=last.last, conditions=conditions, said=said, then=then
        )

    def _first(self) -> _Example:
        if self._example is None:
            raise SignalFileError("None of the files can be read; give at least one that holds recordings.")
        return self._example

    def _so_far(self) -> list[Finding]:
        """How the files were taken in, and what was found in each."""
        sentence = (
            f"The {count(len(self.groups))} files have more than {MAX_BYTES / 1e6:,.0f} MB together, so they were imported "
            "one by one: each holds recordings of its own, the layout of the first applies to all, and outliers were "
            "not looked for."
        )
        first = as_text(self.groups[0][0].name)
        skipped, more = self._skipped[:MOST_NAMED], len(self._skipped) - MOST_NAMED
        if more > 0:
            skipped = [
                *skipped,
                told("files", f"Left out as well: {count(more)} more.", "left out", "recording", count=more),
            ]
        how = told("files", sentence, "assumed", "recording", first)
        return [how, *skipped, *merged(self._findings, len(self.groups))]

    def _beginning(self, group: Sequence[Path]) -> list[Table]:
        """The first rows of a table; nothing where the file holds none."""
        try:
            found = self._read(group)
        except WavetwinError:
            return []  # which is told when its turn comes
        if not isinstance(found, Table):
            return []
        return [replace(found, columns=tuple(cells[:N_BESIDE].copy() for cells in found.columns), others=())]

    def _read(self, group: Sequence[Path]) -> Table | Recorded:
        return read_part(contents(group), self._reading)

    def _signals(self, group: Sequence[Path], classes: dict[str, str]) -> np.ndarray:
        """The signals of one file, of the classes that names tell; what is to be remembered of them is."""
        name = as_text(group[0].name)
        recorded = recordings_in([(name, self._read(group))], self._reading, self._beside)
        check(recorded)
        n = len(recorded.values)
        of_file = {label: np.full(n, one, dtype=object) for label, one in classes.items()}
        recorded = replace(recorded, labels=of_file | recorded.labels)
        if self._example:
            check_channels(recorded, self._example.recorded)
            recorded = in_units_of(recorded, self._example.recorded)
        preparation = self._example.preparation if self._example else self._suggested(recorded)
        cut, rate, findings = self._cut(recorded, preparation)
        if self._example is None:
            empty = replace(recorded, values=[recorded.values[0][:, :0].copy()])
            self._example = _Example(empty, preparation, rate)
        self._remember(name, recorded, cut)
        self._findings += [(name, finding) for finding in findings]
        self._seen = [*self._seen[:1], record_of(recorded, (), "made")]
        return cut.signals

    def _suggested(self, recorded: Recorded) -> Preparation:
        chosen = changed(suggested(recorded, len(self.groups)), **self._settings)
        lengths = np.array([part.shape[1] for part in recorded.values])
        return changed(chosen, n_samples=chosen.window or common_length(lengths, chosen.lengths))

    def _cut(self, recorded: Recorded, preparation: Preparation) -> tuple[Cut, float | None, list[Finding]]:
        """The signals of a file, without those that are never kept; their rate in Hz; and what was found."""
        if levels_of(recorded):
            raise SignalFileError(
                f"“{recorded.names[0]}” varies too little around a large offset for single precision, and offsets are not "
                "subtracted when files are imported one by one; subtract the offset first."
            )
        recorded = replace(recorded, values=without_levels(recorded, ())[0])
        rate, values, of_rate = aligned(recorded, preparation.sampling_rate, MAX_VALUES)
        wanted = self._example.rate if self._example else rate
        if rate and wanted and abs(rate / wanted - 1) > SAME_RATE:
            raise SignalFileError(
                f"“{recorded.names[0]}” has {number(rate)} Hz and the first file {number(wanted)} Hz; give files of one sampling "
                "rate."
            )
        values, filled = without_gaps(values, recorded.names, preparation.missing, preparation.max_gap)
        fewest = -(-FEWEST_RECORDINGS // len(self.groups))
        cut, shape = shaped(values, recorded.names, preparation, fewest)
        choices = {"constant": preparation.constant, "clipped": preparation.clipped}
        cut, _, wrong = inspected(cut, {}, recorded.names, choices)
        return cut, rate, [*recorded.findings, *of_rate, *filled, *shape, *wrong]

    def _remember(self, name: str, recorded: Recorded, cut: Cut) -> None:
        labels = {label: _interned(cells)[cut.sources] for label, cells in recorded.labels.items()}
        numbers = self._n_numbered + cut.recordings
        self._remembered.append(Remembered(name, numbers, digests(cut.signals), labels))
        self._n_recordings += len(recorded.values)
        self._n_numbered += max(len(recorded.values), 1 + int(cut.recordings.max(initial=0)))


def _grouped(paths: Sequence[Path]) -> list[list[Path]]:
    """Files that are read as one, by folder; all others by themselves."""
    folders: dict[Path, list[Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    found = []
    for members in folders.values():
        headers = {path.name: _content(path) for path in members if is_header(path.name)}
        found += [[members[place] for place in places] for places in together([one.name for one in members], headers)]
    return found


def contents(paths: Sequence[Path]) -> list[tuple[str, bytes]]:
    """Names of files, as `names_of`, and contents. Raises SignalFileError where one cannot be read or is too large."""
    return [(name, _content(path)) for name, path in zip(names_of(paths), paths, strict=True)]


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise _unreachable(path, error) from None


def _content(path: Path) -> bytes:
    check_bytes(as_text(path.name), _size(path))
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreachable(path, error) from None


def _unreachable(path: Path, error: OSError) -> SignalFileError:
    return SignalFileError(f"{as_text(str(path))} cannot be read ({error.strerror}); check its name and place.")


def _interned(cells: np.ndarray) -> np.ndarray:
    """Equal words as one object, for there may be millions of them."""
    return np.array([sys.intern(str(cell)) for cell in cells], dtype=object) if cells.dtype == object else cells
