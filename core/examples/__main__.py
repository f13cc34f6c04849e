"""Makes the examples anew, each with its command: `python -m core.examples`."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from core.examples import COMMANDS, HERE, folders
from core.store.run import Run
from core.store.runs import RunStore
from core.store.stages import Stages

PACKED = (
    "config.json",
    "name.txt",
    "status.json",
    "metrics.jsonl",
    "reals.npy",
    "surrogate.safetensors",
    "fidelity.json",
)
N_SNAPSHOTS = 60  # that are kept of those taken …
N_SIGNALS = 16  # … and so many fakes of each: enough to watch, small enough to come along


def train(command: str, data_dir: Path) -> Run:
    """The run that a command makes in a data directory. Raises CalledProcessError."""
    call(shlex.split(command)[1:], data_dir)
    return RunStore(data_dir).all()[0]


def call(arguments: list[str], data_dir: Path) -> None:
    """Run Python on a data directory. Raises CalledProcessError."""
    subprocess.run([sys.executable, *arguments], env=os.environ | {"WAVETWIN_DATA": str(data_dir)}, check=True)


def pack(run: Run, command: str) -> None:
    """Keep what is worth bringing along of a run."""
    folder = HERE / run.id
    (folder / "snapshots").mkdir(parents=True)
    for name in PACKED:
        shutil.copy(run.path / name, folder)
    (folder / "origin.txt").write_text(command + "\n", "utf-8")
    stages = Stages(folder / "stages")
    for number, stage in enumerate(run.stages.all()):
        stages.save(number, stage.key, stage.fakes[:N_SIGNALS])
        stages.save_figures(number, stage.key, stage.figures)
    files = sorted((run.path / "snapshots").glob("*.npy"))
    for index in np.unique(np.linspace(0, len(files) - 1, N_SNAPSHOTS).round().astype(int)):
        np.save(folder / "snapshots" / files[index].name, np.load(files[index])[:N_SIGNALS])


if __name__ == "__main__":
    old = folders()
    with tempfile.TemporaryDirectory() as temporary:
        for command in COMMANDS:
            run = train(command, Path(temporary))
            call(["-m", "core", "evaluate", "--run", run.id], Path(temporary))
            pack(run, command)
    for folder in old:
        shutil.rmtree(folder)
