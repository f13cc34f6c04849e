"""Who made a run or a data set: the file owner.json in its folder. What was made without sign-in has none."""

import logging
from pathlib import Path
from typing import Self

from core.file_format import FileFormat, FileModel
from core.store import atomic

log = logging.getLogger(__name__)

FILE = "owner.json"


class Owner(FileModel):
    """What is kept of the person who made something, and what was granted to it."""

    file_format = FileFormat("wavetwin-owner")

    id: str
    name: str
    expires_at: float | None = None  # Unix time after which it is deleted; of visitors only
    minutes: int | None = None  # that its training may take

    @classmethod
    def of(cls, folder: Path) -> Self | None:
        """Who made what is in a folder; None where nobody is named, or the file cannot be read."""
        try:
            return cls.from_json((folder / FILE).read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            log.warning("%s cannot be read, so nobody is named.", folder / FILE)
            return None

    def keep(self, folder: Path) -> None:
        """Write it into a folder. Raises OSError."""
        atomic.write(folder / FILE, self.to_json())
