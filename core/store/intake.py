"""Files of recordings → a kept data set, all at once where they are small, else one by one and straight to disk."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from core.config import RecordingsConfig
from core.recordings.findings import Finding
from core.recordings.import_files import ReadSettings, Watch, import_files, unwatched
from core.recordings.one_by_one import OneByOne, are_too_many, contents
from core.store.datasets import DataSetStore
from core.store.growing_array import keep_rows, write_pieces


def take_in(
    store: DataSetStore,
    paths: Sequence[Path],
    reading: ReadSettings | None = None,
    skip_unreadable: bool = False,
    watch: Watch = unwatched,
    **settings: Any,
) -> tuple[RecordingsConfig, list[Finding]]:
    """Keep the data set that files make, and say what was found; an interrupted intake leaves nothing.

    Files that hold more together than one may, MAX_BYTES, are taken in one by one. `watch` sees what comes of them go by.
    settings: those of `Preparation` that are not suggested. Raises SignalFileError, ConfigError and DataSetError.
    """
    if not are_too_many(paths):
        prepared = import_files(contents(paths), reading, skip_unreadable, watch, **settings)
        return store.keep(prepared.data), prepared.findings
    files = OneByOne(paths, reading, skip_unreadable, **settings)
    with store.room() as room:
        path = room / "signals.npy"
        write_pieces(path, watch(files.pieces(), len(files.groups)))
        decision = files.decision()
        keep_rows(path, decision.is_kept)
        prepared = files.prepared(decision, np.load(path, mmap_mode="r", allow_pickle=False))
        return store.keep(prepared.data), prepared.findings
