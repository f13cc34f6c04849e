"""A file → a table or recordings, as it has them. Its content says of what kind it is; its name, where the content cannot."""

import gzip
import io
import re
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from pathlib import PurePath

import numpy as np

from core.errors import SignalFileError
from core.recordings.reading.clock_parts import with_one_clock
from core.recordings.reading.limits import check_bytes, check_recordings, check_unpacked
from core.recordings.reading.lists import with_lists
from core.recordings.reading.memory import LARGE, give_back
from core.recordings.reading.raw import Recorded, Table, is_text
from core.recordings.reading.text import TextFormat

Reader = Callable[..., Table | Recorded]

TEXT = ("csv", "tsv", "txt", "dat", "asc")
WORKBOOKS = ("xlsx", "xls")
READERS = {  # module and function for each kind: what takes time and memory to load is imported when the first file comes
    **dict.fromkeys(TEXT, "text.read_text"),
    "lvm": "lvm.read_lvm",
    **dict.fromkeys(WORKBOOKS, "spreadsheet.read_spreadsheet"),
    "parquet": "arrow.read_parquet",
    "feather": "arrow.read_arrow",
    "arrow": "arrow.read_arrow",
    "npy": "arrays.read_npy",
    "npz": "arrays.read_npz",
    "mat": "matlab.read_mat",
    "h5": "hdf5.read_hdf5",
    "hdf5": "hdf5.read_hdf5",
    "tdms": "tdms.read_tdms",
    "edf": "edf.read_edf",
    "bdf": "edf.read_bdf",
    "wav": "audio.read_sound",
    "flac": "audio.read_sound",
    "cfile": "iq.read_iq",
    "hea": "records.read_header",
}
KINDS = (*READERS, "gz")
PACKED = (*TEXT, "lvm", "npy")  # what may be in a .gz
MATLAB_HDF5 = "hdf5.read_mat73"
HDF5, BLOCK = b"\x89HDF\r\n\x1a\n", 512  # MATLAB leaves a block free before what begins an HDF5 file
MAGIC = (  # how the content of a kind begins
    (b"\x93NUMPY", "npy"),
    (b"MATLAB 5.0 MAT-file", "mat"),
    (b"MATLAB 7.3 MAT-file", "mat"),
    (HDF5, "h5"),
    (b"PAR1", "parquet"),
    (b"ARROW1", "arrow"),
    (b"TDSm", "tdms"),
    (b"0       ", "edf"),
    (b"\xffBIOSEMI", "bdf"),
    (b"fLaC", "flac"),
    (b"LabVIEW Measurement", "lvm"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "xls"),
    (b"\x1f\x8b", "gz"),
)
SOUND = (b"RIFF", b"RF64")
ZIPPED = b"PK\x03\x04"
UTF16 = (b"\xff\xfe", b"\xfe\xff")
_NUMBER = rb"-?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?"
TREES = {
    "XML": re.compile(rb"(?:\xef\xbb\xbf)?\s*<\?xml\b", re.IGNORECASE),
    "HTML": re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|table|body|head)\b", re.IGNORECASE),
    "JSON": re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\{\s*\"[^\"\n]*\"\s*:|\[\s*(?:[\[{\"]|" + _NUMBER + rb"\s*,))"),
}
HEAD = 4096  # bytes that tell text from other content
PIECE = 1 << 20  # bytes that are unpacked at a time


def read(name: str, content: bytes, written: TextFormat | None = None) -> Table | Recorded:
    """What is in a file; `written`: how a table of text is, where somebody knows better. Raises SignalFileError."""
    check_bytes(name, len(content))
    if not content:
        raise SignalFileError(f"“{name}” is empty; give a file with recordings in it.")
    kind = kind_of(name, content)
    if kind == "gz":
        content = _unpacked(name, content)
        inner = name[: -len(".gz")] if name.lower().endswith(".gz") else name
        kind = kind_of(inner, content)
        if kind not in PACKED:
            raise SignalFileError(
                f"“{name}” is a compressed file of a kind that is not read compressed; decompress it. Compressed files may hold: "
                f"{', '.join(PACKED)}."
            )
    is_hdf5 = HDF5 in (content[: len(HDF5)], content[BLOCK : BLOCK + len(HDF5)])
    module, function = (MATLAB_HDF5 if kind == "mat" and is_hdf5 else READERS[kind]).split(".")
    reader: Reader = getattr(import_module(f"core.recordings.reading.{module}"), function)
    if kind in TEXT:
        _refuse_trees(name, content)
    found = reader(name, content, written) if kind in (*TEXT, *WORKBOOKS) else reader(name, content)
    if len(content) > LARGE:
        give_back()
    if isinstance(found, Recorded):
        return found
    if not found.others and isinstance(listed := with_lists(name, found), Recorded):
        return listed
    others = tuple((title, with_one_clock(f"{name}, {title}", other)) for title, other in found.others)
    return replace(with_one_clock(name, found), others=others)


def kind_of(name: str, content: bytes) -> str:
    """The kind of a file: one of KINDS. Raises SignalFileError where neither its content nor its name tells."""
    ending = PurePath(name).suffix.lower().removeprefix(".")
    found = next((kind for start, kind in MAGIC if content.startswith(start)), "")
    if found == "h5" and ending == "mat":
        return "mat"
    if content.startswith(SOUND) and content[8:12] == b"WAVE":
        return "wav"
    if content.startswith(ZIPPED):
        return _zipped_kind(content) or (ending if ending in ("npz", "xlsx") else _refuse_archive(name))
    if found or ending in KINDS:
        return found or ending
    if content[:2] in UTF16 or b"\0" not in content[:HEAD]:
        return "txt"
    return _unknown(name)


def read_signals(name: str, content: bytes) -> np.ndarray:
    """The signals in a file, float32 (n, n_samples) from rows of a table, else (n, n_channels, n_samples).

    Names of columns are passed over. Raises SignalFileError, also where the signals have different lengths.
    """
    found = read(name, content)
    if isinstance(found, Table):
        return np.concatenate([_rows(name, table) for table in (found, *(other for _, other in found.others))])
    if len({values.shape for values in found.values}) > 1:
        raise SignalFileError(f"The signals in “{name}” have different lengths; cut them to one.")
    return np.stack(found.values).astype(np.float32, copy=False)


def _zipped_kind(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return ""
    if "xl/workbook.xml" in names:
        return "xlsx"
    return "npz" if any(name.endswith(".npy") for name in names) else ""


def _refuse_trees(name: str, content: bytes) -> None:
    """Refuse text that is no table: JSON, XML and HTML. Raises SignalFileError."""
    kind = next((kind for kind, start in TREES.items() if start.match(content[:HEAD])), "")
    if kind:
        raise SignalFileError(
            f"“{name}” holds {kind}, which is no table; save it as CSV, with a column for each channel, or its arrays as NPZ."
        )


def _unknown(name: str) -> str:
    raise SignalFileError(f"“{name}” has an unsupported file type; use one of: {', '.join(KINDS)}.")


def _refuse_archive(name: str) -> str:
    raise SignalFileError(
        f"“{name}” is a ZIP file; unpack it, and give the files in it, or on the command line their folder."
    )


def _unpacked(name: str, content: bytes) -> bytes:
    """The content of a gzip file, unpacked piece by piece up to the limit: what it says of its size need not be true."""
    unpacked = io.BytesIO()  # whose content needs no second copy
    try:
        with gzip.open(io.BytesIO(content)) as file:
            while piece := file.read(PIECE):
                unpacked.write(piece)
                check_unpacked(name, unpacked.tell())
    except (OSError, EOFError, zlib.error) as error:
        raise SignalFileError(f"“{name}” is not a whole gzip file; pack it again, or give it unpacked.") from error
    if not unpacked.tell():
        raise SignalFileError(f"“{name}” is empty; give a file with recordings in it.")
    return unpacked.getvalue()


def _rows(name: str, table: Table) -> np.ndarray:
    for title, column in zip(table.names, table.columns, strict=True):
        if is_text(column):
            raise SignalFileError(
                f"Column “{title[:40]}” of “{name}” does not hold plain numbers; leave it out, so that each row is a signal."
            )
    if not table.is_turned:
        check_recordings(name, len(table.columns[0]), 1)
    with np.errstate(over="ignore"):
        columns = [column.astype(np.float32, copy=False) for column in table.columns]
    return np.stack(columns, axis=0 if table.is_turned else 1)
