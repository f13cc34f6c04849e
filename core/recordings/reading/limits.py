"""How much a file of recordings may hold, and the sentences for one that holds more.

Whoever has the memory for more says so in the environment: WAVETWIN_MAX_MB for a file, WAVETWIN_MAX_SIGNALS for a data set.
"""

import logging
import os

from core.config import MAX_CHANNELS
from core.errors import SignalFileError

log = logging.getLogger(__name__)


def setting(name: str, usual: int) -> int:
    """A limit from the environment; the usual one, with a warning in the log, where it is no whole number above 0."""
    text = os.environ.get(name, "").strip()
    if text.isdecimal() and int(text):
        return int(text)
    if text:
        log.warning("%s is “%s”; give a whole number above 0. Until then it is %d.", name, text, usual)
    return usual


MAX_MB = setting("WAVETWIN_MAX_MB", 200)  # the browser, with MB of 2**20 bytes, lets a little more pass
MAX_BYTES = 1_000_000 * MAX_MB  # of a file as it comes
MAX_UNPACKED = MAX_BYTES  # of what it is unpacked to: reading takes up to four times as much memory
MAX_SIGNALS = setting("WAVETWIN_MAX_SIGNALS", 200_000)
MAX_COLUMNS = 50_000  # of a table
MAX_MEMBERS = 1_000  # arrays in one file


def check_bytes(name: str, n_bytes: int) -> None:
    """Raise SignalFileError where the file itself is too large."""
    if n_bytes > MAX_BYTES:
        raise SignalFileError(
            f"“{name}” has {n_bytes / 1e6:,.0f} MB; at most {MAX_BYTES / 1e6:,.0f} MB can be read, so split it, or allow more "
            "with the environment variable WAVETWIN_MAX_MB."
        )


def check_unpacked(name: str, n_bytes: int) -> None:
    """Raise SignalFileError where a file would become too large in memory."""
    if n_bytes > MAX_UNPACKED:
        raise SignalFileError(
            f"“{name}” holds more than {MAX_UNPACKED / 1e6:,.0f} MB when unpacked; split it, leave out what is not needed, or "
            "allow more with the environment variable WAVETWIN_MAX_MB."
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
