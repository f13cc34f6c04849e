"""Arrays of NumPy → `Table` or `Recorded`. Headers are checked before memory is taken for what they promise."""

import io
import math
import struct
import sys
import zipfile
import zlib

import numpy as np

from core.errors import SignalFileError
from core.recordings.findings import Finding
from core.recordings.reading.containers import Container, left_out, matrix, signals
from core.recordings.reading.limits import MAX_MEMBERS, check_unpacked
from core.recordings.reading.raw import Recorded, Table
from core.recordings.reading.together import understood

PICKLED = "holds pickled Python objects, which are never opened here, because opening them would run what is in them"
PIECE = 1 << 20  # bytes that are unpacked at a time
SINGLE = 4  # bytes that a number takes at least in memory
READABLE = "biufcUSmM"  # kinds of arrays: truths, numbers, text and times
SPARSE = {"format", "shape", "data"}  # arrays that scipy.sparse.save_npz writes, among others


def read_npy(name: str, content: bytes) -> Table | Recorded:
    """A NumPy array: 1-D is one recording, 2-D a table, 3-D recordings × channels × samples; a structured one has columns.

    Raises SignalFileError.
    """
    array = _npy(name, content)
    if array is None:
        raise SignalFileError(
            f"“{name}” {PICKLED}; save signals of different lengths as an array each in an .npz, or as rows of a table."
        )
    if array.dtype.names:
        return understood(name, Container(_fields("", array)))
    if array.dtype.kind not in READABLE.replace("US", "") or not array.size:
        what = f"no values (its shape is {array.shape})" if not array.size else f"{str(array.dtype)[:40]}"
        raise SignalFileError(f"“{name}” holds {what}; save an array of numbers with at least one recording.")
    if array.dtype.kind in "biuf" and array.ndim == 2:
        return matrix(name, array)
    if array.dtype.kind in "biuf" and array.ndim < 2:
        return signals(name, array.reshape(1, 1, -1), math.nan, {})
    return understood(name, Container({"values": array}))


def read_npz(name: str, content: bytes) -> Table | Recorded:
    """The signals among several NumPy arrays, and what the others say of them. Raises SignalFileError."""
    arrays: dict[str, np.ndarray] = {}
    pickled: list[str] = []
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            if len(members) > MAX_MEMBERS:
                raise SignalFileError(
                    f"“{name}” holds {len(members):,} arrays; up to {MAX_MEMBERS:,} can be read, so keep the signals alone."
                )
            check_unpacked(name, sum(member.file_size for member in members))
            keys = {member.filename.removesuffix(".npy") for member in members}
            for member in members:
                key = member.filename.removesuffix(".npy")
                array = _npy(name, _member(archive, member))
                if array is None:
                    pickled.append(key)
                elif array.dtype.names:
                    fields = _fields("", array)
                    arrays |= fields if fields.keys().isdisjoint(keys | set(arrays)) else _fields(f"{key}.", array)
                else:
                    arrays[key] = array
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, RuntimeError, ValueError, struct.error) as error:
        raise SignalFileError(
            f"“{name}” is not a whole archive of NumPy arrays; save it again with numpy.savez."
        ) from error
    if set(arrays) >= SPARSE:
        arrays = {"values": _dense(name, content, arrays["shape"])}
    odd = [key for key, array in arrays.items() if array.dtype.kind not in READABLE]
    if not arrays and pickled:
        raise SignalFileError(f"“{name}” {PICKLED}; save the signals as plain arrays of numbers.")
    if len(odd) == len(arrays):
        raise SignalFileError(f"“{name}” holds no array of numbers; save signals as recordings × samples.")
    findings: list[Finding] = [left_out(key, PICKLED) for key in pickled]
    findings += [left_out(key, f"holds no numbers ({arrays[key].dtype})") for key in odd]
    plain = {key: array for key, array in arrays.items() if key not in odd}
    return understood(name, Container(plain, ignored=(*pickled, *odd), findings=tuple(findings)))


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """What is packed in an archive, unpacked piece by piece, so that there is no second copy of it."""
    unpacked = io.BytesIO()
    with archive.open(member) as file:
        while piece := file.read(PIECE):
            unpacked.write(piece)
    return unpacked.getvalue()


def _npy(name: str, content: bytes) -> np.ndarray | None:
    """The array in a NumPy file; None where it holds pickled objects."""
    file = io.BytesIO(content)
    try:
        version = np.lib.format.read_magic(file)
        # Version 3 differs from 2 only in the encoding of field names.
        if version not in ((1, 0), (2, 0), (3, 0)):
            raise ValueError("its version is not known")
        read_header = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read_header(file)
        if dtype.hasobject:
            return None
        if math.prod(shape) * dtype.itemsize != len(content) - file.tell():
            raise ValueError("its header does not fit its content")
        check_unpacked(name, math.prod(shape) * max(dtype.itemsize, SINGLE if dtype.kind in "biuf" else 0))
        values = np.frombuffer(content, dtype, offset=file.tell()) if math.prod(shape) else np.empty(0, dtype)
        _check_text(values)
        return values.reshape(shape, order="F" if is_fortran else "C")
    except SignalFileError:
        raise
    except Exception as error:  # the header is read as Python text, so nonsense may end in anything
        raise SignalFileError(f"“{name}” is no whole NumPy file of numbers; save it again with numpy.save.") from error


def _check_text(array: np.ndarray) -> None:
    """Raise ValueError where text has characters beyond the last that there is, at which Python gives up."""
    for field in array.dtype.names or ():
        _check_text(array[field])
    if array.dtype.kind == "U" and array.size:
        codes = np.ascontiguousarray(array).view("u4" if array.dtype.isnative else array.dtype.byteorder + "u4")
        if codes.size and codes.max() > sys.maxunicode:
            raise ValueError("its text has impossible characters")


def _fields(prefix: str, array: np.ndarray) -> dict[str, np.ndarray]:
    """The columns of a structured array."""
    found: dict[str, np.ndarray] = {}
    for field in array.dtype.names or ():
        part = array[field]
        if part.dtype.names:
            found |= _fields(f"{prefix}{field}.", part)
        elif part.dtype.kind in READABLE:
            found[f"{prefix}{field}"] = part
    return found


def _dense(name: str, content: bytes, shape: np.ndarray) -> np.ndarray:
    """A sparse matrix with its zeros."""
    from scipy import sparse

    try:
        check_unpacked(name, 8 * math.prod(int(size) for size in shape))
        found = sparse.load_npz(io.BytesIO(content))
        if found.format in ("csr", "csc", "bsr"):
            found.check_format(full_check=True)  # indices of a broken file may point anywhere
        return np.asarray(found.toarray())
    except (ValueError, KeyError, TypeError, IndexError, OverflowError, AttributeError, zipfile.BadZipFile) as error:
        raise SignalFileError(
            f"“{name}” is not a whole sparse matrix; save it again, as a full one if in doubt."
        ) from error
