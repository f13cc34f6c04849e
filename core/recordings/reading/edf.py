"""Biosignals in EDF and BDF → `Recorded`: one recording with its channels, their units and rates."""

from typing import Any

import numpy as np

from core.errors import SignalFileError
from core.recordings.findings import Finding, told
from core.recordings.reading.cut_off import cut_off
from core.recordings.reading.limits import check_recordings, check_unpacked
from core.recordings.reading.rates import Channel, side_by_side
from core.recordings.reading.raw import Recorded
from core.recordings.reading.single_arrays import column_of

SAMPLE_BYTES = 4  # in memory
N_RECORDS = slice(236, 244)  # where the header says how many records of data follow


def read_edf(name: str, content: bytes) -> Recorded:
    """European Data Format: 16 bits a sample. Raises SignalFileError."""
    from edfio import read_edf as read

    return _read(name, content, read, "EDF")


def read_bdf(name: str, content: bytes) -> Recorded:
    """BioSemi's variant: 24 bits a sample. Raises SignalFileError."""
    from edfio import read_bdf as read

    return _read(name, content, read, "BDF")


def _read(name: str, content: bytes, read: Any, kind: str) -> Recorded:
    try:
        file = read(content, header_encoding="latin-1")
        signals = file.signals
        sizes = [file.num_data_records * signal.samples_per_data_record for signal in signals]
        check_unpacked(name, SAMPLE_BYTES * sum(sizes))
        check_recordings(name, 1, len(signals))
        channels = [
            Channel(signal.label.strip(), column_of(signal.data), float(signal.sampling_frequency), _unit(signal))
            for signal in signals
        ]
        is_continuous = bool(file.is_continuous)
        missing = _missing(name, content, file.num_data_records)
    except SignalFileError:
        raise
    except Exception as error:  # a broken header ends in anything
        raise SignalFileError(f"“{name}” is not a whole {kind} file; save it again.") from error
    if not channels or not all(len(channel.values) for channel in channels):
        raise SignalFileError(f"“{name}” holds no samples; give a recording with at least one.")
    names, units = tuple(channel.name for channel in channels), tuple(channel.unit for channel in channels)
    values, rate, findings = side_by_side(name, channels)
    findings = (*missing, *findings)
    if not is_continuous:
        sentence = f"“{name}” was recorded with pauses, which are left out: what follows a pause stands right after it."
        findings = (*findings, told("pauses", sentence, "kept", what="recording", example=name))
    return Recorded(
        names=[name],
        values=[values],
        rates=np.array([rate]),
        channel_names=names,
        unit=units[0] if len(set(units)) == 1 else "",
        units=units,
        rate_source="the file's header",
        findings=findings,
    )


def _missing(name: str, content: bytes, n_records: int) -> tuple[Finding, ...]:
    """How many of the records of data that the header promises are missing; it says -1 where nobody knows."""
    promised = int(content[N_RECORDS])
    return cut_off(name, n_records, promised, "records of data")


def _unit(signal: Any) -> str:
    return str(signal.physical_dimension).strip()[:20]
