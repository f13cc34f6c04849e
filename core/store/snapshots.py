"""The snapshots of a run: at some steps, what the generator makes of the same latents."""

import math
from pathlib import Path

import numpy as np

from core.store import atomic

MAX_SNAPSHOTS = 240  # of a run …
MAX_SNAPSHOT_BYTES = 2**28  # … or as many as this holds of long signals …
MIN_SNAPSHOTS = 12  # … but at least so many

Shape = tuple[int, int]  # (n_channels, n_samples) of a signal


class Snapshots:
    """snapshots/<step>.npy of one run."""

    def __init__(self, folder: Path, shape: Shape | None = None) -> None:
        self.folder, self.shape = folder, shape

    @property
    def steps(self) -> list[int]:
        """The steps that there are snapshots of, in their order."""
        return [int(file.stem) for file in self._files()]

    def save(self, step: int, fakes: np.ndarray) -> None:
        """Keep the fakes of a step; where there are too many, one goes from where they are closest in √step."""
        self.folder.mkdir(exist_ok=True)  # an archive of a run may have lost its empty folders
        atomic.write_array(self._file(step), fakes)
        files = self._files()
        n_kept = min(MAX_SNAPSHOTS, max(MIN_SNAPSHOTS, MAX_SNAPSHOT_BYTES // fakes.nbytes))
        if len(files) > n_kept:
            roots = [math.sqrt(int(file.stem)) for file in files]
            gaps = [after - before for before, after in zip(roots, roots[2:], strict=False)]
            files[1 + gaps.index(min(gaps))].unlink()

    def load(self, step: int) -> np.ndarray | None:
        """The fakes of a step, (n, n_channels, n_samples); None where they cannot be read."""
        return read_signals(self._file(step), self.shape)

    @property
    def last(self) -> tuple[int, np.ndarray] | None:
        """The step and the fakes of the newest snapshot that can be read."""
        for file in reversed(self._files()):
            fakes = read_signals(file, self.shape)
            if fakes is not None:
                return int(file.stem), fakes
        return None

    def rewind(self, step: int) -> None:
        """Delete all after a step."""
        for file in self._files():
            if int(file.stem) > step:
                file.unlink()

    def _file(self, step: int) -> Path:
        return self.folder / f"{step:08d}.npy"

    def _files(self) -> list[Path]:
        return sorted(self.folder.glob("[0-9]*.npy"), key=lambda file: file.name)  # paths are slow to compare


def read_signals(file: Path, shape: Shape | None = None) -> np.ndarray | None:
    """The signals in a .npy file, (n, n_channels, n_samples); None where there are none that can be read, or of another shape."""
    try:
        signals = np.load(file, allow_pickle=False)
    except Exception:  # NumPy raises whatever the parser of Python stumbles over in a broken header
        return None
    is_whole = signals.ndim == 3 and len(signals) and signals.dtype.kind == "f"
    return signals if is_whole and shape in (None, signals.shape[1:]) else None
