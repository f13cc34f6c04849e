"""What tests of data sets share."""

import numpy as np
import pytest

from core.config import Column
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore

COLUMNS = (Column(name="load", unit="N·m", maximum=9.0), Column(name="state", classes=("good", "worn")))
N = 40


@pytest.fixture
def data() -> DataSet:
    """Twenty recordings of two signals each."""
    rng = np.random.default_rng(0)
    return DataSet(
        name="Pump",
        signals=rng.normal(size=(N, 2, 16)).astype(np.float32),
        recordings=np.arange(N) // 2,
        conditions=np.stack([rng.uniform(0, 9, N), np.arange(N) % 2], axis=1),
        columns=COLUMNS,
        sampling_rate=250.0,
        unit="bar",
        story="From one file.",
    )


@pytest.fixture
def datasets(tmp_path) -> DataSetStore:
    return DataSetStore(tmp_path)


@pytest.fixture
def dataset_id(datasets, data) -> str:
    return datasets.keep(data).dataset
