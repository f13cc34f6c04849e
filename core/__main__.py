"""Wavetwin without a screen: `python -m core train | generate | evaluate | replay | runs | export-config`.

Runs land in the same run directories as the dashboard's, which shows them live. Exit codes: 0 done, 1 the training
failed, 2 something in the command is wrong (one sentence says what), 130 interrupted and resumable.
"""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import orjson
from tqdm import tqdm

from core import formatting
from core.config import PRESETS, RecordingsConfig, RunConfig, changed, load_config, preset_config
from core.demos import replay_page
from core.demos.replay import replay as replay_of
from core.errors import RunFileError, WavetwinError
from core.generation.conditions import parsed, unseen
from core.generation.export import FORMATS, Content, encode
from core.jobs.evaluation import evaluate_run
from core.jobs.training import execute, requested_state
from core.presentation import report_page
from core.recordings.import_files import taken_in
from core.signals import Batch
from core.store.datasets import DataSetStore, open_source
from core.store.runs import Run, RunStore, State, Status


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except WavetwinError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def train(options: argparse.Namespace) -> int:
    """Train a new run, or go on with one."""
    store = RunStore()
    if options.resume is not None and (
        options.steps is not None or options.seed is not None or options.name or options.data or options.condition
    ):
        raise WavetwinError(
            "A resumed run keeps its settings, its source and its name; leave out --steps, --seed, --name, --data and "
            "--condition."
        )
    run = (
        store.get(options.resume)
        if options.resume is not None
        else store.create(_training_config(options), options.name)
    )
    run.claim()
    try:
        status = _train_with_progress(run)
    finally:
        run.release()
    result: dict[str, Any] = {"run_id": run.id, "name": run.name, **status.model_dump(exclude={"updated_at"})}
    result["steps"] = result.pop("step")
    result["distance"] = run.load_surrogate().distance if run.has_surrogate else None
    _say(options, result, f"Run {run.id} is {status.state} after {formatting.quantity(status.step, 'step')}.")
    if status.state is State.FAILED:
        print(status.error, file=sys.stderr)
        return 1
    return 130 if status.state is State.INTERRUPTED else 0


def generate(options: argparse.Namespace) -> int:
    """Write signals of a run to a file."""
    if options.count < 1:
        raise WavetwinError(f"The count is {options.count}; give 1 or more.")
    if options.seed < 0:
        raise WavetwinError(f"The seed is {options.seed}; give 0 or more.")
    run = RunStore().get(options.run)
    pieces = _asked_for(run, options)
    started = time.perf_counter()
    with tqdm(total=options.count, unit=" signals", unit_scale=True, disable=None) as bar:
        n_bytes = _write(
            options.out, encode(_shown(pieces, bar), options.count, Content.of(run.config), options.format)
        )
    seconds = time.perf_counter() - started
    result = {
        "run_id": run.id,
        "path": str(options.out),
        "count": options.count,
        "bytes": n_bytes,
        "seconds": seconds,
    }
    _say(
        options,
        result,
        f"{formatting.quantity(options.count, 'signal')} in {options.out} ({formatting.size(n_bytes)}) after "
        f"{formatting.duration(seconds)}.",
    )
    return 0


def _asked_for(run: Run, options: argparse.Namespace) -> Iterator[Batch]:
    """The signals that `generate` writes; a wish beyond what the training saw is warned of."""
    texts = dict(_named(text) for text in options.condition)
    if options.real:
        if texts:
            raise WavetwinError("Real signals come as they are; leave out --condition, or leave out --real.")
        return open_source(run.config, run.data_dir).stream(options.count, options.seed)
    wishes = parsed(run.config.columns, texts)
    for sentence in unseen(run.config.columns, wishes):
        print(sentence, file=sys.stderr)
    return run.load_surrogate().stream(options.count, options.seed, wishes)


def _named(text: str) -> tuple[str, str]:
    """“amplitude=2..4” as name and wish."""
    name, sign, wish = text.partition("=")
    if not sign:
        raise WavetwinError(f"“{text}” is no condition; give its name and what you want, as in amplitude=2..4.")
    return name.strip(), wish.strip()


def evaluate(options: argparse.Namespace) -> int:
    """Measure how true the twin of a run is, and keep the report with the run."""
    run = RunStore().get(options.run)
    with tqdm(total=100, unit=" %", disable=None, bar_format="{l_bar}{bar}| {desc}") as bar:

        def show(share: float, title: str) -> None:
            bar.set_description_str(title, refresh=False)
            bar.update(round(100 * share) - bar.n)

        report = evaluate_run(run, options.quick, on_progress=show)
    if options.html:
        _write(options.html, iter([report_page.as_html(report).encode()]), "--html")
    result = report.model_dump(mode="json", exclude={"evidence"})
    verdict = report.verdict
    _say(options, result, f"{verdict.level}. {verdict.sentence} {verdict.advice}")
    return 0


def replay(options: argparse.Namespace) -> int:
    """Write how a run learned as a page that plays it, or as a picture that moves."""
    form = options.out.suffix.lower().removeprefix(".")
    if form not in replay_page.MEDIA_TYPES:
        raise WavetwinError(f"{options.out} is neither a page nor a picture; let its name end in .html or .gif.")
    run = RunStore().get(options.run)
    found = replay_of(run, options.channel - 1)
    n_bytes = _write(options.out, iter([replay_page.encoded(found, form)]))
    result = {"run_id": run.id, "path": str(options.out), "snapshots": len(found.steps), "bytes": n_bytes}
    text = formatting.quantity(len(found.steps), "snapshot")
    _say(options, result, f"{text} in {options.out} ({formatting.size(n_bytes)}).")
    return 0


def runs(options: argparse.Namespace) -> int:
    """List all runs."""
    good, broken = RunStore().readable()
    rows = [_row(run) for run in good]
    lines = [
        f"{row['run_id']}  {row['state']:<11}  {row['steps']:>9,} / {row['of_steps']:<9,}  {row['name']}"
        for row in rows
    ]
    for sentence in broken.values():
        print(sentence, file=sys.stderr)
    _say(options, {"runs": rows, "broken": broken}, "\n".join(lines) or "There are no runs yet; train one.")
    return 0


def export_config(options: argparse.Namespace) -> int:
    """Print the settings of a preset or a run, to be edited and trained with --config."""
    config = RunStore().get(options.run).config if options.run is not None else preset_config(options.preset)
    text = config.model_dump_json(indent=2) + "\n"
    if options.out:
        _write(options.out, iter([text.encode()]))
    else:
        print(text, end="")
    return 0


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
    """Files of recordings as a data set that is kept; what was found in them is told."""
    files = []
    for path in options.data:
        try:
            files.append((path.name, path.read_bytes()))
        except OSError as error:
            raise WavetwinError(f"{path} cannot be read ({error.strerror}); check its name and place.") from None
    given = {"sampling_rate": options.rate, "unit": options.unit, "window": options.window, "hop": options.hop}
    prepared = taken_in(files, **{name: value for name, value in given.items() if value is not None})
    for finding in prepared.findings:
        print(finding.sentence, file=sys.stderr)
    return DataSetStore().keep(prepared.data)


def _train_with_progress(run: Run) -> Status:
    """Train until the end, a request, or a signal, which saves the run as interrupted."""
    interrupted = False

    def interrupt(*_: object) -> None:
        nonlocal interrupted
        interrupted = True

    previous = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with tqdm(total=run.config.training.steps, unit=" steps", disable=None) as bar:

            def show(status: Status) -> None:
                bar.set_description(status.phase)
                bar.update(status.step - bar.n)

            return execute(run, lambda: State.INTERRUPTED if interrupted else requested_state(run), show)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _row(run: Run) -> dict[str, Any]:
    status = run.status
    return {
        "run_id": run.id,
        "name": run.name,
        "state": status.state,
        "preset": run.config.preset,
        "steps": status.step,
        "of_steps": run.config.training.steps,
        "seconds": status.seconds,
        "distance": run.metrics.last("distance"),
        "error": status.error,
    }


def _shown(pieces: Iterator[Batch], bar: "tqdm[NoReturn]") -> Iterator[Batch]:
    for piece in pieces:
        yield piece
        bar.update(len(piece))


def _write(path: Path, content: Iterator[bytes], option: str = "--out") -> int:
    """Write a file that is there whole or not at all; returns its size in bytes."""
    if not path.name or path.is_dir():
        raise RunFileError(f"{path} is a folder; name a file with {option}.")
    temporary = path.with_name(f".{path.name}.part")
    n_bytes = 0
    try:
        with temporary.open("wb") as file:
            for piece in content:
                n_bytes += file.write(piece)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RunFileError(
            f"{path} cannot be written ({error.strerror}); choose another place with {option}, or make room there."
        ) from None
    return n_bytes


def _say(options: argparse.Namespace, result: dict[str, Any], sentence: str) -> None:
    """The result, for a program or for a person."""
    print(orjson.dumps(result).decode() if options.json else sentence)


class _Parser(argparse.ArgumentParser):
    """Answers a wrong command with one sentence."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[0].upper()}{message[1:]}. See: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m core", description="Train twins of a signal source and generate signals.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND", parser_class=_Parser)

    def command(name: str, function: Callable[[argparse.Namespace], int]) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=function.__doc__, description=function.__doc__)
        sub.set_defaults(command=function)
        return sub

    sub = command("train", train)
    start = sub.add_mutually_exclusive_group()
    start.add_argument("--preset", choices=PRESETS, default="standard", help="settings to start from (%(default)s)")
    start.add_argument("--config", type=Path, metavar="FILE", help="settings from a file, see export-config")
    start.add_argument("--resume", metavar="RUN", help="go on with a run from its last checkpoint")
    sub.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="recordings instead of the simulator: tables (CSV, TSV, Parquet), NumPy, MATLAB, WAV or FLAC",
    )
    sub.add_argument(
        "--rate", type=float, metavar="HZ", help="samples per second of the recordings, where no file says"
    )
    sub.add_argument("--unit", metavar="TEXT", help="unit of the recordings' values")
    sub.add_argument("--window", type=int, metavar="N", help="cut the recordings into signals of N samples")
    sub.add_argument("--hop", type=int, metavar="N", help="samples from one signal's beginning to the next")
    sub.add_argument(
        "--condition",
        action="append",
        default=[],
        metavar="COL",
        help="what the twin can be asked for: a column of the recordings, or amplitude, angular_frequency or bias",
    )
    sub.add_argument("--steps", type=int, metavar="N", help="updates of each network")
    sub.add_argument("--seed", type=int, metavar="S", help="same seed, same twin")
    sub.add_argument("--name", default="", metavar="TEXT", help="what to call the run")
    _add_json(sub)

    sub = command("generate", generate)
    sub.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    sub.add_argument("--count", type=int, default=100_000, metavar="N", help="how many signals (%(default)s)")
    sub.add_argument("--seed", type=int, default=0, metavar="S", help="same seed, same signals (%(default)s)")
    sub.add_argument("--format", choices=FORMATS, default="csv", help="file format (%(default)s)")
    sub.add_argument("--real", action="store_true", help="real signals of the run's source, for comparison")
    sub.add_argument(
        "--condition",
        action="append",
        default=[],
        metavar="NAME=WISH",
        help="ask for a value (load=5), a range (load=2..4) or classes (state=a,b); as they occur where not given",
    )
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    _add_json(sub)

    sub = command("evaluate", evaluate)
    sub.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    sub.add_argument("--quick", action="store_true", help="fewer signals and measures: some ten seconds")
    sub.add_argument("--html", type=Path, metavar="FILE", help="the report as a page, pictures and all")
    _add_json(sub)

    sub = command("replay", replay)
    sub.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    sub.add_argument("--channel", type=int, default=1, metavar="C", help="which channel to show (%(default)s)")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write, .html or .gif")
    _add_json(sub)

    sub = command("runs", runs)
    _add_json(sub)

    sub = command("export-config", export_config)
    origin = sub.add_mutually_exclusive_group()
    origin.add_argument("--preset", choices=PRESETS, default="standard", help="settings of a preset (%(default)s)")
    origin.add_argument("--run", metavar="RUN", help="settings of a run")
    sub.add_argument("--out", type=Path, metavar="FILE", help="file to write, instead of printing")
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


if __name__ == "__main__":
    sys.exit(main())
