"""How long one waits for what is cancelled: the most processor time between two looks whether to go on.

    python -m benchmarks.looks

Of a quick and a full report, of the detector of anomalies, of the stages of a training before its first step, each at its usual
size, and of data sets made of large tables. Who cancels waits about so many seconds where the processor has nothing else to do.
"""

import argparse
import tempfile
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

from benchmarks._large_files import FULL, TEXT
from core.config import preset_config
from core.examples import give
from core.interruption import interruptible
from core.jobs.anomalies import detector_of
from core.jobs.evaluation import evaluate_run
from core.networks import use_one_thread
from core.recordings.import_files import import_files
from core.recordings.reading.limits import MAX_BYTES
from core.store.datasets import DataSetStore, open_source
from core.store.run import Run
from core.store.runs import RunStore
from core.training.training import Training

TARGET = 2.0  # s of the processor


class Looks:
    """Counts looks, and remembers the longest time between two and where it ended."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Count anew, from now on."""
        self.count, self.longest, self.place = 0, 0.0, ""
        self.begun = self._last = time.process_time()

    def __call__(self, *_: object) -> None:
        gap = time.process_time() - self._last
        self.count += 1
        if gap > self.longest:
            self.longest = gap
            calls = (one for one in traceback.extract_stack()[:-1] if "/core/" in one.filename)
            own = [one for one in calls if not one.filename.endswith("interruption.py")]
            self.place = f"{Path(own[-1].filename).name}:{own[-1].lineno}" if own else "the end"
        self._last = time.process_time()


def prepare(run: Run, look: Looks) -> None:
    """Initialize the networks of the standard preset on the source of a run."""
    config = preset_config("standard")
    training = Training(config, open_source(config, run.data_dir))
    with interruptible(look):
        for _ in training.events():
            look()
            if training.trainer:
                return


def make_data_set(run: Run, look: Looks, title: str) -> None:
    """Keep the data set of a table as large as a file may be."""
    content = TEXT[title](int(FULL * MAX_BYTES))
    look.begin()
    with interruptible(look):
        DataSetStore(run.data_dir).keep(import_files([("table.csv", content)]).data)


WORK: dict[str, Callable[[Run, Looks], object]] = {
    "quick report": lambda run, look: evaluate_run(run, quick=True, on_progress=look),
    "full report": lambda run, look: evaluate_run(run, on_progress=look),
    "detector of anomalies": detector_of,
    "stages before the first step": prepare,
    **{
        f"data set of a table: {title}": partial(make_data_set, title=title)
        for title in ("rows, 300 columns", "long, 4 columns")
    },
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", nargs="+", choices=WORK, default=list(WORK))
    options = parser.parse_args()
    use_one_thread()
    with tempfile.TemporaryDirectory() as folder:
        give(Path(folder))
        run = next(run for run in RunStore(Path(folder)).all() if run.config.network.architecture == "manifold")
        print(f"| work | CPU seconds | looks | most between two (target: {TARGET:g}) | before |")
        print("|---|---|---|---|---|")
        for name in options.work:
            look = Looks()
            WORK[name](run, look)
            look()
            print(
                f"| {name} | {time.process_time() - look.begun:.0f} | {look.count:,} | {look.longest:.2f} | {look.place} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
