"""Memory that a data set takes, however large it is: measured in processes of their own."""

import subprocess
import sys

import numpy as np
import pytest

N_SAMPLES = 4096
SMALL, LARGE = 2_000, 12_000  # signals: 33 and 197 MB
ROOM = 60_000_000  # bytes by which two processes may differ that do the same

WORK = """
import resource, sys
from pathlib import Path
import numpy as np
from core.recordings import one_by_one
from core.signals.recordings import Recordings
from core.store.datasets import DataSetStore
from core.store.intake import take_in

one_by_one.MAX_BYTES = 1_000_000
folder = Path(sys.argv[1])
store = DataSetStore(folder / "data")
config, _ = take_in(store, sorted((folder / "files").iterdir()))
source = Recordings(config, store.load(config))
rng = np.random.default_rng(0)
for _ in range(20):
    source.batch(256, rng)  # 80 MB of them, from all over the file
source.distinct(1024, rng), source.held_out(256, 0), source.fresh(256, 0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024))
"""


def peak(folder, n_signals: int) -> int:
    """Bytes that a process takes at most that takes recordings in and draws from them."""
    files = folder / "files"
    files.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for index in range(n_signals // 500):
        np.save(files / f"{index:03d}.npy", rng.standard_normal((500, 1, N_SAMPLES), np.float32))
    found = subprocess.run([sys.executable, "-c", WORK, folder], check=True, capture_output=True, text=True)
    return int(found.stdout)


@pytest.mark.slow
def test_a_larger_data_set_takes_no_more_memory(tmp_path):
    small, large = peak(tmp_path / "small", SMALL), peak(tmp_path / "large", LARGE)
    n_bytes = 4 * N_SAMPLES * (LARGE - SMALL)
    assert large < small + ROOM < small + n_bytes / 2
