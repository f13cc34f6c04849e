"""Memory that nothing uses any more goes back to the system: what is kept for later would count as used."""

import ctypes

import pyarrow as pa

LARGE = 1 << 20  # bytes of a file: what smaller ones leave is not worth the milliseconds


def give_back() -> None:
    """Give back what Arrow and the C library keep of what they were given back, which may be as much as the file itself."""
    pa.default_memory_pool().release_unused()
    _trim()


def _trim() -> None:
    """Let the C library give pages back in which nothing is left; only that of GNU can be asked to."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):
        return
