"""`streamlit run`, with trainings and reports that take little of the processor, however long they go on."""

import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from streamlit.web.cli import main

from core.config import PRESETS, changed
from core.fidelity.report import MIN_SIGNALS
from core.interruption import checkpoint
from core.recordings import import_files
from core.recordings.reading.raw import Recorded, Table
from core.training.events import Event, StepLogged
from core.training.training import Training
from tests.small import EVALUATIONS, INITIALIZATIONS, patch_all

REPORTS = {"core.fidelity.report.N_QUICK": 4 * MIN_SIGNALS}
REST = 0.1  # seconds after each log of a few steps, which leave the processor to the pages

at_full_speed = Training.events


def at_ease(training: Training) -> Iterator[Event]:
    """The events of a training that often rests."""
    for event in at_full_speed(training):
        yield event
        if isinstance(event, StepLogged):
            time.sleep(REST)


read_really = import_files.read_part


def read(files: import_files.Files, settings: import_files.ReadSettings | None = None) -> Table | Recorded:
    """As always, but for a file that takes until somebody ends it."""
    while files[0][0] == "endless.csv":
        time.sleep(REST)
        checkpoint()
    return read_really(files, settings)


if __name__ == "__main__":
    patch = pytest.MonkeyPatch()
    patch_all(patch, EVALUATIONS | INITIALIZATIONS | REPORTS)
    patch.setattr(Training, "events", at_ease)
    patch.setattr(import_files, "read_part", read)
    patch.setattr("os.fsync", lambda descriptor: None)
    patch.setattr("core.training.cost.MEASURING", 0.02)  # seconds
    for name in ("standard", "quick"):
        short = changed(PRESETS[name].training, steps=20, n_eval=10)
        patch.setitem(PRESETS, name, replace(PRESETS[name], training=short))
    main()
