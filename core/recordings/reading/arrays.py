"""Arrays of NumPy and MATLAB → `Table` or `Recorded`. Headers are checked before memory is taken for what they promise."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping

import h5py
import numpy as np
from scipy import io as scipy_io

from core.config import MAX_CHANNELS
from core.errors import SignalFileError
from core.recordings.reading.columns import compact
from core.recordings.reading.limits import MAX_MEMBERS, check_columns, check_recordings, check_unpacked
from core.recordings.reading.raw import Recorded, Table

RATES = ("fs", "rate", "sampling_rate", "samplingrate", "sample_rate", "samplerate", "sfreq", "srate", "sr")
TIMES = ("t", "time", "times")
HDF5 = b"\x89HDF\r\n\x1a\n"
MATLAB_HEADER, MATLAB_COMPRESSED = 128, 15
MATLAB_NUMBERS = (
    "double",
    "single",
    "logical",
    *(f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)),
)
UNEVEN = 0.01  # of a step: times that differ by less are evenly spaced

Arrays = Mapping[str, np.ndarray]


def read_npy(name: str, content: bytes) -> Table | Recorded:
    """A NumPy array: 1-D is one recording, 2-D a table, 3-D recordings × channels × samples. Raises SignalFileError."""
    array = _npy(name, content)
    _check_numbers(name, array)
    return _arranged(name, array, {}, math.nan)


def read_npz(name: str, content: bytes) -> Table | Recorded:
    """The signals among several NumPy arrays, and what the others say of them. Raises SignalFileError."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise SignalFileError(
                    f"“{name}” holds {len(members):,} arrays; keep the signals and what is known of them."
                )
            check_unpacked(name, sum(member.file_size for member in members))
            arrays = {
                member.filename.removesuffix(".npy"): _npy(name, archive.read(member))
                for member in members
                if member.filename.endswith(".npy")
            }
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, struct.error) as error:
        raise SignalFileError(
            f"“{name}” is not a whole archive of NumPy arrays; save it again with numpy.savez."
        ) from error
    return _chosen(name, arrays)


def read_mat(name: str, content: bytes) -> Table | Recorded:
    """The signals among the variables of a MATLAB file, version 4 to 7.3. Raises SignalFileError."""
    is_hdf5 = HDF5 in (content[:8], content[512:520])
    try:
        arrays = _hdf5(name, content) if is_hdf5 else _matlab(name, content)
    except SignalFileError:
        raise
    except Exception as error:  # broken files end in anything from TypeError to zlib.error
        raise SignalFileError(f"“{name}” is not a whole MATLAB file; save it again in MATLAB with save -v7.") from error
    if not arrays:
        raise SignalFileError(
            f"“{name}” holds no plain arrays of numbers; structures, cells and objects are not read, so save the signals as "
            "a matrix."
        )
    return _chosen(name, {key: _squeezed(array) for key, array in arrays.items()})


# From bytes to arrays


def _npy(name: str, content: bytes) -> np.ndarray:
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        # Version 3 differs from 2 only in the encoding of field names, which no plain array has.
        if version not in ((1, 0), (2, 0), (3, 0)):
            raise ValueError("its version is not known")
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_header(file)
        if dtype.hasobject or math.prod(shape) * dtype.itemsize != len(content) - file.tell():
            raise ValueError("its header does not fit its content")
        values = np.frombuffer(content, dtype, offset=file.tell()) if math.prod(shape) else np.empty(0, dtype)
        return values.reshape(shape, order="F" if is_fortran else "C")
    except Exception as error:  # the header is read as Python text, so nonsense may end in anything
        raise SignalFileError(f"“{name}” is no whole NumPy file of numbers; save it again with numpy.save.") from error


def _matlab(name: str, content: bytes) -> Arrays:
    check_unpacked(name, _matlab_size(name, content))
    variables = scipy_io.whosmat(io.BytesIO(content))
    wanted = [key for key, _, kind in variables if kind in (*MATLAB_NUMBERS, "char")]
    check_unpacked(name, sum(8 * math.prod(shape) for key, shape, _ in variables if key in wanted))
    if not wanted:
        return {}
    found = scipy_io.loadmat(io.BytesIO(content), variable_names=wanted)
    return {key: found[key] for key in wanted if key in found}


def _matlab_size(name: str, content: bytes) -> int:
    """Bytes of all variables when unpacked; stops counting where they are too many."""
    order = {b"IM": "<", b"MI": ">"}.get(content[126:128])
    if order is None:  # version 4 packs nothing
        return len(content)
    total, start = 0, MATLAB_HEADER
    while start + 8 <= len(content):
        kind, size = struct.unpack_from(f"{order}II", content, start)
        packed = memoryview(content)[start + 8 : start + 8 + size]
        total += _unpacked_size(name, packed) if kind == MATLAB_COMPRESSED else size
        check_unpacked(name, total)
        start += 8 + size
    return total


def _unpacked_size(name: str, packed: memoryview) -> int:
    unpacker, total = zlib.decompressobj(), 0
    rest: bytes | memoryview = packed
    while piece := unpacker.decompress(rest, 1 << 20):
        rest = unpacker.unconsumed_tail
        total += len(piece)
        check_unpacked(name, total)
    return total


def _hdf5(name: str, content: bytes) -> Arrays:
    """Variables of version 7.3. HDF5 has their dimensions the other way round."""
    with h5py.File(io.BytesIO(content), "r") as file:
        found = {key: file[key] for key in file if isinstance(file.get(key, getlink=True), h5py.HardLink)}
        variables = {key: item for key, item in found.items() if isinstance(item, h5py.Dataset) and _is_plain(item)}
        if len(variables) > MAX_MEMBERS:
            raise SignalFileError(
                f"“{name}” holds {len(variables):,} arrays; keep the signals and what is known of them."
            )
        check_unpacked(name, sum(item.size * item.dtype.itemsize for item in variables.values()))
        check_unpacked(name, max((_chunk_bytes(item) for item in variables.values()), default=0))
        return {key: _decoded(item) for key, item in variables.items()}


def _is_plain(item: h5py.Dataset) -> bool:
    """Numbers that lie in the file itself, not in another one that it names."""
    if item.dtype.kind not in "iufb" or item.shape is None or item.is_virtual or item.external:
        return False
    return _matlab_class(item) in (*MATLAB_NUMBERS, "char", "") and "MATLAB_empty" not in item.attrs


def _matlab_class(item: h5py.Dataset) -> str:
    kind = item.attrs.get("MATLAB_class", b"")
    return kind.decode() if isinstance(kind, bytes) else str(kind)


def _chunk_bytes(item: h5py.Dataset) -> int:
    return math.prod(item.chunks) * item.dtype.itemsize if item.chunks else 0


def _decoded(item: h5py.Dataset) -> np.ndarray:
    values = np.asarray(item).T
    if _matlab_class(item) != "char":
        return values
    rows = np.atleast_2d(values).astype(np.uint32)
    return np.array(["".join(map(chr, row)) for row in rows.tolist()])


def _squeezed(array: np.ndarray) -> np.ndarray:
    """MATLAB has no vectors and no scalars, only matrices of one row or column."""
    return array.reshape(-1) if array.ndim == 2 and 1 in array.shape else array


# From arrays to recordings


def _chosen(name: str, arrays: Arrays) -> Table | Recorded:
    """The one array that holds signals, with what the others know of it."""
    if not arrays:
        raise SignalFileError(f"“{name}” holds no arrays; give one of signals, recordings × samples.")
    for key, array in arrays.items():
        if array.dtype.kind not in "biufUS":
            raise SignalFileError(
                f"“{key[:40]}” in “{name}” does not hold plain numbers ({array.dtype}); leave it out or turn it into real "
                "numbers."
            )
    numbers = {key: array for key, array in arrays.items() if array.dtype.kind in "iufb" and array.size > 1}
    large = {key: array for key, array in numbers.items() if array.ndim > 1}
    signals = large or {key: array for key, array in numbers.items() if key.lower() not in TIMES}
    if len(signals) != 1:
        listed = ", ".join(sorted(signals)[:6])[:120]
        wrong = f"several arrays that could be the signals ({listed})" if signals else "no array of signals"
        raise SignalFileError(f"“{name}” holds {wrong}; save one with recordings × samples, or × channels × samples.")
    key, array = next(iter(signals.items()))
    others = {other: values for other, values in arrays.items() if other != key}
    return _arranged(name, array, others, _rate(others))


def _rate(arrays: Arrays) -> float:
    """In Hz; NaN where no array says it: by name, or as evenly spaced times in seconds."""
    for key, array in arrays.items():
        if key.lower() in RATES and array.size == 1 and array.dtype.kind in "iuf" and array.item() > 0:
            return float(array.item())
    for key, array in arrays.items():
        if key.lower() in TIMES and array.ndim == 1 and array.size > 2 and array.dtype.kind in "iuf":
            steps = np.diff(array.astype(np.float64))
            step = float(np.median(steps))
            if step > 0 and np.abs(steps - step).max() < UNEVEN * step:
                return 1 / step
    return math.nan


def _arranged(name: str, array: np.ndarray, others: Arrays, rate: float) -> Table | Recorded:
    if not array.size:
        raise SignalFileError(f"“{name}” holds no values (its shape is {array.shape}); give at least one recording.")
    if array.ndim == 1:
        return _recorded(name, array[None, None], {}, rate)
    if array.ndim > 3 or array.ndim < 1:
        raise SignalFileError(
            f"“{name}” holds an array of {array.ndim} dimensions; give recordings × samples, or recordings × channels × "
            "samples."
        )
    known, axis = _labels(array.shape, others)
    if array.ndim == 2:
        return (
            _recorded(name, np.moveaxis(array, axis, 0)[:, None], known, rate) if known else _table(name, array, rate)
        )
    array = np.moveaxis(array, axis, 0)
    if array.shape[1] > MAX_CHANNELS >= array.shape[2]:
        array = array.swapaxes(1, 2)  # many frameworks put the channels last
    return _recorded(name, array, known, rate)


def _labels(shape: tuple[int, ...], others: Arrays) -> tuple[dict[str, np.ndarray], int]:
    """The arrays that have one value for each recording, and which axis counts recordings: the first, or MATLAB's last."""
    for axis in (0, len(shape) - 1):
        known = {
            key: _facts(values)
            for key, values in others.items()
            if values.shape == (shape[axis],) and values.size > 1 and key.lower() not in TIMES
        }
        if known:
            return known, axis
    return {}, 0


def _facts(values: np.ndarray) -> np.ndarray:
    """What is known of each recording: float64, or text without the blanks that MATLAB pads it with."""
    if values.dtype.kind == "S":
        return np.array([value.decode("latin-1").strip() for value in values.tolist()], dtype=object)
    if values.dtype.kind == "U":
        return np.array([value.strip("\0 ") for value in values.tolist()], dtype=object)
    return values.astype(np.float64)


def _table(name: str, array: np.ndarray, rate: float) -> Table:
    check_columns(name, array.shape[1])
    is_single = array.dtype.kind == "f" and array.dtype.itemsize <= 4
    columns = tuple(_single(column) if is_single else compact(column.astype(np.float64)) for column in array.T)
    return Table(tuple(f"column {i + 1}" for i in range(len(columns))), columns, has_names=False, rate=rate)


def _recorded(name: str, array: np.ndarray, known: dict[str, np.ndarray], rate: float) -> Recorded:
    """array: (n, n_channels, n_samples)."""
    check_recordings(name, *array.shape[:2])
    values = _single(array)
    names = [name] if len(values) == 1 else [f"{name}, number {i + 1}" for i in range(len(values))]
    return Recorded(names, list(values), np.full(len(values), rate), known)


def _single(array: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is found when signals are made ready
        return np.ascontiguousarray(array, np.float32)


def _check_numbers(name: str, array: np.ndarray) -> None:
    if array.dtype.kind not in "biuf":
        raise SignalFileError(
            f"“{name}” does not hold plain numbers ({str(array.dtype)[:40]}); save an array of real numbers."
        )
