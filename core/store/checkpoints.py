"""The checkpoints of a run: states that training can go on from."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from safetensors import SafetensorError, safe_open

from core.errors import RunFileError
from core.file_format import FileFormat, NewerVersionError
from core.store import atomic

if TYPE_CHECKING:  # torch is loaded where it is used: a list of runs needs none
    from torch import Tensor

log = logging.getLogger(__name__)

CHECKPOINT = FileFormat("wavetwin-checkpoint")
N_KEPT = 2  # the older one is for when the newer turns out broken


class Checkpoints:
    """checkpoints/<step>.safetensors of one run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def last_step(self) -> int | None:
        """The step of the newest checkpoint; None where none was ever saved."""
        files = self._files()
        return int(files[-1].stem) if files else None

    def save(self, step: int, state: "Mapping[str, Tensor]") -> None:
        """Keep a state to go on from, and delete all but the newest few."""
        from safetensors.torch import save

        metadata = {"wavetwin": orjson.dumps(CHECKPOINT.header).decode()}
        atomic.write(self.folder / f"{step:08d}.safetensors", save(dict(state), metadata))
        for file in self._files()[:-N_KEPT]:
            file.unlink()

    def load(self) -> "dict[str, Tensor] | None":
        """The newest state that can be read, None where none was ever saved.

        Raises RunFileError where all are broken (to begin anew would delete the metrics and the snapshots), or where the
        newest was written by a newer version of Wavetwin.
        """
        files = self._files()
        for file in reversed(files):
            try:
                return _read(file)
            except NewerVersionError:
                raise RunFileError(
                    "This run cannot be resumed here: its checkpoints were written by a newer version of Wavetwin; "
                    "update Wavetwin to go on."
                ) from None
            except (SafetensorError, OSError, ValueError):
                log.warning("Checkpoint %s is broken; trying the one before it.", file)
        if files:
            raise RunFileError(
                "This run cannot be resumed: its checkpoints cannot be read. Its twin and its metrics are kept; start a "
                "new run with the same settings."
            )
        return None

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.safetensors"))


def _read(file: Path) -> "dict[str, Tensor]":
    with safe_open(file, framework="pt") as stored:
        CHECKPOINT.strip(orjson.loads((stored.metadata() or {}).get("wavetwin", "{}")))
        names: list[str] = stored.keys()
        return {name: stored.get_tensor(name) for name in names}
