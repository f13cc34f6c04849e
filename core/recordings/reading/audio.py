"""Sound → `Recorded`: one recording with its channels and its rate."""

import io
import struct

import numpy as np
import soundfile

from core.errors import SignalFileError
from core.recordings.findings import Finding
from core.recordings.reading.cut_off import cut_off
from core.recordings.reading.limits import check_recordings, check_unpacked
from core.recordings.reading.raw import Recorded

FORMATS = ("WAV", "WAVEX", "RF64", "FLAC")
SAMPLE_BYTES = {"PCM_U8": 1, "PCM_16": 2, "PCM_24": 3, "PCM_32": 4, "FLOAT": 4, "DOUBLE": 8}
CHUNK = struct.Struct("<4sI")  # kind and size before each part of a WAV
UNKNOWN = 0xFFFFFFFF  # a size that nobody knew, as the sound was still being made
PIECE = 1 << 20  # samples of all channels that are read at a time: a header may promise more than there are


def read_sound(name: str, content: bytes) -> Recorded:
    """WAV or FLAC; whole numbers become values from −1 to 1. Raises SignalFileError."""
    try:
        with soundfile.SoundFile(io.BytesIO(content)) as sound:
            _check(name, sound, len(content))
            values = _values(sound)
            rate = float(sound.samplerate)
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError, TypeError) as error:
        raise SignalFileError(f"“{name}” is not a whole WAV or FLAC file; save it again as one of them.") from error
    if not values.size:
        raise SignalFileError(f"“{name}” holds no sound; give a recording with at least one sample.")
    findings = _missing(name, content)
    return Recorded([name], [values], np.array([rate]), rate_source=f"the header of “{name}”", findings=findings)


def _missing(name: str, content: bytes) -> tuple[Finding, ...]:
    """How much of the sound that the header of a WAV promises is missing."""
    place = len(b"RIFF....WAVE") if content.startswith(b"RIFF") else len(content)
    while place + CHUNK.size <= len(content):
        kind, n_bytes = CHUNK.unpack_from(content, place)
        place += CHUNK.size
        if kind == b"data":
            return () if n_bytes == UNKNOWN else cut_off(name, len(content) - place, n_bytes, "bytes of sound")
        place += n_bytes + n_bytes % 2
    return ()


def _check(name: str, sound: soundfile.SoundFile, n_bytes: int) -> None:
    if sound.format not in FORMATS:
        raise SignalFileError(f"“{name}” is {sound.format[:20]}, not WAV or FLAC; save it again as one of them.")
    check_recordings(name, 1, sound.channels)
    check_unpacked(name, 4 * sound.frames * sound.channels)
    size = SAMPLE_BYTES.get(sound.subtype, 0) if sound.format != "FLAC" else 0
    if size * sound.frames * sound.channels > n_bytes:
        raise ValueError("its header promises more samples than there are")


def _values(sound: soundfile.SoundFile) -> np.ndarray:
    """float32 (n_channels, n_samples)."""
    pieces = []
    while len(piece := sound.read(max(1, PIECE // sound.channels), dtype="float32", always_2d=True)):
        pieces.append(piece.T)
    return np.concatenate(pieces, axis=1) if pieces else np.empty((sound.channels, 0), np.float32)
