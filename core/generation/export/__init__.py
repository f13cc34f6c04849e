"""Signals as files, for tables, programs and instruments: streamed, so that memory stays bounded.

Signals are grouped again before they are written, so the bytes depend on the signals alone and not on the pieces in
which they arrive.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from core import formatting
from core.errors import ConfigError
from core.generation.export import arrays, instruments, tables
from core.generation.export.content import ROWS, Content, Pieces, by_way_of_disk, column_names

__all__ = ["FORMATS", "Content", "Format", "Kind", "by_way_of_disk", "check", "column_names", "encode", "encode_marks"]

MAX_FILES = 10_000  # in one ZIP: of more, no file manager lists the content
MAX_TDMS_CHANNELS = 1_000  # of which programs list each
MAX_MAT_VALUES = 50_000_000  # they are all held in memory
MAX_WAV_BYTES = 2**32  # a second, which the header of a sound file says


class Kind(StrEnum):
    """Who reads a format."""

    TABLES = "Tables"
    ARRAYS = "Arrays"
    INSTRUMENTS = "Instruments"


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format: what it is called and good for, and how it is written.

    summary: what is in a file, for people. ending: of the file's name. has_card: it holds the card of its signals. has_marks: it
    holds the marks of faulty samples. most: how many signals it holds. refusal: why it cannot hold signals of some content;
    empty where it can. notes: what one should know of them, in sentences. is_on_disk: it is whole on the disk before its first
    byte is there. held: in memory while so many signals are written, as signals of 32-bit numbers.
    """

    title: str
    kind: Kind
    summary: str
    ending: str
    media_type: str
    encode: Callable[[Pieces, int, Content], Iterator[bytes]]  # (pieces, count, content)
    has_card: bool = True
    has_marks: bool = True
    most: Callable[[Content], float] = lambda content: math.inf
    why_no_more: str = ""
    refusal: Callable[[Content], str] = lambda content: ""
    notes: Callable[[Content], list[str]] = lambda content: []
    is_on_disk: bool = False
    held: Callable[[int], int] = lambda count: 12 * ROWS  # some of them as text

    def too_many(self, count: int, content: Content) -> str:
        """Why a file cannot hold so many signals; empty where it can."""
        most = self.most(content)
        return f"{formatting.quantity(int(most), 'signal')} at most: {self.why_no_more}." if count > most else ""


def _most_of_matlab(content: Content) -> float:
    return MAX_MAT_VALUES // (content.n_channels * len(content.times))


def _most_of_tdms(content: Content) -> float:
    return MAX_TDMS_CHANNELS // (content.n_channels * (2 if content.faults else 1))


def _refused_by_sound(content: Content) -> str:
    if content.units.is_timed and 4 * content.n_channels * content.rate >= MAX_WAV_BYTES:
        return (
            f"A sound file cannot store a sampling rate of {formatting.number(content.rate)} Hz; choose another format."
        )
    return _refused_without_rate(content)


def _refused_without_rate(content: Content) -> str:
    return _refused_holes(content) if content.units.is_timed else RATE_NEEDED


def _refused_holes(content: Content) -> str:
    if content.faults and "missing" in content.faults.kinds:
        return "This format has no missing values; choose another format, or leave out the fault “Missing”."
    return ""


def _notes_on_numpy(content: Content) -> list[str]:
    return ["A .npy file holds the signals alone, without conditions and labels; .npz has both."] * bool(
        content.columns
    )


def _notes_on_sound(content: Content) -> list[str]:
    said = instruments.wav_rate(content.rate)
    if said == content.rate:
        return []
    return [
        f"Sound files store whole sampling rates only: {content.rate:.6g} Hz is written as {said} Hz. The exact rate is in the "
        "comment of each file, in signals.csv and on the card."
    ]


def _notes_on_generators(content: Content) -> list[str]:
    return [
        "A generator outputs these values as volts. Before you connect anything, check that it can withstand the levels in "
        "signals.csv."
    ]


TABLE = "A row for each channel of each signal, a column for each sample."
RATE_NEEDED = "This format needs a sampling rate, and that of these signals is not known. Choose another format."
FOLDER = "The ZIP has a file for each signal, and signals.csv says what each one is."
ARRAYS = (
    "`signals`, `times`, `sampling_rate`, one for each condition, and the card. With planted faults also `fault` and "
    "`faulty`."
)


def _sound(title: str, write: instruments.WriteOne, ending: str, summary: str) -> Format:
    return Format(
        title=title,
        kind=Kind.INSTRUMENTS,
        summary=summary,
        ending=ending,
        media_type="application/zip",
        encode=instruments.one_by_one(write, "wav", is_split=False),
        most=lambda content: MAX_FILES,
        why_no_more="each one is a file of its own in the ZIP",
        refusal=_refused_by_sound,
        notes=_notes_on_sound,
    )


def _waveforms(
    title: str,
    write: instruments.WriteOne,
    file_ending: str,
    ending: str,
    summary: str,
    refusal: Callable[[Content], str] = _refused_without_rate,
) -> Format:
    return Format(
        title=title,
        kind=Kind.INSTRUMENTS,
        summary=summary,
        ending=ending,
        media_type="application/zip",
        encode=instruments.one_by_one(write, file_ending, is_split=True),
        most=lambda content: MAX_FILES // content.n_channels,
        why_no_more="each channel of each one is a file of its own in the ZIP",
        refusal=refusal,
        notes=_notes_on_generators,
    )


FORMATS: dict[str, Format] = {
    "csv": Format(
        title="CSV",
        kind=Kind.TABLES,
        summary=TABLE,
        ending="csv",
        media_type="text/csv",
        encode=tables.write_csv,
        has_card=False,
        has_marks=False,
    ),
    "csv.gz": Format(
        title="CSV, compressed",
        kind=Kind.TABLES,
        summary=TABLE,
        ending="csv.gz",
        media_type="application/gzip",
        encode=tables.write_csv_gz,
        has_card=False,
        has_marks=False,
    ),
    "parquet": Format(
        title="Parquet",
        kind=Kind.TABLES,
        summary=TABLE,
        ending="parquet",
        media_type="application/vnd.apache.parquet",
        encode=tables.write_parquet,
        held=lambda count: 6 * tables.PARQUET_ROWS,
    ),
    "npy": Format(
        title="NumPy, the signals alone (.npy)",
        kind=Kind.ARRAYS,
        summary="One array, signals × samples, or signals × channels × samples.",
        ending="npy",
        media_type="application/octet-stream",
        encode=arrays.write_npy,
        has_card=False,
        has_marks=False,
        notes=_notes_on_numpy,
    ),
    "npz": Format(
        title="NumPy, with all that is known (.npz)",
        kind=Kind.ARRAYS,
        summary=f"Arrays by name: {ARRAYS}",
        ending="npz",
        media_type="application/octet-stream",
        encode=arrays.write_npz,
    ),
    "mat": Format(
        title="MATLAB (.mat)",
        kind=Kind.ARRAYS,
        summary=f"Variables: {ARRAYS}",
        ending="mat",
        media_type="application/x-matlab-data",
        encode=arrays.write_mat,
        most=_most_of_matlab,
        why_no_more="a MATLAB file is put together in memory",
        is_on_disk=True,
        held=lambda count: 4 * count,
    ),
    "h5": Format(
        title="HDF5 (.h5)",
        kind=Kind.ARRAYS,
        summary=f"Datasets: {ARRAYS} The rate and the unit are attributes of `signals`.",
        ending="h5",
        media_type="application/x-hdf5",
        encode=arrays.write_hdf5,
        is_on_disk=True,
    ),
    "tdms": Format(
        title="LabVIEW (.tdms)",
        kind=Kind.INSTRUMENTS,
        summary="A group for each signal with a channel for each of its channels. Conditions and label are properties of the "
        "group.",
        ending="tdms",
        media_type="application/octet-stream",
        encode=instruments.write_tdms,
        most=_most_of_tdms,
        why_no_more="each one is a group of its own in a TDMS file, and programs list them all",
    ),
    "wav": _sound("Sound (.wav, 32 bits)", instruments.wav, "wav.zip", f"The values as they are. {FOLDER}"),
    "wav16": _sound(
        "Sound (.wav, 16 bits)",
        instruments.wav_16,
        "wav16.zip",
        f"Values rounded to 16 bits: value = number × scale; the scale is the same in all files and given in "
        f"signals.csv. {FOLDER}",
    ),
    "awg": _waveforms(
        "Generator, any make (−1 to 1)",
        instruments.plain_waveform,
        "csv",
        "awg.zip",
        f"A number a line, from −1 at the low level to 1 at the high one. {FOLDER}",
        _refused_holes,
    ),
    "siglent": _waveforms(
        "Generator, Siglent (.csv)",
        instruments.siglent_waveform,
        "csv",
        "siglent.zip",
        f"CSV with the header of Siglent's EasyWave. {FOLDER}",
    ),
    "keysight": _waveforms(
        "Generator, Keysight (.arb)",
        instruments.keysight_waveform,
        "arb",
        "keysight.zip",
        f"Files of Keysight's 33500 and 33600: 16-bit numbers between the levels in the header. {FOLDER}",
    ),
}


def check(format_name: str, count: int, content: Content) -> None:
    """Raise ConfigError where a format cannot hold `count` signals of this content."""
    form = FORMATS[format_name]
    if why := form.refusal(content):
        raise ConfigError(why)
    if why := form.too_many(count, content):
        raise ConfigError(f"{why} Ask for fewer, or choose another format.")


def encode(pieces: Pieces, count: int, content: Content, format_name: str) -> Iterator[bytes]:
    """The bytes of a file with `count` signals. Raises ConfigError where the format cannot hold them."""
    check(format_name, count, content)
    return FORMATS[format_name].encode(pieces, count, content)


def encode_marks(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """The bytes of a CSV file with 1 for each sample that a planted fault changed, laid out as a CSV file of the signals."""
    return tables.write_csv(tables.marks(pieces), count, replace(content, units=replace(content.units, value="")))
