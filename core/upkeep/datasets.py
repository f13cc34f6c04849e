"""Data sets: readable, and the content that was kept."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.config import RecordingsConfig
from core.config.sources import DataSetOptions
from core.errors import DataSetError, RunFileError
from core.file_format import NewerVersionError
from core.signals.dataset import DataSet
from core.store.dataset_files import arrays_of, digest_of
from core.store.datasets import DataSetStore
from core.store.runs import RunStore
from core.upkeep.findings import Finding, Kind, SetAside, newer
from core.upkeep.leftovers import leftovers
from core.upkeep.run_files import check_owner


def check_data_set(data_dir: Path, dataset_id: str, aside: SetAside) -> Iterator[Finding]:
    """What is wrong with a data set."""
    store = DataSetStore(data_dir)
    folder = store.root / dataset_id
    try:
        store.verify(dataset_id)
    except DataSetError as error:
        if isinstance(error.__cause__, NewerVersionError):
            yield newer(folder / "dataset.json")
        elif folder.is_dir():
            yield _damaged(folder, _described_by_a_run(data_dir, folder), aside)
    yield from check_owner(folder)
    yield from leftovers(folder)


def _damaged(folder: Path, known: tuple[DataSet, RecordingsConfig] | None, aside: SetAside) -> Finding:
    what = "Its files cannot be read, or are not what was kept."
    means = "Nothing can be trained or judged on it. Twins that were trained on it can still generate signals."
    if known is None:
        remedy = "Restore it from a backup, or import the same files again, which mends it."
        return Finding(folder, Kind.DAMAGED, what, means, remedy)
    data, config = known

    def mend() -> None:
        aside.copy(folder / "dataset.json")
        DataSetStore(aside.data_dir).keep(data, **config.model_dump(include=set(DataSetOptions.model_fields)))

    remedy = "Its arrays are whole: --mend takes the rest from the settings of a run, and sets the broken file aside."
    return Finding(folder, Kind.DAMAGED, what, means, remedy, mend)


def _described_by_a_run(data_dir: Path, folder: Path) -> tuple[DataSet, RecordingsConfig] | None:
    """The data set as the settings of a run describe it; None where its arrays are not those that were kept."""
    try:
        names = ("signals", "recordings", "conditions")
        arrays = {name: np.load(folder / f"{name}.npy", allow_pickle=False) for name in names}
    except (OSError, ValueError, EOFError):
        return None
    for config in _sources(data_dir, folder.name):
        data = _described(config, arrays)
        if digest_of(data, arrays_of(data)).startswith(folder.name):
            return data, config
    return None


def _sources(data_dir: Path, dataset_id: str) -> Iterator[RecordingsConfig]:
    for run in RunStore(data_dir).all():
        try:
            source = run.config.source
        except RunFileError:
            continue
        if isinstance(source, RecordingsConfig) and source.dataset == dataset_id:
            yield source


def _described(config: RecordingsConfig, arrays: dict[str, np.ndarray]) -> DataSet:
    return DataSet(
        name=config.name,
        signals=arrays["signals"],
        recordings=arrays["recordings"],
        conditions=arrays["conditions"],
        columns=config.columns,
        sampling_rate=config.sampling_rate,
        unit=config.unit,
        is_rate_known=config.is_rate_known,
        levels=config.levels or (),
    )
