"""What is said where nothing can be written."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import WavetwinError


@contextmanager
def errors_as(kind: type[WavetwinError], folder: Path) -> Iterator[None]:
    """Raise an OSError of the block as an error that says what cannot be written, why, and what to do."""
    try:
        yield
    except OSError as error:
        raise kind(
            f"Nothing can be written in {folder} ({error.strerror}); free some space, check your permissions, or set "
            "WAVETWIN_DATA "
            "to another folder."
        ) from error
