"""The stages of a run's initialization: what was known after each, as fakes from the same latents, and its figures."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import orjson

from core.file_format import FileFormat
from core.store import atomic
from core.store.snapshots import Shape, read_signals

STAGE = FileFormat("wavetwin-stage")


class Stage(NamedTuple):
    """What a generator was able to do after a stage."""

    key: str  # see `core.training.phases.phases`
    fakes: np.ndarray  # (n, n_channels, n_samples), physical units
    figures: dict[str, float]  # as in metrics.jsonl; empty where they are still to be measured


class Stages:
    """stages/<number>-<key>.npy and .json of one run."""

    def __init__(self, folder: Path, shape: Shape | None = None) -> None:
        self.folder, self.shape = folder, shape

    def save(self, number: int, key: str, fakes: np.ndarray) -> None:
        """Keep the fakes of a stage."""
        self.folder.mkdir(exist_ok=True)
        self._file(number, key, "json").unlink(missing_ok=True)
        atomic.write_array(self._file(number, key, "npy"), fakes)

    def save_figures(self, number: int, key: str, figures: Mapping[str, float]) -> None:
        """Keep the figures of a stage whose fakes are kept."""
        atomic.write(self._file(number, key, "json"), orjson.dumps(STAGE.header | dict(figures)))

    def all(self) -> list[Stage]:
        """All stages that can be read, in their order; none of a run that began before there were any."""
        found = []
        for file in sorted(self.folder.glob("[0-9]*-*.npy")):
            fakes = read_signals(file, self.shape)
            if fakes is not None:
                found.append(Stage(file.stem.partition("-")[2], fakes, _figures(file.with_suffix(".json"))))
        return found

    def _file(self, number: int, key: str, suffix: str) -> Path:
        return self.folder / f"{number:02d}-{key}.{suffix}"


def _figures(file: Path) -> dict[str, float]:
    try:
        found = STAGE.strip(orjson.loads(file.read_bytes()))
    except (OSError, ValueError):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, int | float)}
