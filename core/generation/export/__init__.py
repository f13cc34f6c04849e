"""Signals as files, for tables, programs and instruments: streamed, so that memory stays bounded.

Signals are grouped again before they are written, so the bytes depend on the signals alone and not on the pieces in
which they arrive.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from core import formatting
from core.errors import ConfigError
from core.generation.export import arrays, instruments, tables
from core.generation.export.content import Content, Pieces, column_names

__all__ = ["FORMATS", "Content", "Format", "Kind", "check", "column_names", "encode", "encode_marks"]

MAX_FILES = 10_000  # in one ZIP: of more, no file manager lists the content
MAX_TDMS_CHANNELS = 1_000  # of which programs list each
MAX_MAT_VALUES = 50_000_000  # they are all held in memory
MAX_WAV_BYTES = 2**32  # a second, which the header of a sound file says


class Kind(StrEnum):
    """Who reads a format."""

    TABLES = "Tables"
    ARRAYS = "Arrays"
    INSTRUMENTS = "Instruments"


Refusal = Callable[[int, Content], str]  # (count, content): why a format cannot hold them; empty where it can
Notes = Callable[[Content], list[str]]


@dataclass(frozen=True, kw_only=True)
class Format:
    """A file format: what it is called and good for, and how it is written.

    ending: of the file's name. has_card: it holds the card of its signals. has_marks: it holds the marks of faulty samples.
    refusal: why it cannot hold some signals. notes: what one should know of them, in sentences.
    """

    title: str
    kind: Kind
    ending: str
    media_type: str
    encode: Callable[[Pieces, int, Content], Iterator[bytes]]  # (pieces, count, content)
    has_card: bool = True
    has_marks: bool = True
    refusal: Refusal = lambda count, content: ""
    notes: Notes = lambda content: []


def _too_many(count: int, most: int, why: str) -> str:
    return f"{formatting.quantity(most, 'signal')} at most: {why}. Ask for fewer, or choose another format." * (
        count > most
    )


def _refused_by_matlab(count: int, content: Content) -> str:
    most = MAX_MAT_VALUES // (content.n_channels * len(content.times))
    return _too_many(count, most, "a MATLAB file is put together in memory")


def _refused_by_tdms(count: int, content: Content) -> str:
    most = MAX_TDMS_CHANNELS // (content.n_channels * (2 if content.faults else 1))
    return _too_many(count, most, "each signal is a group of its own in a TDMS file, and programs list them all")


def _refused_by_sound(count: int, content: Content) -> str:
    if not content.units.is_timed:
        return RATE_NEEDED
    if 4 * content.n_channels * content.rate >= MAX_WAV_BYTES:
        return f"A sound file cannot say a rate of {formatting.number(content.rate)} Hz; choose another format."
    return _refused_by_folder(count, content)


def _refused_by_generator(count: int, content: Content) -> str:
    return _refused_by_folder(count * content.n_channels, content)


def _refused_by_timed_generator(count: int, content: Content) -> str:
    return _refused_by_generator(count, content) if content.units.is_timed else RATE_NEEDED


def _refused_by_folder(n_files: int, content: Content) -> str:
    if content.faults and "missing" in content.faults.kinds:
        return "This format has no missing values; choose another format, or leave out the fault “Missing”."
    return _too_many(n_files, MAX_FILES, "each one becomes a file of its own in the ZIP")


def _notes_on_numpy(content: Content) -> list[str]:
    return ["A .npy file holds the signals alone, without conditions and labels: .npz has both."] * bool(
        content.columns
    )


def _notes_on_sound(content: Content) -> list[str]:
    said = instruments.wav_rate(content.rate)
    if said == content.rate:
        return [FOLDER]
    return [
        f"A sound file can say whole rates only: {content.rate:.6g} Hz is written as {said} Hz. The true rate stands in the "
        "comment of each file, in signals.csv and on the card.",
        FOLDER,
    ]


def _notes_on_sound_16(content: Content) -> list[str]:
    return [
        "Values are rounded to 16 bits. Value = number × scale, which is the same in all files and stands in signals.csv.",
        *_notes_on_sound(content),
    ]


def _notes_on_generators(content: Content) -> list[str]:
    return [
        "A generator takes the values as volts. Before you connect anything, compare the levels in signals.csv with what it "
        "stands.",
        FOLDER,
    ]


RATE_NEEDED = "This format says the sampling rate, which nobody knows of these signals. Choose another format."
FOLDER = "The ZIP has a file for each signal, and signals.csv says what each one is."


def _sound(title: str, write: instruments.WriteOne, ending: str, notes: Notes) -> Format:
    return Format(
        title=title,
        kind=Kind.INSTRUMENTS,
        ending=ending,
        media_type="application/zip",
        encode=instruments.one_by_one(write, "wav", is_split=False),
        refusal=_refused_by_sound,
        notes=notes,
    )


def _waveforms(
    title: str,
    write: instruments.WriteOne,
    file_ending: str,
    ending: str,
    refusal: Refusal = _refused_by_timed_generator,
) -> Format:
    return Format(
        title=title,
        kind=Kind.INSTRUMENTS,
        ending=ending,
        media_type="application/zip",
        encode=instruments.one_by_one(write, file_ending, is_split=True),
        refusal=refusal,
        notes=_notes_on_generators,
    )


FORMATS: dict[str, Format] = {
    "csv": Format(
        title="CSV",
        kind=Kind.TABLES,
        ending="csv",
        media_type="text/csv",
        encode=tables.write_csv,
        has_card=False,
        has_marks=False,
    ),
    "csv.gz": Format(
        title="CSV, compressed",
        kind=Kind.TABLES,
        ending="csv.gz",
        media_type="application/gzip",
        encode=tables.write_csv_gz,
        has_card=False,
        has_marks=False,
    ),
    "parquet": Format(
        title="Parquet",
        kind=Kind.TABLES,
        ending="parquet",
        media_type="application/vnd.apache.parquet",
        encode=tables.write_parquet,
    ),
    "npy": Format(
        title="NumPy, the signals alone (.npy)",
        kind=Kind.ARRAYS,
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
        ending="npz",
        media_type="application/octet-stream",
        encode=arrays.write_npz,
    ),
    "mat": Format(
        title="MATLAB (.mat)",
        kind=Kind.ARRAYS,
        ending="mat",
        media_type="application/x-matlab-data",
        encode=arrays.write_mat,
        refusal=_refused_by_matlab,
    ),
    "h5": Format(
        title="HDF5 (.h5)",
        kind=Kind.ARRAYS,
        ending="h5",
        media_type="application/x-hdf5",
        encode=arrays.write_hdf5,
    ),
    "tdms": Format(
        title="LabVIEW (.tdms)",
        kind=Kind.INSTRUMENTS,
        ending="tdms",
        media_type="application/octet-stream",
        encode=instruments.write_tdms,
        refusal=_refused_by_tdms,
    ),
    "wav": _sound("Sound (.wav, 32 bits)", instruments.wav, "wav.zip", _notes_on_sound),
    "wav16": _sound("Sound (.wav, 16 bits)", instruments.wav_16, "wav16.zip", _notes_on_sound_16),
    "awg": _waveforms(
        "Generator, any make (−1 to 1)", instruments.plain_waveform, "csv", "awg.zip", _refused_by_generator
    ),
    "siglent": _waveforms("Generator, Siglent (.csv)", instruments.siglent_waveform, "csv", "siglent.zip"),
    "keysight": _waveforms("Generator, Keysight (.arb)", instruments.keysight_waveform, "arb", "keysight.zip"),
}


def check(format_name: str, count: int, content: Content) -> None:
    """Raise ConfigError where a format cannot hold `count` signals of this content."""
    if why := FORMATS[format_name].refusal(count, content):
        raise ConfigError(why)


def encode(pieces: Pieces, count: int, content: Content, format_name: str) -> Iterator[bytes]:
    """The bytes of a file with `count` signals. Raises ConfigError where the format cannot hold them."""
    check(format_name, count, content)
    return FORMATS[format_name].encode(pieces, count, content)


def encode_marks(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """The bytes of a CSV file with 1 for each sample that a planted fault changed, laid out as a CSV file of the signals."""
    return tables.write_csv(tables.marks(pieces), count, replace(content, units=replace(content.units, value="")))
