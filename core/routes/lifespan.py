"""What happens when the server starts and ends."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio import to_thread

from core.examples import give
from core.jobs.evaluation import EvaluationManager
from core.jobs.training import JobManager
from core.store.paths import default_data_dir
from core.training.cost import machine_pace


@asynccontextmanager
async def lifespan(_app: object) -> AsyncIterator[None]:
    """Around the server's life: ready to show and to train when it starts, training saved when it ends."""
    await to_thread.run_sync(give, default_data_dir())
    manager = JobManager.of(default_data_dir())
    await to_thread.run_sync(_warm_up)
    yield
    # A live torch thread would abort the interpreter's exit.
    await to_thread.run_sync(EvaluationManager.of(default_data_dir()).shutdown)
    await to_thread.run_sync(manager.shutdown)


def _warm_up() -> None:
    """Do what is slow the first time, and take all that it loads from the garbage collector's rounds."""
    machine_pace()  # with torch's first optimiser
    gc.collect()
    gc.freeze()
