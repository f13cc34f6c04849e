"""What Wavetwin is killed at, each kind of work as a function of a trial's folder, and what is seen of that folder afterwards."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import orjson

from core.commands.output import write
from core.config import ArticleConfig, RunConfig, SimulatorConfig, TrainingConfig
from core.demos import replay_page
from core.demos.replay import replay
from core.errors import WavetwinError
from core.jobs.evaluation import evaluate_run
from core.jobs.training import execute
from core.recordings.import_files import import_files
from core.scale import shards
from core.scale.engines import InProcess
from core.scale.plan import Maker, Plan
from core.store.datasets import DataSetStore
from core.store.orders import Order
from core.store.run import Run
from core.store.runs import RunStore
from core.store.saved_sources import SavedSources
from core.store.status import State
from core.upkeep.backup import back_up
from core.upkeep.doctor import examine
from core.upkeep.restore import restore
from tests.small import EVALUATIONS

NEW, DONE = "20260101-120000-0000", "20260101-120001-0000"  # the ids of a run to train and of a trained one
CREATED, SOURCE = "A created run", "Mine"
SMALL = EVALUATIONS | {  # so that a trial takes a second and not twenty
    "core.fidelity.report.N_QUICK": 100,
    "core.jobs.evaluation.N_FULL": 100,
}
CONFIG = RunConfig(
    preset="article",
    source=SimulatorConfig(n_samples=32),
    network=ArticleConfig(hidden_size=8, discriminator_sizes=(16,)),
    training=TrainingConfig(batch_size=16, steps=60, n_eval=20, checkpoint_every=20, device="cpu"),
)
CSV = "\n".join(
    ",".join(f"{value:.3f}" for value in row) for row in np.random.default_rng(0).normal(size=(3000, 64))
).encode()
OTHER_CSV = CSV[: len(CSV) // 3]
Do = Callable[[Path], object]


def run_of(folder: Path, run_id: str) -> Run:
    """A run of the data folder `data` in a trial's folder."""
    return RunStore(folder / "data").get(run_id)


def train(folder: Path) -> None:
    """Train the new run; raises what a user would be told."""
    run = run_of(folder, NEW)
    run.claim()
    try:
        status = execute(run)
    finally:
        run.release()
    if status.state is State.FAILED or status.state is not run.status.state:
        raise WavetwinError(status.error or "The status could not be written.")


def keep(folder: Path, content: bytes = CSV) -> None:
    """Import a file as a data set."""
    DataSetStore(folder / "data").keep(import_files([("signals.csv", content)]).data)


def evaluate(folder: Path) -> None:
    """Measure the trained run."""
    evaluate_run(run_of(folder, DONE), quick=True)


def export(folder: Path) -> None:
    """Write an order of signals."""
    write(folder / "signals.csv", Order(run_of(folder, DONE), 20_000).encoded("csv"))


def export_replay(folder: Path) -> None:
    """Write the replay."""
    write(folder / "replay.html", iter([replay_page.encoded(replay(run_of(folder, DONE), 0), "html")]))


def export_shards(folder: Path) -> None:
    """Write signals in shards."""
    surrogate, address = run_of(folder, DONE).surrogate_file.read_bytes(), str(folder / "shards")
    plan = Plan(
        surrogate_sha256=shards.digest(surrogate),
        seed=0,
        file_kind="npy",
        count=5_000,
        per_shard=1_024,
        made_by=Maker.this(),
    )
    shards.begin(address, plan, surrogate)
    list(shards.write_missing(address, InProcess))
    shards.finish(address)


def keep_source(folder: Path) -> None:
    """Keep settings of the simulator under a name that is there."""
    SavedSources(folder / "data").save(SOURCE, SimulatorConfig(n_samples=64))


def delete_data_set(folder: Path) -> None:
    """Delete the only data set."""
    store = DataSetStore(folder / "data")
    store.delete(store.ids()[0])


def rename_data_set(folder: Path) -> None:
    """Rename the only data set."""
    store = DataSetStore(folder / "data")
    store.rename(store.ids()[0], "Another name")


WORK: dict[str, Do] = {
    "train": train,
    "import a data set": keep,
    "evaluate": evaluate,
    "export signals": export,
    "export a replay": export_replay,
    "export shards": export_shards,
    "create a run": lambda folder: RunStore(folder / "data").create(CONFIG, CREATED),
    "keep settings of a source": keep_source,
    "rename a run": lambda folder: run_of(folder, DONE).rename("Another name"),
    "delete a run": lambda folder: RunStore(folder / "data").delete(DONE),
    "rename a data set": rename_data_set,
    "delete a data set": delete_data_set,
    "back up": lambda folder: back_up(folder / "data", folder / "backup.tar.gz"),
    "restore": lambda folder: restore(folder / "other.tar", folder / "data"),
}


def template(folder: Path) -> None:
    """What each trial begins with: a new run, a trained one, a data set, and a backup of another data folder."""
    store = RunStore(folder / "data")
    for run_id in (NEW, DONE):
        store.create(CONFIG, "A run").path.rename(store.root / run_id)
    keep(folder, OTHER_CSV)
    SavedSources(folder / "data").save(SOURCE, SimulatorConfig(n_samples=32))
    other = folder.parent / "other"
    keep(other)
    RunStore(other / "data").create(CONFIG, "Another run")
    back_up(other / "data", folder / "other.tar")
    run = run_of(folder, DONE)
    run.claim()
    execute(run)
    run.release()


def facts(folder: Path) -> dict[str, str]:
    """What somebody sees in a trial's folder, by what it is of; raises AssertionError where anything is half done."""
    data_dir = folder / "data"
    runs, broken = RunStore(data_dir).readable()
    assert not broken, broken
    losses = [finding for finding in examine(data_dir).findings if finding.kind.is_loss]
    assert not losses, losses
    seen = {
        f"run {CREATED if run.name == CREATED else run.id}": f"{run.name}, {'judged' if run.report else 'not judged'}"
        for run in runs
    }
    seen["source"] = str(SavedSources(data_dir).load(SOURCE).n_samples)
    if (folder / "shards" / shards.MANIFEST).exists():
        assert not shards.verify(str(folder / "shards"))[1]
        seen["shards"] = "whole"
    store = DataSetStore(data_dir)
    assert len(store.all()) == len(store.ids())
    seen |= {f"data set {kept.config.dataset}": kept.config.name for kept in store.all()}
    for name in ("signals.csv", "replay.html"):
        if (folder / name).exists():
            seen[name] = str((folder / name).stat().st_size)
    if (folder / "backup.tar.gz").exists():
        restore(folder / "backup.tar.gz", folder / "restored")
        seen["backup"] = "whole"
    return seen


def learned(folder: Path) -> list[str]:
    """What the new run has learned, as digests."""
    run = run_of(folder, NEW)
    steps = {name: [part.tolist() for part in run.metrics[name]] for name in ("d_loss", "g_loss", "distance")}
    return [run.surrogate_file.read_bytes().hex(), orjson.dumps(steps).decode()]
