"""Train a new run, or continue one."""

import argparse
import signal
import sys
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from core import formatting
from core.commands.output import bar_of_files, files_of, read_settings, say
from core.config import RecordingsConfig, RunConfig, changed, load_config, preset_config
from core.errors import PeerError, WavetwinError
from core.jobs.training import execute, follow, requested_state
from core.scale.engines import ranks_of
from core.store.datasets import DataSetStore
from core.store.intake import take_in
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State, Status
from core.training.peers import ALONE, Peers
from core.training.selection import STOP_SENTENCES, StopReason

if TYPE_CHECKING:
    from core.training.group import Group

ENDINGS = (signal.SIGINT, signal.SIGTERM)
OF_RECORDINGS = (  # options that say how files of recordings are read and cut
    *("rate", "unit", "window", "hop", "skip_unreadable", "layout", "role", "skip", "separator", "decimal"),
    *("encoding", "sheet", "time_unit"),
)


def main(options: argparse.Namespace) -> int:
    """Train a new run, or continue one; several processes that were started alike train it together."""
    rank, size = ranks_of() or (0, 1)
    if size == 1:
        return _lead(options, ALONE)
    from core.training.group import joined

    with joined(rank, size) as group:
        return _follow(group) if rank else _lead(options, group)


def _follow(group: "Group") -> int:
    """Do what rank 0 says, which alone is told to end."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    try:
        follow(group)
    except PeerError as error:
        print(error, file=sys.stderr)
        return 130
    return 0


def _lead(options: argparse.Namespace, peers: Peers) -> int:
    """Train a run alone, or with others that follow."""
    store = RunStore()
    if options.resume is not None and (
        options.steps is not None or options.seed is not None or options.name or options.data or options.condition
    ):
        raise WavetwinError(
            "A resumed run keeps its settings, its source and its name; leave out --steps, --seed, --name, --data and "
            "--condition."
        )
    _check_reading(options)
    run = (
        store.get(options.resume)
        if options.resume is not None
        else store.create(
            _training_config(options), options.name, state=State.INTERRUPTED
        )  # nobody else is to begin it
    )
    run.claim()
    print(f"Training run {run.id}; Ctrl-C saves it, to go on later.", file=sys.stderr)
    try:
        status = _train_with_progress(run, peers)
    finally:
        run.release()
    result: dict[str, Any] = {"run_id": run.id, "name": run.name, **status.model_dump(exclude={"updated_at"})}
    result["steps"] = result.pop("step")
    result["distance"] = run.load_surrogate().distance if run.has_surrogate else None
    say(options, result, _told(run, status))
    if status.error:
        print(status.error, file=sys.stderr)
    if status.state is State.FAILED:
        return 1
    return 130 if status.state is State.INTERRUPTED else 0


def _told(run: Run, status: Status) -> str:
    """How the training ended, why, and what can be done next."""
    sentences = [f"Run {run.id} is {status.state} after {formatting.quantity(status.step, 'step')}."]
    if status.stop_reason in list(StopReason):
        sentences.append(STOP_SENTENCES[StopReason(status.stop_reason)].replace("*", ""))
    if status.state is State.INTERRUPTED:
        sentences.append(f"To go on: train --resume {run.id}.")
    elif run.has_surrogate:
        sentences.append(f"Next: evaluate --run {run.id}, and generate --run {run.id} --out signals.csv.")
    return " ".join(sentences)


def _check_reading(options: argparse.Namespace) -> None:
    """Raise WavetwinError where it is said how recordings are read, and none are given."""
    values = {name: getattr(options, name) for name in OF_RECORDINGS}
    given = [name for name, value in values.items() if value not in (None, []) and value is not False]
    if given and not options.data:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise WavetwinError(
            f"Without --data there are no recordings to read; add --data with their files, or leave out {named}."
        )


def _training_config(options: argparse.Namespace) -> RunConfig:
    config = load_config(RunConfig, options.config) if options.config else preset_config(options.preset)
    if options.data:
        config = changed(config, source=_kept(options), conditions=())
    if options.condition:
        config = changed(config, conditions=tuple(options.condition))
    given = {"steps": options.steps, "seed": options.seed}
    chosen = {name: value for name, value in given.items() if value is not None}
    return changed(config, training=config.training.model_dump() | chosen)


def _kept(options: argparse.Namespace) -> RecordingsConfig:
    """Keep files of recordings as a data set, and print what was found in them."""
    given = {"sampling_rate": options.rate, "unit": options.unit, "window": options.window, "hop": options.hop}
    chosen = {name: value for name, value in given.items() if value is not None}
    paths, reading = files_of(options.data), read_settings(options)
    try:
        config, findings = take_in(DataSetStore(), paths, reading, options.skip_unreadable, bar_of_files, **chosen)
    except KeyboardInterrupt:
        print("Interrupted: no data set was kept.", file=sys.stderr)
        raise
    for finding in findings:
        print(finding.sentence, file=sys.stderr)
    return config


def _train_with_progress(run: Run, peers: Peers) -> Status:
    """Train until the last step, a request, or Ctrl-C, which saves the run as interrupted."""
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    previous = {number: signal.signal(number, interrupt) for number in ENDINGS}
    from core.training.phases import phases

    titles = phases(run.config.network.architecture)
    try:
        with tqdm(total=run.config.training.steps, unit=" steps", disable=None) as bar:

            def show(status: Status) -> None:
                bar.set_description(titles[status.phase].title if status.phase in titles else "")
                bar.update(status.step - bar.n)

            return execute(run, lambda: State.INTERRUPTED if interrupted else requested_state(run), show, peers=peers)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
