"""How much a file of recordings may hold, and the sentences for one that holds more."""

from core.config import MAX_CHANNELS
from core.errors import SignalFileError

MAX_BYTES = 200_000_000  # of a file as it comes
MAX_UNPACKED = 1_000_000_000  # bytes, of what it is unpacked to
MAX_SIGNALS = 200_000
MAX_COLUMNS = 50_000  # of a table
MAX_MEMBERS = 1_000  # arrays in one file


def check_bytes(name: str, n_bytes: int) -> None:
    """Raise SignalFileError where the file itself is too large."""
    if n_bytes > MAX_BYTES:
        raise SignalFileError(
            f"“{name}” has {n_bytes / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB can be read, so split it."
        )


def check_unpacked(name: str, n_bytes: int) -> None:
    """Raise SignalFileError where a file would become too large in memory."""
    if n_bytes > MAX_UNPACKED:
        raise SignalFileError(
            f"“{name}” holds more than {MAX_UNPACKED / 1e9:g} GB when unpacked; split it, or leave out what is not needed."
        )


def check_columns(name: str, n_columns: int) -> None:
    """Raise SignalFileError where a table is too wide."""
    if n_columns > MAX_COLUMNS:
        raise SignalFileError(
            f"“{name}” has {n_columns:,} columns; at most {MAX_COLUMNS:,} can be read, so cut its rows into shorter ones or "
            "give one sample in each row."
        )


def check_recordings(name: str, n: int, n_channels: int) -> None:
    """Raise SignalFileError where there are too many recordings or channels."""
    if n > MAX_SIGNALS:
        raise SignalFileError(f"“{name}” holds {n:,} signals; at most {MAX_SIGNALS:,} can be read, so split it.")
    if n_channels > MAX_CHANNELS:
        raise SignalFileError(
            f"“{name}” has {n_channels:,} channels; a signal may have up to {MAX_CHANNELS}, so leave some out."
        )
