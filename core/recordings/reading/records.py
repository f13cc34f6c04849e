"""Records of PhysioNet in the format WFDB → `Recorded`: a header, and the files of samples that it names."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from core.errors import SignalFileError
from core.recordings.findings import told
from core.recordings.reading.limits import check_recordings, check_unpacked
from core.recordings.reading.raw import Recorded

HEADER = ".hea"
MISSING = (
    "“{name}” is a record in the format WFDB, whose reader is not installed; install it with "
    'pip install "wavetwin[formats]".'
)
PLAIN_NAME = re.compile(r"[\w.-]+")


def is_header(name: str) -> bool:
    """Does a name say that its file is a header?"""
    return name.lower().endswith(HEADER)


def sample_files(content: bytes) -> set[str]:
    """The names of the files with samples that a header names."""
    lines = [line for line in content.decode("latin-1").splitlines() if line.strip() and not line.startswith("#")]
    return {line.split()[0] for line in lines[1:]} - {"~"}


def beside(header: str, name: str) -> str:
    """What a file is called that lies in the folder of a header."""
    return str(PurePosixPath(header).with_name(name)) if PurePosixPath(name).name == name else name


def read_header(name: str, content: bytes) -> Recorded:
    """A header alone, which holds no samples. Raises SignalFileError."""
    return read_record(name, content, {})


def read_record(name: str, header: bytes, files: Mapping[str, bytes]) -> Recorded:
    """The record of a header; files: contents of the files that lie beside it, by name. Raises SignalFileError."""
    wanted = sample_files(header)
    absent = sorted(wanted - set(files))
    if absent or not wanted:
        what = f"names the file “{absent[0][:40]}”, which is not there" if absent else "names no file with samples"
        raise SignalFileError(f"“{name}” {what}; give the header and its samples together.")
    try:
        import wfdb
    except ImportError:
        raise SignalFileError(MISSING.format(name=name)) from None
    title = Path(name).name[: -len(HEADER)]
    if not all(PLAIN_NAME.fullmatch(one) for one in (*wanted, title)):
        raise SignalFileError(
            f"“{name}” names a file with characters that are not supported; use only letters, digits and “-”."
        )
    with tempfile.TemporaryDirectory() as folder:
        for one, content in {f"{title}{HEADER}": header, **{one: files[one] for one in wanted}}.items():
            (Path(folder) / one).write_bytes(content)
        try:
            place = str(Path(folder) / title)
            about = wfdb.rdheader(place)
            check_unpacked(name, 8 * int(about.sig_len or 0) * int(about.n_sig))
            check_recordings(name, 1, int(about.n_sig))
            return _recorded(name, wfdb.rdrecord(place))
        except SignalFileError:
            raise
        except Exception as error:  # a broken header ends in anything
            raise SignalFileError(f"“{name}” is not a whole record of WFDB; save it again.") from error


def _recorded(name: str, record: Any) -> Recorded:
    values = np.ascontiguousarray(np.asarray(record.p_signal, np.float64).T, np.float32)
    if not values.size:
        raise SignalFileError(f"“{name}” holds no samples; give a record with at least one.")
    units = tuple(str(unit or "")[:20] for unit in record.units)
    n_averaged = max(record.samps_per_frame or [1])
    sentence = f"Some signals of “{name}” have {n_averaged} samples a frame, of which the mean is taken."
    return Recorded(
        names=[name],
        values=[values],
        rates=np.array([float(record.fs)]),
        channel_names=tuple(str(one) for one in record.sig_name),
        unit=units[0] if len(set(units)) == 1 else "",
        units=units,
        rate_source="the header",
        findings=(told("rates", sentence, "resampled", "recording", name),) if n_averaged > 1 else (),
    )
