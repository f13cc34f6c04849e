"""Data sets that are kept below the data directory. The only code that touches their files.

datasets/<id>/
  dataset.json     its settings as a source, its story, and the digest of its content
  signals.npy      float32 (n, n_channels, n_samples)
  recordings.npy   int64 (n,), the recording that each signal was cut from
  conditions.npy   float64 (n, n_columns), as in `DataSet`

The id follows from the content and not from the name: what is kept twice is one data set, and a run finds its data set
again also on another machine.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.config import RecordingsConfig, RunConfig, changed, validated
from core.errors import DataSetError, RunFileError
from core.file_format import fault
from core.formatting import name_of
from core.signals.dataset import DataSet
from core.signals.on_disk import is_on_disk
from core.signals.recordings import Recordings
from core.signals.simulator import Simulator
from core.signals.source import Source
from core.store import atomic
from core.store.dataset_files import KeptDataSet, arrays_of, check, digest_of, layout
from core.store.paths import default_data_dir
from core.store.run import Run
from core.store.runs import RunStore
from core.store.writing import errors_as

log = logging.getLogger(__name__)

MAX_NAME = 80  # characters
MAX_RUNS_NAMED = 3  # in one sentence
REMEDY = "delete it and keep it again from its files"  # where a data set is broken
CONTENT = ("n_signals", "n_recordings", "n_channels", "n_samples", "sampling_rate", "is_rate_known", "unit", "columns")


class DataSetStore:
    """All data sets below one data directory."""

    def __init__(self, data_dir: Path | None = None) -> None:
        self._data_dir = data_dir or default_data_dir()
        self.root = self._data_dir / "datasets"

    def keep(self, data: DataSet, **settings: Any) -> RecordingsConfig:
        """Keep a data set, and return it as a source.

        settings: the share held out and what an experiment costs, as in RecordingsConfig. Where the same content is kept
        already, only its name, story and settings become those given now. Raises ConfigError for impossible settings, and
        DataSetError for impossible data or where nothing can be written.
        """
        check(data)
        arrays = arrays_of(data)
        digest = digest_of(data, arrays)
        values: dict[str, Any] = {
            "dataset": digest[:16],
            "name": name_of(data.name, MAX_NAME),
            "n_recordings": len(np.unique(arrays["recordings"])),
            "sampling_rate": data.sampling_rate,
            "is_rate_known": data.is_rate_known,
            "unit": data.unit,
            "columns": data.columns,
            "levels": data.levels,
        }
        values |= dict(zip(("n_signals", "n_channels", "n_samples"), data.signals.shape, strict=True))
        kept = KeptDataSet(
            config=validated(RecordingsConfig, values | settings),
            sha256=digest,
            story=data.story,
            created_at=datetime.now(UTC),
            n_bytes=sum(array.nbytes for array in arrays.values()),
        )
        self._keep_files(kept, arrays)
        return kept.config

    @contextmanager
    def room(self) -> Iterator[Path]:
        """A folder for signals on their way in; `keep` takes a mapped file over from there. It is gone at the end.

        Raises DataSetError where nothing can be written.
        """
        with errors_as(DataSetError, self.root), atomic.scratch_folder(self.root / "incoming") as folder:
            yield folder

    def all(self) -> list[KeptDataSet]:
        """Every data set that can be read, the one kept last first."""
        found = []
        for dataset_id in self.ids():
            try:
                found.append(self._read(dataset_id)[0])
            except DataSetError as error:
                log.warning("%s", error)
        return sorted(found, key=lambda kept: kept.created_at, reverse=True)

    def ids(self) -> list[str]:
        """The ids of all data sets, broken ones too."""
        if not self.root.is_dir():
            return []
        return sorted(path.name for path in self.root.iterdir() if _ID.fullmatch(path.name) and path.is_dir())

    def config(self, dataset_id: str) -> RecordingsConfig:
        """A data set as a source; raises DataSetError where it is gone or broken."""
        return self._read(dataset_id)[0].config

    def load(self, source: RecordingsConfig | str) -> DataSet:
        """The data set of an id, or the one that a source names; its signals stay on disk until they are read.

        Raises DataSetError where it is gone or broken, or where the source describes it otherwise than it is kept.
        """
        kept, arrays = self._read(source if isinstance(source, str) else source.dataset)
        if isinstance(source, RecordingsConfig):
            _compare(source, kept.config)
        config = kept.config
        return DataSet(
            name=config.name,
            columns=config.columns,
            sampling_rate=config.sampling_rate,
            unit=config.unit,
            story=kept.story,
            is_rate_known=config.is_rate_known,
            levels=config.levels or (),
            **arrays,
        )

    def verify(self, dataset_id: str) -> None:
        """Read all of a data set; raises DataSetError where it is gone, broken, or not the content that was kept."""
        data = self.load(dataset_id)
        if digest_of(data, arrays_of(data)) != self._read(dataset_id)[0].sha256:
            raise _broken(self.root / dataset_id, f"its content is not what was kept; {REMEDY}")

    def rename(self, dataset_id: str, name: str) -> None:
        """Give a data set another name; runs go on calling it what it was called. Raises DataSetError."""
        name = name_of(name, MAX_NAME + 1)
        if not 1 <= len(name) <= MAX_NAME:
            raise DataSetError(f"Give the data set a name of 1 to {MAX_NAME} characters.")
        kept = self._read(dataset_id)[0]
        renamed = kept.model_copy(update={"config": changed(kept.config, name=name)})
        with errors_as(DataSetError, self.root):
            atomic.write(self.root / dataset_id / "dataset.json", renamed.to_json(indent=True))

    def delete(self, dataset_id: str) -> None:
        """Delete a data set, a broken one too. Raises DataSetError where a run needs it."""
        folder = self._folder(dataset_id)
        runs = [f"“{run.name}”" for run in self._runs_on(dataset_id)]
        if runs:
            more = len(runs) - MAX_RUNS_NAMED
            named = runs[:MAX_RUNS_NAMED] + ([f"{more} more"] if more > 0 else [])
            several = len(runs) > 1
            raise DataSetError(
                f"Data set “{self._name(dataset_id)}” is needed by the run{'s' if several else ''} {_listed(named)}; "
                f"delete {'them' if several else 'it'} first."
            )
        with errors_as(DataSetError, self.root):
            atomic.remove_folder(folder)

    def _keep_files(self, kept: KeptDataSet, arrays: dict[str, np.ndarray]) -> None:
        folder = self.root / kept.config.dataset
        with errors_as(DataSetError, self.root):
            if folder.is_dir():
                # Kept before: the same content, so it does not matter which files others see, and broken ones are mended.
                self._write_into(folder, kept, arrays)
                return
            try:
                with atomic.new_folder(folder) as building:
                    self._write_into(building, kept, arrays)
            except OSError:
                if not folder.is_dir():  # else somebody kept the same just now
                    raise

    def _write_into(self, folder: Path, kept: KeptDataSet, arrays: dict[str, np.ndarray]) -> None:
        for name, array in arrays.items():
            path = folder / f"{name}.npy"
            if is_on_disk(array) and (file := Path(array.filename or "")).is_relative_to(self.root.resolve()):
                atomic.adopt(path, file)
            else:
                atomic.write_array(path, array)
        atomic.write(folder / "dataset.json", kept.to_json(indent=True))

    def _read(self, dataset_id: str) -> tuple[KeptDataSet, dict[str, np.ndarray]]:
        """What is kept of a data set; raises DataSetError where it is gone or broken."""
        folder = self._folder(dataset_id)
        try:
            kept = KeptDataSet.from_json((folder / "dataset.json").read_bytes())
        except (OSError, ValueError) as error:
            raise _broken(folder, fault(folder / "dataset.json", error, REMEDY)) from error
        try:
            arrays = {
                "signals": np.load(folder / "signals.npy", mmap_mode="r", allow_pickle=False),
                "recordings": np.load(folder / "recordings.npy", allow_pickle=False),
                "conditions": np.load(folder / "conditions.npy", mmap_mode="r", allow_pickle=False),
            }
        except (OSError, ValueError, EOFError) as error:
            raise _broken(folder, f"one of its arrays is missing or broken; {REMEDY}") from error
        if kept.config.dataset != dataset_id:
            raise _broken(folder, f"its dataset.json is that of data set {kept.config.dataset}; {REMEDY}")
        expected = layout(kept.config)
        for name, array in arrays.items():
            if (array.shape, array.dtype) != expected[name]:
                raise _broken(folder, f"{name}.npy does not fit dataset.json; {REMEDY}")
        return kept, arrays

    def _folder(self, dataset_id: str) -> Path:
        folder = self.root / dataset_id
        if not _ID.fullmatch(dataset_id) or not folder.is_dir():
            raise DataSetError(
                f"There is no data set “{dataset_id[:40]}” in {self.root}; keep it again from its files, or choose another."
            )
        return folder

    def _runs_on(self, dataset_id: str) -> Iterator[Run]:
        """All runs that were, or will be, trained on a data set."""
        for run in RunStore(self._data_dir).all():
            # A run whose settings cannot be read cannot be resumed or judged either.
            with suppress(RunFileError):
                source = run.config.source
                if isinstance(source, RecordingsConfig) and source.dataset == dataset_id:
                    yield run

    def _name(self, dataset_id: str) -> str:
        """What a data set is called, its id where that cannot be read."""
        try:
            return self.config(dataset_id).name
        except DataSetError:
            return dataset_id


def open_source(config: RunConfig, data_dir: Path | None = None) -> Source:
    """Where the real signals of a run come from, with the conditions that it names.

    Raises DataSetError where its data set is gone or broken, ConfigError where it has too few recordings.
    """
    if isinstance(config.source, RecordingsConfig):
        return Recordings(config.source, DataSetStore(data_dir).load(config.source), config.conditions)
    return Simulator(config.source, config.conditions)


_ID = re.compile("[0-9a-f]{16}")


def _compare(source: RecordingsConfig, kept: RecordingsConfig) -> None:
    """Raise DataSetError where a source describes its data set otherwise than it is kept."""
    for field in CONTENT:
        if getattr(source, field) != getattr(kept, field):
            raise DataSetError(
                f"The settings do not match data set “{kept.name}”: “{field.replace('_', ' ')}” differs. Choose the "
                "data set again on "
                "page Signals, or correct the settings."
            )


def _broken(folder: Path, why: str) -> DataSetError:
    return DataSetError(f"Data set {folder} cannot be read: {why}.")


def _listed(parts: list[str]) -> str:
    """A, B and C."""
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
