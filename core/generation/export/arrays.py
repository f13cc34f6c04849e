"""Arrays: NumPy, MATLAB and HDF5."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np

from core.generation.export.archive import zipped
from core.generation.export.content import PIECE, ROWS, Content, Pieces, regrouped, values_of, written_on_disk
from core.signals.batch import collect
from core.signals.faults import MASK

MAT_TITLE, MAT_TITLE_BYTES = (
    b"MATLAB 5.0 MAT-file, made with Wavetwin",
    116,
)  # in place of SciPy's, which tells the time
CARD = "card"  # what the card is called in a file: JSON as text


@dataclass
class _Facts:
    """What is known of each signal, gathered while the signals go by."""

    content: Content
    groups: list[np.ndarray] = field(default_factory=list)  # (n, n_conditions) each

    def watched(self, pieces: Pieces) -> Pieces:
        for piece in pieces:
            self.groups.append(piece.conditions)
            yield piece

    def arrays(self) -> dict[str, np.ndarray]:
        """An array (count,) for each condition, by a name that every program takes; classes as text."""
        columns = self.content.columns
        whole = np.concatenate(self.groups) if self.groups else np.empty((0, len(columns)), np.float32)
        values = (values_of(column, whole[:, index]) for index, column in enumerate(columns))
        texts = (array.astype(str) if array.dtype == object else array for array in values)
        return dict(zip(self.content.names, texts, strict=True))


def write_npy(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """One float32 array (count, n_samples), or (count, n_channels, n_samples) of several channels; no conditions."""
    yield _head("<f4", (count, *content.shape))
    for group in regrouped(pieces, ROWS):
        yield group.signals.astype("<f4", copy=False).tobytes()


def write_npz(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """Arrays by name: signals, times, sampling_rate, each condition, with planted faults the marks, and the card.

    A file in a ZIP is written after the other, so the marks wait on the disk until all signals are written.
    """
    facts = _Facts(content)
    with TemporaryFile() as waiting:
        yield from zipped(_members(_set_aside(facts.watched(pieces), waiting), count, content, facts, waiting))


def _members(
    pieces: Pieces, count: int, content: Content, facts: _Facts, marks: BinaryIO
) -> Iterator[tuple[str, Iterator[bytes]]]:
    yield "signals.npy", write_npy(pieces, count, content)
    for name, array in (_settings(content) | facts.arrays()).items():
        column = io.BytesIO()
        np.save(column, array, allow_pickle=False)
        yield f"{name}.npy", iter([column.getvalue()])
    if content.faults:
        marks.seek(0)
        yield f"{MASK}.npy", _npy_of(marks, "|b1", (count, *content.shape))


def _set_aside(pieces: Pieces, marks: BinaryIO) -> Pieces:
    """The same pieces, after their marks are written to a file."""
    for piece in pieces:
        if piece.faulty is not None:
            marks.write(piece.faulty.tobytes())
        yield piece


def _npy_of(raw: BinaryIO, kind: str, shape: tuple[int, ...]) -> Iterator[bytes]:
    yield _head(kind, shape)
    yield from iter(partial(raw.read, PIECE), b"")


def _head(kind: str, shape: tuple[int, ...]) -> bytes:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(head, {"descr": kind, "fortran_order": False, "shape": shape})
    return head.getvalue()


def _settings(content: Content) -> dict[str, np.ndarray]:
    """What is known of all signals."""
    card = {CARD: np.array(content.card.to_json().decode())} if content.card else {}
    timed = {"times": content.times, "sampling_rate": np.array(content.rate)} if content.units.is_timed else {}
    return timed | card


def write_mat(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """Variables of MATLAB, version 5: as in NPZ, classes as rows of characters."""
    from scipy import io as scipy_io

    def write(file: BinaryIO) -> Iterator[None]:
        yield
        whole = collect(pieces, count)
        facts = _Facts(content, [whole.conditions])
        marks = {MASK: _of_shape(whole.faulty, content)} if whole.faulty is not None else {}
        unit = {"unit": content.units.value} if content.units.value else {}
        variables = {"signals": _of_shape(whole.signals, content)} | facts.arrays() | marks | _settings(content) | unit
        scipy_io.savemat(file, variables, oned_as="column")
        file.seek(0)
        file.write(MAT_TITLE.ljust(MAT_TITLE_BYTES))

    yield from written_on_disk(write)


def write_hdf5(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """Datasets as in NPZ; the rate and the unit are attributes of the signals, the card one of the file."""
    import h5py

    def write(disk: BinaryIO) -> Iterator[None]:
        facts = _Facts(content)
        with h5py.File(disk, "w") as file:
            signals = file.create_dataset("signals", (count, *content.shape), "<f4")
            signals.attrs["unit"] = content.units.value
            if content.units.is_timed:
                signals.attrs["sampling_rate"] = content.rate
                file["times"] = content.times
            marks = file.create_dataset(MASK, signals.shape, bool) if content.faults else None
            n_before = 0
            for group in regrouped(facts.watched(pieces), ROWS):
                rows = slice(n_before, n_before + len(group))
                signals[rows] = _of_shape(group.signals, content)
                if marks is not None and group.faulty is not None:
                    marks[rows] = _of_shape(group.faulty, content)
                n_before += len(group)
                yield
            for name, values in facts.arrays().items():
                file[name] = (
                    values.astype(object) if values.dtype.kind == "U" else values
                )  # HDF5 has text of any length
            if content.card:
                file.attrs[CARD] = content.card.to_json().decode()

    yield from written_on_disk(write)


def _of_shape(values: np.ndarray, content: Content) -> np.ndarray:
    return values.reshape(len(values), *content.shape)
