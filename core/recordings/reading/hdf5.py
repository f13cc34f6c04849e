"""Datasets of HDF5, MATLAB's version 7.3 among them → `Table` or `Recorded`."""

import io
import math
import re
from typing import Any

import h5py
import numpy as np

from core.errors import SignalFileError
from core.recordings.findings import Finding
from core.recordings.layout.column_names import is_label
from core.recordings.reading.containers import left_out
from core.recordings.reading.limits import MAX_MEMBERS, check_unpacked
from core.recordings.reading.matlab import OBJECT, nothing_in, squeezed
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.single_arrays import UNITS, rate_in
from core.recordings.reading.together import understood
from core.recordings.reading.trees import MAX_DEPTH, container_of

NUMBERS = {"double", "single", "logical", *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)), ""}
HIDDEN = ("#refs#", "#subsystem#")  # where MATLAB keeps the content of cells and objects
FRAME = re.compile(r"block\d+_items")  # the names of columns, as pandas.DataFrame.to_hdf writes them
SINGLE = 4  # bytes that a number takes at least in memory
COMPLEX = ({"real", "imag"}, {"r", "i"})


def read_hdf5(name: str, content: bytes) -> Table | Recorded:
    """The signals among the datasets of an HDF5 file. Raises SignalFileError."""
    return _read(name, content, is_matlab=False)


def read_mat73(name: str, content: bytes) -> Table | Recorded:
    """The signals among the variables of a MATLAB file of version 7.3. Raises SignalFileError."""
    return _read(name, content, is_matlab=True)


def _read(name: str, content: bytes, is_matlab: bool) -> Table | Recorded:
    try:
        with h5py.File(io.BytesIO(content), "r") as file:
            walk = _Walk(name, file, is_matlab)
            tree = walk.group(file, "", 0)
    except SignalFileError:
        raise
    except Exception as error:  # broken files end in anything from KeyError to RuntimeError
        kind, advice = ("MATLAB", "in MATLAB with save -v7") if is_matlab else ("HDF5", "with h5py or as CSV")
        raise SignalFileError(f"“{name}” is not a whole {kind} file; save it again {advice}.") from error
    if not tree:
        raise SignalFileError(nothing_in(name, walk.findings))
    container = container_of(tree, tuple(walk.ignored), tuple(walk.findings))
    container.units.update(walk.units)
    return understood(name, container)


class _Walk:
    """A file's groups as a tree of arrays. HDF5 has MATLAB's dimensions the other way round.

    Only what lies in the file itself is read, not what links name in others.
    """

    def __init__(self, name: str, file: h5py.File, is_matlab: bool) -> None:
        self.ignored: list[str] = []
        self.findings: list[Finding] = []
        self.units: dict[str, str] = {}
        self._name = name
        self._file = file
        self._is_matlab = is_matlab
        self._n_places = 0
        self._n_arrays = 0
        self._n_bytes = 0

    def group(self, group: h5py.Group, path: str, depth: int) -> dict[str, Any]:
        """The arrays of a group by name, groups in it as dictionaries."""
        self._visit()
        if not path:
            self._unit_of("", group)
        tree: dict[str, Any] = _facts(group)
        for key in group:
            if key in HIDDEN or not isinstance(group.get(key, getlink=True), h5py.HardLink):
                continue
            item, place = group[key], f"{path}.{key}" if path else key
            node: Any = None
            if isinstance(item, h5py.Group):
                if depth < MAX_DEPTH:
                    is_sparse = "MATLAB_sparse" in item.attrs
                    node = self._sparse(item) if is_sparse else self.group(item, place, depth + 1)
            elif isinstance(item, h5py.Dataset):
                node = self._dataset(item, place, depth)
                tree = _facts(item) | tree
                self._unit_of(key, item)
            if node is not None and not (isinstance(node, dict | list) and not node):
                tree[key] = node
        return _frame(tree) or tree

    def _unit_of(self, key: str, item: h5py.Group | h5py.Dataset) -> None:
        unit = next((str(_text(item.attrs[name])) for name in sorted(UNITS) if name in item.attrs), "")
        self.units |= {key: unit[:20]} if unit else {}

    def _dataset(self, item: h5py.Dataset, place: str, depth: int) -> Any:
        """The content of a dataset as a node of the tree; None where it is left out, which is noted."""
        self._visit()
        if item.shape is None or "MATLAB_empty" in item.attrs:
            return None
        if item.is_virtual or item.external:
            return self._left_out(place, "lies in another file")
        kind = str(_text(item.attrs.get("MATLAB_class", "")))
        if h5py.check_ref_dtype(item.dtype):
            if not self._is_matlab:
                return self._left_out(place, "refers to other arrays")
            # The fields of an array of structures have no class.
            return self._cells(item, place, depth) if kind in ("cell", "") else self._left_out(place, OBJECT)
        if kind not in NUMBERS | {"char", "cell"}:
            return self._left_out(place, OBJECT)
        self._count(item)
        if h5py.check_string_dtype(item.dtype):
            return np.asarray(item.asstr()[...], dtype=str)
        if h5py.check_vlen_dtype(item.dtype):
            return [np.asarray(part) for part in item[...].reshape(-1)]
        values = np.asarray(item)
        if values.dtype.names:
            return _fields(values)
        if values.dtype.kind not in "iufbcS":
            return self._left_out(place, f"holds no numbers ({item.dtype})")
        if kind == "char":
            rows = np.atleast_2d(values.T).astype(np.uint32)
            return np.array(["".join(map(chr, row)) for row in rows.tolist()])
        return squeezed(values.T if self._is_matlab else values)

    def _cells(self, item: h5py.Dataset, place: str, depth: int) -> Any:
        """What MATLAB's cells refer to."""
        if depth >= MAX_DEPTH:
            return self._left_out(place, "is nested too deeply")
        if item.size > MAX_MEMBERS:
            return self._left_out(place, f"has {item.size:,} cells, more than can be read ({MAX_MEMBERS:,})")
        nodes = []
        for reference in np.asarray(item).T.reshape(-1):
            target = self._file[reference]
            node = (
                self._dataset(target, place, depth + 1)
                if isinstance(target, h5py.Dataset)
                else self.group(target, place, depth + 1)
            )
            if node is not None:
                nodes.append(node)
        return nodes

    def _sparse(self, group: h5py.Group) -> np.ndarray:
        """MATLAB's sparse matrix, with its zeros."""
        n_rows, starts = int(group.attrs["MATLAB_sparse"]), np.asarray(group["jc"]).astype(np.int64)
        check_unpacked(self._name, 8 * n_rows * (len(starts) - 1))
        dense = np.zeros((n_rows, len(starts) - 1), np.float32)
        if "data" in group:
            columns = np.repeat(np.arange(len(starts) - 1), np.diff(starts))
            dense[np.asarray(group["ir"]).astype(np.int64), columns] = np.asarray(group["data"])
        return squeezed(dense)

    def _visit(self) -> None:
        """Refuse groups and cells that hold themselves, through which the way would never end."""
        self._n_places += 1
        self._check_members(self._n_places // MAX_DEPTH)

    def _check_members(self, n: int) -> None:
        if n > MAX_MEMBERS:
            raise SignalFileError(
                f"“{self._name}” holds more than {MAX_MEMBERS:,} arrays; keep the signals and what is known of them."
            )

    def _count(self, item: h5py.Dataset) -> None:
        """Refuse what would become too large, before it is read."""
        self._n_arrays += 1
        self._check_members(self._n_arrays)
        self._n_bytes += item.size * max(item.dtype.itemsize, SINGLE if item.dtype.kind in "biuf" else 0)
        check_unpacked(self._name, self._n_bytes)
        check_unpacked(self._name, math.prod(item.chunks) * item.dtype.itemsize if item.chunks else 0)

    def _left_out(self, place: str, why: str) -> None:
        self.ignored.append(place)
        self.findings.append(left_out(place, why))


def _facts(item: h5py.Group | h5py.Dataset) -> dict[str, Any]:
    """Attributes that say the rate or a class."""
    found: dict[str, Any] = {}
    for key, value in item.attrs.items():
        array = np.asarray(_text(value))
        is_one = array.size == 1 and array.dtype.kind in "iufU" and not key.startswith("MATLAB")
        if is_one and (rate_in(key, array) > 0 or is_label(key)):
            found[key] = array.reshape(1)
    return found


def _frame(tree: dict[str, Any]) -> dict[str, Any]:
    """The columns of a data frame of pandas, which keeps those of one type together, and its index; nothing else."""
    columns: dict[str, Any] = {}
    for key in tree:
        items, values = tree[key], tree.get(key.replace("_items", "_values"))
        if FRAME.fullmatch(key) and isinstance(values, np.ndarray) and items.size == math.prod(values.shape[1:]):
            names = [str(_text(item)) for item in items.reshape(-1).tolist()]
            columns |= dict(zip(names, values.reshape(len(values), -1).T, strict=True))
    return {"index": tree["axis1"]} | columns if columns and "axis1" in tree else columns


def _fields(values: np.ndarray) -> Any:
    names = values.dtype.names or ()
    if set(names) in COMPLEX:
        real = next(name for name in names if name.startswith("r"))
        imaginary = next(name for name in names if name.startswith("i"))
        return squeezed((values[real] + 1j * values[imaginary]).T)
    return {name: values[name] for name in names if values[name].dtype.kind in "iufbS"}


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
