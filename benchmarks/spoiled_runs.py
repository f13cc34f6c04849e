"""Run directories, changed by hand at random: whatever a page or a command reads of one is read, or refused in a sentence.

python -m benchmarks.spoiled_runs --count 2000 --visits 40
"""

import argparse
import logging
import os
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from benchmarks._binary_files import spoiled
from core.demos.replay import replay
from core.errors import WavetwinError
from core.examples import folders
from core.presentation import report_page, training_plots
from core.store.orders import Order
from core.store.run import Run
from core.store.runs import RunStore
from core.upkeep.doctor import examine

FILES = (
    "config.json",
    "status.json",
    "metrics.jsonl",
    "fidelity.json",
    "usefulness.json",
    "name.txt",
    "origin.txt",
    "reals.npy",
    "surrogate.safetensors",
    "snapshots/*.npy",
    "stages/*",
    "checkpoints/*",
)
JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    10**18,
    1e308,
    -0.5,
    "",
    "x",
    "\u0000",
    "9" * 400,
    [],
    {},
    [[]],
    [None],
    {"a": 1},
    "nan",
)
PAGES = ("home", "how", "signals", "train", "fidelity", "spot", "generate", "anomalies", "explore", "runs")
FRAME = Path(__file__).parent.parent / "pages" / "frame.py"
UNFORESEEN = "Something went wrong on this page"


def copied(number: int, data_dir: Path) -> Run:
    """A copy of one of the examples, with few of its snapshots."""

    def left_out(folder: str, names: list[str]) -> list[str]:
        return [name for index, name in enumerate(sorted(names)) if index % 20 and folder.endswith("snapshots")]

    path = data_dir / "runs" / f"20260101-120000-{number:04x}"
    return Run(shutil.copytree(folders()[number % 2], path, ignore=left_out))


def spoil(run: Run, rng: np.random.Generator) -> str:
    """Change a few files of a run; returns which."""
    changed = []
    for _ in range(int(rng.integers(1, 4))):
        found = sorted(run.path.glob(FILES[int(rng.integers(0, len(FILES)))]))
        files = [file for file in found if file.is_file()]  # the change before may have made it a folder
        if not files:
            continue
        file = files[int(rng.integers(0, len(files)))]
        _spoil_file(file, rng)
        changed.append(file.name)
    return ", ".join(changed)


def _spoil_file(file: Path, rng: np.random.Generator) -> None:
    kind = rng.random()
    if kind < 0.04:
        file.unlink()
    elif kind < 0.06:
        file.unlink()
        file.mkdir()
    elif kind < 0.08:
        file.write_bytes(b"")
    elif file.suffix == ".json" and kind < 0.8:
        file.write_bytes(_spoiled_json(file.read_bytes(), rng))
    elif file.suffix == ".npy" and kind < 0.5:
        _save_other_array(file, rng)
    elif file.suffix == ".jsonl" and kind < 0.6:
        lines = file.read_bytes().splitlines()
        place = int(rng.integers(0, len(lines)))
        lines[place] = _spoiled_json(lines[place], rng)
        file.write_bytes(b"\n".join(lines))
    else:
        file.write_bytes(spoiled(file.read_bytes(), rng))


def _spoiled_json(content: bytes, rng: np.random.Generator) -> bytes:
    """The same JSON with other values in some places."""
    try:
        whole = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content[: len(content) // 2]
    for _ in range(int(rng.integers(1, 4))):
        places = list(_places(whole))
        if not places:
            break
        holder, key = places[int(rng.integers(0, len(places)))]
        if rng.random() < 0.2:
            del holder[key]
        elif isinstance(holder[key], int | float) and rng.random() < 0.4:
            holder[key] = holder[key] * [-1, 0, 1000, 0.5][int(rng.integers(0, 4))]
        else:
            holder[key] = JUNK[int(rng.integers(0, len(JUNK)))]
    return orjson.dumps(whole)


def _places(value: Any) -> Any:
    """Every place in JSON as its holder and key; of long lists a few."""
    if isinstance(value, dict):
        for key in value:
            yield value, key
            yield from _places(value[key])
    elif isinstance(value, list):
        for index in range(min(4, len(value))):
            yield value, index
            yield from _places(value[index])


def _save_other_array(file: Path, rng: np.random.Generator) -> None:
    """An array of another shape or type, or with other values."""
    shapes = ((0,), (), (16, 1, 299), (16, 300), (1, 1, 300), (16, 2, 300), (0, 1, 300))
    array: Any = rng.normal(size=shapes[int(rng.integers(0, len(shapes)))])
    kind = int(rng.integers(0, 6))
    if kind == 0:
        array = array.astype(str)
    elif kind == 1:
        array = array.astype(complex)
    elif kind == 2:
        array = np.full((16, 1, 300), np.nan, np.float32)
    elif kind == 3:
        array = np.full((16, 1, 300), 1e38, np.float32)
    elif kind == 4:
        array = np.zeros((16, 1, 300), bool)
    np.save(file, array)


def readings(run: Run) -> dict[str, Callable[[], object]]:
    """What pages, routes and commands read of a run."""
    return {
        "list": lambda: RunStore(run.data_dir).readable(),
        "name": lambda: (run.name, run.origin, run.created_at),
        "metrics": lambda: [run.metrics.last(name) for name in ("d_loss", "distance", "diversity", "accuracy")],
        "curves": lambda: curves(run),
        "arrays": lambda: (run.reals, run.snapshots.last, run.stages.all()),
        "twin": lambda: run.load_surrogate().sample(2),
        "order": lambda: Order(run, 2).card(),
        "report": lambda: run.report and report_page.as_html(run.report) and report_page.as_csv(run.report),
        "usefulness": lambda: run.usefulness,
        "checkpoints": lambda: run.checkpoints.load(),
        "replay": lambda: replay(run).as_json(),
        "doctor": lambda: examine(run.data_dir),
    }


def curves(run: Run) -> None:
    """The charts of page Train."""
    metrics, n_steps = run.metrics, run.config.training.steps
    training_plots.losses(metrics, n_steps, 0.5, run.config.training.loss)
    training_plots.certainty(metrics, n_steps, 0.5)
    training_plots.distances(metrics, n_steps)
    training_plots.told_apart(metrics, n_steps)


def failures(count: int, seed: int = 0) -> tuple[list[str], int]:
    """Which readings of `count` spoiled runs ended in other than an answer or a sentence, and how many were refused."""
    rng = np.random.default_rng(seed)
    wrong, n_refused = [], 0
    with tempfile.TemporaryDirectory(prefix="wavetwin-spoiled-") as base:
        for number in range(count):
            run = copied(number, Path(base))
            changed = spoil(run, rng)
            for name, read in readings(run).items():
                try:
                    read()
                except WavetwinError:
                    n_refused += 1
                except Exception as error:
                    place = traceback.extract_tb(error.__traceback__)[-1]
                    own = next(
                        (
                            one
                            for one in reversed(traceback.extract_tb(error.__traceback__))
                            if "/core/" in one.filename
                        ),
                        place,
                    )
                    at = f"{Path(own.filename).name}:{own.lineno}"
                    wrong.append(f"{name}: {type(error).__name__} at {at}: {str(error)[:100]} ({changed})")
            shutil.rmtree(run.path)
    return wrong, n_refused


def page_failures(count: int, seed: int = 0) -> list[str]:
    """The pages that raised something nobody foresaw, each visited with `count` spoiled runs in turn."""
    from streamlit.testing.v1 import AppTest

    rng = np.random.default_rng(seed + 1)
    wrong = []
    for number in range(count):
        with tempfile.TemporaryDirectory(prefix="wavetwin-spoiled-") as base:
            os.environ["WAVETWIN_DATA"] = base
            run = copied(number, Path(base))
            changed = spoil(run, rng)
            session = AppTest.from_file(FRAME, default_timeout=600).run()
            for page in PAGES:
                session.query_params["run"] = run.id
                session.switch_page(f"{page}.py").run()
                if session.exception or any(UNFORESEEN in error.value for error in session.error):
                    wrong.append(f"page {page} ({changed}): {[one.message for one in session.exception]}")
    return wrong


def main() -> int:
    """Print what came of it; 1 where anything crashed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=2000, help="spoiled runs of which everything is read")
    parser.add_argument("--visits", type=int, default=40, help="spoiled runs that every page is visited with")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    np.seterr(all="ignore")
    wrong, n_refused = failures(options.count, options.seed)
    n_readings = options.count * len(readings(Run(folders()[0])))
    print(
        f"{options.count:,} spoiled runs: {n_readings:,} readings, {n_refused:,} refused, {len(wrong):,} crashed",
        flush=True,
    )
    if options.visits:
        on_pages = page_failures(options.visits, options.seed)
        print(f"{options.visits:,} spoiled runs on {len(PAGES)} pages: {len(on_pages):,} crashed")
        wrong += on_pages
    print("\n".join(sorted(set(wrong))))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
