"""The checkpoints of a run: states that training can go on from."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import orjson
from safetensors import SafetensorError, safe_open

from core.errors import RunFileError
from core.file_format import UNSEALED, FileFormat, NewerVersionError, is_intact, sealed
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
        files = self.files()
        return int(files[-1].stem) if files else None

    def save(self, step: int, state: "Mapping[str, Tensor]") -> None:
        """Keep a state to go on from, and delete all but the newest few."""
        from safetensors.torch import save

        metadata = {"wavetwin": orjson.dumps(CHECKPOINT.header | {"checksum": UNSEALED}).decode()}
        self.folder.mkdir(exist_ok=True)  # an archive of a run may have lost its empty folders
        atomic.write(self.folder / f"{step:08d}.safetensors", sealed(save(dict(state), metadata)))
        for file in self.files()[:-N_KEPT]:
            file.unlink()

    def load(self) -> "dict[str, Tensor] | None":
        """The newest state that can be read, None where none was ever saved.

        Raises RunFileError where all are broken (to begin anew would delete the metrics and the snapshots), or where the
        newest was written by a newer version of Wavetwin.
        """
        files = self.files()
        for file in reversed(files):
            try:
                return read_checkpoint(file)
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

    def rewind(self, step: int) -> None:
        """Delete those after `step`, from where training goes on because they cannot be read."""
        for file in self.files():
            if int(file.stem) > step:
                file.unlink()

    def files(self) -> list[Path]:
        """Those that are kept, the newest last."""
        return sorted(self.folder.glob("[0-9]*.safetensors"))


def read_checkpoint(file: Path) -> "dict[str, Tensor]":
    """A state by the names of its tensors.

    Raises NewerVersionError, or SafetensorError, OSError or another ValueError where it is broken.
    """
    with safe_open(file, framework="pt") as stored:
        CHECKPOINT.strip(orjson.loads((stored.metadata() or {}).get("wavetwin", "{}")))
        names: list[str] = stored.keys()
        state = {name: stored.get_tensor(name) for name in names}
    if not is_intact(file.read_bytes()):
        raise ValueError("the file is not what was written")
    return state
