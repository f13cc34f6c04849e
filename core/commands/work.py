"""Train what waits in the queue."""

import argparse
import os
import sys
import time
from functools import partial
from pathlib import Path

import orjson

from core import formatting
from core.errors import ConfigError, RunNotFoundError
from core.jobs.executor import POLL_SECONDS, Executor
from core.jobs.processes import on_signals, side_by_side
from core.scale.engines import Ray
from core.store.paths import named_data_dir
from core.store.queue import waiting
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, Status, WorkerKind


def main(options: argparse.Namespace) -> int:
    """Train runs one after the other, or several at a time; 1 where one of them failed."""
    data_dir = named_data_dir(options.data)
    if options.engine == "ray":
        return _by_ray(data_dir, options)
    devices = _devices(options)
    if len(devices) == 1:
        return _work(data_dir, devices[0], options.until_empty, options.json)
    arguments = [(data_dir, device, options.until_empty, options.json) for device in devices]
    return max(side_by_side(_work_and_exit, arguments))


def _devices(options: argparse.Namespace) -> list[str]:
    """What each worker computes on; empty for what the runs ask for."""
    given = options.devices.split(",") if options.devices else [""]
    for device in given:
        kind, colon, number = device.partition(":")
        if device not in ("", "cpu") and not (kind == "cuda" and number.isdecimal() == bool(colon)):
            raise ConfigError(f"--devices has “{device}”; use cpu, cuda, cuda:0, cuda:1 and so on.")
    _check_cards(given)
    n = len(given) if options.workers is None else options.workers
    if n < 1:
        raise ConfigError(f"--workers is {n}; give 1 or more.")
    return [given[number % len(given)] for number in range(n)]


def _check_cards(devices: list[str]) -> None:
    """Raise ConfigError for a graphics card that is not there."""
    numbers = {device: int(device.partition(":")[2] or 0) for device in devices if device.startswith("cuda")}
    if not numbers:
        return
    from torch.cuda import device_count

    n = device_count()
    is_chosen = "CUDA_VISIBLE_DEVICES" in os.environ  # then others may be there than are counted
    for device, number in numbers.items():
        if n == 0 or (number >= n and not is_chosen):
            raise ConfigError(
                f"--devices has “{device}”, but {formatting.quantity(n, 'CUDA device')} can be used on this machine; give "
                "others, such as cpu, or leave out --devices."
            )


def _work_and_exit(data_dir: Path, device: str, until_empty: bool, as_json: bool) -> None:
    sys.exit(_work(data_dir, device, until_empty, as_json))


def _work(data_dir: Path, device: str, until_empty: bool, as_json: bool) -> int:
    """Be one worker."""
    _show_only(device)
    failed = False

    def on_end(run: Run, status: Status) -> None:
        nonlocal failed
        failed = failed or status.state is State.FAILED
        _say(run, status, as_json)

    executor = Executor(RunStore(data_dir), WorkerKind.WORK)
    with on_signals(executor.end):
        executor.work(until_empty, on_end)
    return int(failed)


def _show_only(device: str) -> None:
    """Let this process see one graphics card, or none; CUDA looks at that when it is first used."""
    kind, _, number = device.partition(":")
    if kind == "cpu" or number:
        os.environ["CUDA_VISIBLE_DEVICES"] = number


def _by_ray(data_dir: Path, options: argparse.Namespace) -> int:
    """Have what waits trained by tasks on a Ray cluster whose machines all see the data folder; then look again."""
    if options.workers is not None:
        raise ConfigError("A Ray cluster has as many workers as it has CPUs; leave out --workers.")
    n_gpus = int("cuda" in (options.devices or ""))
    store, failed = RunStore(data_dir.resolve()), False
    while True:
        ids = [run.id for run in waiting(store)]
        if ids:
            engine = Ray(partial(_train_task, store.root.parent, ids), options.address, n_gpus)
            for index in range(len(ids)):
                engine.submit(index)
            for run_id, status in engine.results():
                if status:
                    failed = failed or status.state is State.FAILED
                    _say(store.get(run_id), status, options.json)
        elif options.until_empty:
            return int(failed)
        else:
            time.sleep(POLL_SECONDS)


def _train_task(data_dir: Path, ids: list[str], index: int) -> tuple[str, Status | None]:
    """Train a run if it still waits, on any machine of a cluster."""
    try:
        return ids[index], Executor(RunStore(data_dir), WorkerKind.RAY).train(ids[index])
    except RunNotFoundError:  # deleted since
        return ids[index], None


def _say(run: Run, status: Status, as_json: bool) -> None:
    result = {"run_id": run.id, "name": run.name, "state": status.state, "steps": status.step, "error": status.error}
    sentence = f"Run {run.id} ({run.name}) is {status.state} after {formatting.quantity(status.step, 'step')}."
    print(orjson.dumps(result).decode() if as_json else sentence, flush=True)
