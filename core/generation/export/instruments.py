"""What instruments read: TDMS for LabVIEW, sound, and waveforms for arbitrary waveform generators.

Sound and waveforms hold one signal in a file, so many of them come in a ZIP, with a table that says what each file is.
"""

import csv
import io
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import BinaryIO

import numpy as np

from core.formatting import csv_cell
from core.generation.export.archive import zipped
from core.generation.export.content import ROWS, Content, Pieces, drained, regrouped, values_of
from core.generation.export.tables import marks, write_csv
from core.signals.batch import Batch
from core.signals.faults import MASK

LARGEST = 32767  # of 16-bit numbers
HEADER_ROWS = 7  # empty ones in Siglent's files


# TDMS


def write_tdms(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
    """A group for each signal with a channel for each of its channels, and with planted faults one for the marks of each.

    Conditions are properties of the group, rate and unit those of the channels, and the card is one of the file.
    """
    from nptdms import ChannelObject, GroupObject, RootObject, TdmsWriter

    sink = io.BytesIO()
    waveform: dict[str, object] = {"unit_string": content.units.value, "wf_samples": len(content.times)}
    if content.units.is_timed:
        waveform |= {"wf_increment": 1 / content.rate, "wf_start_offset": float(content.times[0])}
    with TdmsWriter(sink) as writer:
        writer.write_segment([RootObject({"card": content.card.to_json().decode()} if content.card else {})])
        number = 0
        for group in regrouped(pieces, ROWS):
            facts = [values_of(column, group.conditions[:, i]).tolist() for i, column in enumerate(content.columns)]
            for i in range(len(group)):
                number += 1
                name = f"signal {number}"
                known = {column.name: facts[at][i] for at, column in enumerate(content.columns)}
                parts = [(f"channel {c + 1}", values, waveform) for c, values in enumerate(group.signals[i])]
                if group.faulty is not None:
                    parts += [(f"channel {c + 1} {MASK}", values, {}) for c, values in enumerate(group.faulty[i])]
                channels = (ChannelObject(name, channel, values, more) for channel, values, more in parts)
                writer.write_segment([GroupObject(name, known), *channels])
            yield drained(sink)
    yield drained(sink)


# One signal in a file


@dataclass(frozen=True)
class Waveform:
    """What becomes a file of its own: a signal, or one channel of it.

    values: (n_channels, n_samples). number: of the signal, from 1. level: the largest size of a value in all signals.
    """

    values: np.ndarray
    number: int
    level: float
    content: Content


Written = tuple[bytes, dict[str, float]]  # a file, and what the table says of it
WriteOne = Callable[[Waveform], Written]


def one_by_one(write: WriteOne, ending: str, is_split: bool) -> Callable[[Pieces, int, Content], Iterator[bytes]]:
    """A format with a file for each signal, or each channel of it where `is_split`, in a ZIP."""

    def encode(pieces: Pieces, count: int, content: Content) -> Iterator[bytes]:
        with TemporaryFile() as disk:
            kept = _Kept(disk, content)
            for _ in kept.taken(pieces):
                yield b""
            yield from zipped(_files(kept, count, write, ending, is_split))

    return encode


class _Kept:
    """Signals that wait on the disk, because all must be known before the first file can be written."""

    def __init__(self, disk: BinaryIO, content: Content) -> None:
        self.content = content
        self.level = 0.0
        self.conditions: list[np.ndarray] = []
        self._disk = disk

    def taken(self, pieces: Pieces) -> Iterator[None]:
        """Put all signals aside, piece by piece."""
        for piece in pieces:
            self.level = max(self.level, float(np.abs(piece.signals).max(initial=0)))
            self.conditions.append(piece.conditions)
            for i in range(len(piece)):
                self._disk.write(piece.signals[i].astype("<f4").tobytes())
                if piece.faulty is not None:
                    self._disk.write(piece.faulty[i].tobytes())
            yield

    def pieces(self) -> Pieces:
        """Signal by signal."""
        self._disk.seek(0)
        shape = (1, self.content.n_channels, len(self.content.times))
        n = shape[1] * shape[2]
        for conditions in np.concatenate(self.conditions):
            signals = np.frombuffer(self._disk.read(4 * n), "<f4").reshape(shape)
            faulty = np.frombuffer(self._disk.read(n), bool).reshape(shape) if self.content.faults else None
            yield Batch(signals, conditions[None], faulty)


def _files(
    kept: _Kept, count: int, write: WriteOne, ending: str, is_split: bool
) -> Iterator[tuple[str, Iterator[bytes]]]:
    content = kept.content
    rows: list[dict[str, object]] = []
    for number, piece in enumerate(kept.pieces(), start=1):
        known = {column.name: values_of(column, piece.conditions[:, i])[0] for i, column in enumerate(content.columns)}
        parts = [(c,) for c in range(content.n_channels)] if is_split else [tuple(range(content.n_channels))]
        for channels in parts:
            channel = f"-channel-{channels[0] + 1}" if is_split and content.n_channels > 1 else ""
            name = f"signal-{number:0{len(str(count))}}{channel}.{ending}"
            file, facts = write(Waveform(piece.signals[0, list(channels)], number, kept.level, content))
            rows.append({"file": name} | known | facts)
            yield name, iter([file])
    yield "signals.csv", iter([_table(rows)])
    if content.faults:
        yield f"{MASK}.csv", write_csv(marks(kept.pieces()), count, content)
    if content.card:
        yield "card.json", iter([content.card.to_json()])
        yield "card.md", iter([content.card.to_markdown().encode()])


def _table(rows: list[dict[str, object]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(map(csv_cell, rows[0] if rows else ["file"]))
    writer.writerows(map(csv_cell, row.values()) for row in rows)
    return out.getvalue().encode()


# Sound


def wav_rate(rate: float) -> int:
    """The whole number of Hz with which a sound file says a rate."""
    return max(1, round(rate))


def wav(waveform: Waveform) -> Written:
    """Sound in float32: the values as they are."""
    return _sound(waveform.values, waveform, {"sampling_rate": waveform.content.rate})


def wav_16(waveform: Waveform) -> Written:
    """Sound in int16: value = number × scale, which is the same in all files."""
    scale = waveform.level / LARGEST or 1.0
    numbers = np.round(waveform.values / scale).astype("<i2")
    return _sound(numbers, waveform, {"sampling_rate": waveform.content.rate, "scale": scale})


def _sound(values: np.ndarray, waveform: Waveform, facts: dict[str, float]) -> Written:
    from scipy.io import wavfile

    file = io.BytesIO()
    wavfile.write(file, wav_rate(waveform.content.rate), values.T)
    said = ", ".join(f"{name.replace('_', ' ')} {value:.9g}" for name, value in facts.items())
    return _with_comment(file.getvalue(), f"Wavetwin, signal {waveform.number}: {said}. See card.json."), facts


def _with_comment(wav: bytes, text: str) -> bytes:
    """A sound file with a comment behind its samples, as the chunk LIST of type INFO of the RIFF format holds it."""
    comment = text.encode() + b"\0"
    comment += b"\0" * (len(comment) % 2)
    info = b"INFOICMT" + struct.pack("<I", len(comment)) + comment
    body = wav[8:] + b"LIST" + struct.pack("<I", len(info)) + info
    return b"RIFF" + struct.pack("<I", len(body)) + body


# Waveforms for generators


def _normed(waveform: Waveform) -> tuple[np.ndarray, dict[str, float]]:
    """Values from −1 at the low level to 1 at the high one, (n_samples,), and the levels and the rate as the table has them."""
    values = waveform.values[0].astype(np.float64)
    low, high = values.min(), values.max()
    facts = {"low_level": float(low), "high_level": float(high), "sampling_rate": waveform.content.rate}
    return np.clip((values - (high + low) / 2) / ((high - low) / 2 or 1.0), -1, 1), facts


def plain_waveform(waveform: Waveform) -> Written:
    """A number from −1 to 1 a line, which most generators read; the table says which levels they stand for."""
    normed, facts = _normed(waveform)
    return "".join(f"{value:.7f}\r\n" for value in normed).encode(), facts


def siglent_waveform(waveform: Waveform) -> Written:
    """A CSV file as Siglent's EasyWave writes it: a header with the rate of repetition and levels, then times and values."""
    _, facts = _normed(waveform)
    low, high, rate, n = facts["low_level"], facts["high_level"], waveform.content.rate, waveform.values.shape[1]
    header = {"data length": n, "frequency": rate / n, "amp": high - low, "offset": (high + low) / 2, "phase": 0.0}
    lines = [f"{name},{value:.9g}" for name, value in header.items()]
    lines += [","] * HEADER_ROWS + ["xpos,value"]
    lines += [f"{i / rate:.9g},{value:.9g}" for i, value in enumerate(waveform.values[0].tolist())]
    return ("\r\n".join(lines) + "\r\n").encode(), facts


def keysight_waveform(waveform: Waveform) -> Written:
    """A file of Keysight's 33500 and 33600: a header with rate and levels, then 16-bit numbers, −32767 the low level."""
    normed, facts = _normed(waveform)
    numbers = np.round(LARGEST * normed).astype(int)
    lines = ["File Format:1.10", "Checksum:0", "Channel Count:1", f"Sample Rate:{waveform.content.rate:.9g}"]
    lines += [f"High Level:{facts['high_level']:.9g}", f"Low Level:{facts['low_level']:.9g}"]
    lines += ['Data Type:"short"', 'Filter:"OFF"', f"Data Points:{len(numbers)}", "Data:", *map(str, numbers.tolist())]
    return ("\r\n".join(lines) + "\r\n").encode(), facts
