"""Wavetwin without a screen: `python -m core COMMAND …`. This file defines what can be said; core/commands/ does it.

Runs land in the same run directories as the dashboard's, which shows them live. Exit codes: 0 done, 1 the training
failed or the doctor found a loss, 2 something in the command is wrong (one sentence says what), 130 interrupted and resumable,
141 nobody reads on, as after `| head`.
"""

import argparse
import io
import logging
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from core.config import PRESETS
from core.errors import WavetwinError
from core.generation.export import FORMATS
from core.version import __version__


def wavetwin() -> int:
    """The command `wavetwin` of an installation; alone it opens the dashboard."""
    return main(sys.argv[1:] or ["dashboard"], "wavetwin")


def main(arguments: list[str] | None = None, program: str = "python -m core") -> int:
    """Do what the command line says; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # what the terminal's encoding lacks
    options = command_line(program).parse_args(arguments)
    try:
        command = import_module(f"core.commands.{options.command.replace('-', '_')}")  # only now, for it may load torch
        code = int(command.main(options))
        sys.stdout.flush()
        return code
    except WavetwinError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is flushed at the end
        return 141


class _Parser(argparse.ArgumentParser):
    """Answers a wrong command with one sentence."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[0].upper()}{message[1:]}. See: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def command_line(program: str = "python -m core") -> argparse.ArgumentParser:
    """Everything that can be said on the command line."""
    parser = _Parser(prog=program, description="Train twins of a signal source and generate signals.")
    parser.add_argument("--version", action="version", version=f"Wavetwin {__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND", parser_class=_Parser)
    for name, (sentence, add_arguments) in COMMANDS.items():
        add_arguments(commands.add_parser(name, help=sentence, description=sentence))
    return parser


def _dashboard(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on (8501)")
    parser.add_argument(
        "--address",
        metavar="HOST",
        help="address to listen on (127.0.0.1: this machine only); 0.0.0.0 lets the whole network in",
    )
    parser.add_argument("--no-browser", action="store_true", help="only serve; the address is printed")


def _train(parser: argparse.ArgumentParser) -> None:
    start = parser.add_mutually_exclusive_group()
    start.add_argument("--preset", choices=PRESETS, default="standard", help="settings to start from (%(default)s)")
    start.add_argument("--config", type=Path, metavar="FILE", help="settings from a file, see export-config")
    start.add_argument("--resume", metavar="RUN", help="continue a run from its last checkpoint")
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="files of recordings to train on, folders of them or patterns such as 'run*.npy', instead of the simulator",
    )
    _skipping(parser)
    _reading(parser)
    parser.add_argument(
        "--rate", type=float, metavar="HZ", help="sampling rate of the recordings, if the files do not say it"
    )
    parser.add_argument("--unit", metavar="TEXT", help="unit of the recordings' values")
    parser.add_argument("--window", type=int, metavar="N", help="cut the recordings into signals of N samples")
    parser.add_argument(
        "--hop", type=int, metavar="N", help="samples from the start of one signal to the start of the next"
    )
    parser.add_argument(
        "--condition",
        action="append",
        default=[],
        metavar="COL",
        help="what you can ask the twin for later: a column of the recordings, or amplitude, angular_frequency or bias",
    )
    parser.add_argument("--steps", type=int, metavar="N", help="updates of each network")
    parser.add_argument("--seed", type=int, metavar="S", help="same seed, same twin")
    parser.add_argument("--name", default="", metavar="TEXT", help="what to call the run")
    _json(parser)


def _generate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    parser.add_argument("--count", type=int, metavar="N", help="how many signals (100,000)")
    parser.add_argument("--seed", type=int, default=0, metavar="S", help="same seed, same signals (%(default)s)")
    parser.add_argument(
        "--format",
        choices=FORMATS,
        metavar="NAME",
        help=f"file format: {', '.join(FORMATS)} (as the file's name ends, or csv); wav to keysight are a ZIP with a file for "
        "each signal",
    )
    parser.add_argument("--real", action="store_true", help="real signals of the run's source, for comparison")
    parser.add_argument(
        "--condition",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="ask for a value (load=5), a range (load=2..4) or classes (state=a,b); what is not given varies as in real signals",
    )
    design = parser.add_mutually_exclusive_group()
    design.add_argument(
        "--sobol",
        action="store_true",
        help="sample the requested ranges and classes along a Sobol sequence instead of at random, for even coverage",
    )
    design.add_argument(
        "--grid",
        type=int,
        metavar="STEPS",
        help="use a grid: STEPS values of each requested range, combined with all requested classes, repeated up to the count",
    )
    parser.add_argument(
        "--balance",
        nargs="?",
        const="",
        metavar="CLASS",
        help="write the training reals and the fakes it takes to make all classes of a condition equally frequent; a .zip also "
        "gets the held-out reals, to test on",
    )
    parser.add_argument(
        "--faults",
        metavar="KIND,KIND",
        help="plant faults and label them: all, or some of noise, drift, offset, stuck, spikes, dropout, clipping, missing, "
        "bursts and jitter",
    )
    for name, metavar, meaning in (
        ("share", "0..1", "share of the signals that get a fault (0.5)"),
        ("strength", "X", "how bad faults are; an offset of 1 is a standard deviation of the source (1)"),
        ("length", "0..1", "share of a signal that a fault covers (0.25)"),
    ):
        parser.add_argument(f"--fault-{name}", type=float, metavar=metavar, help=meaning)
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--out", type=Path, metavar="FILE", help="file to write")
    target.add_argument(
        "--shards", metavar="PLACE", help="many files below a folder, or below an address such as s3://bucket/run"
    )
    shards = parser.add_argument_group(
        "shards",
        "As csv, npy, npz or parquet. The same command again writes what is missing. Started as several ranks, as torchrun, "
        "Slurm and MPI do, each process writes its share.",
    )
    shards.add_argument("--per-shard", type=int, metavar="M", help="signals in a file, a multiple of 512 (8192)")
    shards.add_argument("--engine", choices=("ranks", "ray"), default="ranks", help="who writes them (%(default)s)")
    shards.add_argument("--address", metavar="HOST", help="of the Ray cluster; without it, one starts on this machine")
    shards.add_argument("--verify", action="store_true", help="hash every shard again instead of writing")
    _json(parser)


def _evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    parser.add_argument("--quick", action="store_true", help="fewer signals and measures: about 10 seconds")
    parser.add_argument("--html", type=Path, metavar="FILE", help="also write the report as one web page")
    parser.add_argument(
        "--usefulness",
        nargs="?",
        const="",
        metavar="COL",
        help="instead of a report, measure whether the fakes help a model to predict a condition of the twin",
    )
    _json(parser)


def _anomalies(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", metavar="FILE", help="files of recordings to look at")
    parser.add_argument("--run", required=True, metavar="RUN", help="id of the run whose source they are compared with")
    parser.add_argument(
        "--false-alarms",
        type=float,
        default=0.01,
        metavar="SHARE",
        help="share of good windows that may be flagged as anomalies (%(default)s)",
    )
    _reading(parser)
    _json(parser)


def _replay(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    parser.add_argument("--channel", type=int, default=1, metavar="C", help="which channel to show (%(default)s)")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write, .html or .gif")
    _json(parser)


def _export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    parser.add_argument("--onnx", type=Path, required=True, metavar="FILE", help="zip file to write")
    _json(parser)


def _inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="files of recordings that belong together, folders or patterns",
    )
    _skipping(parser)
    _reading(parser)
    _json(parser)


def _skipping(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="skip files that cannot be read, and list them, instead of failing",
    )


def _reading(parser: argparse.ArgumentParser) -> None:
    """How files of recordings are read, if it is not found out rightly."""
    parser.add_argument(
        "--layout",
        choices=("rows", "columns", "long", "channels"),
        help="what a table holds: a signal in each row, a signal in each column, a moment in each row with the id of its "
        "signal (long), or one recording with a channel in each column",
    )
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        metavar="COL=ROLE",
        help="the role of a column: channel, time, condition, recording (an id), channel-name or ignore; may be repeated",
    )
    parser.add_argument("--skip", type=int, metavar="N", help="number of lines to skip at the top of a text file")
    parser.add_argument(
        "--separator",
        choices=("comma", "semicolon", "tab", "bar", "blank"),
        help="separator of the columns of a text file",
    )
    parser.add_argument("--decimal", choices=(".", ","), help="decimal separator of a text file")
    parser.add_argument("--encoding", metavar="NAME", help="character encoding of a text file, such as utf-8 or cp1252")
    parser.add_argument("--sheet", metavar="NAME", help="which sheet of a workbook is read, if not the largest")
    parser.add_argument(
        "--time-unit",
        choices=("s", "ms", "us", "ns", "min", "h", "days"),
        help="unit of a column of times that holds numbers, if the file does not say it",
    )


def _runs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sweep", metavar="NAME", help="only those of a sweep, the best first")
    _json(parser)


def _doctor(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--mend",
        action="store_true",
        help="mend what can be mended without losing anything: what is in the way is moved to set-aside/ in the data folder",
    )
    _data_dir(parser)
    _json(parser)


def _backup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup to write: .tar, .tar.gz or .tar.zst")
    _data_dir(parser)
    _json(parser)


def _restore(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="the backup to read")
    _data_dir(parser)
    _json(parser)


def _data_dir(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, metavar="DIR", help="data folder, if not the one that WAVETWIN_DATA names")


def _export_config(parser: argparse.ArgumentParser) -> None:
    origin = parser.add_mutually_exclusive_group()
    origin.add_argument("--preset", choices=PRESETS, default="standard", help="settings of a preset (%(default)s)")
    origin.add_argument("--run", metavar="RUN", help="settings of a run")
    parser.add_argument("--out", type=Path, metavar="FILE", help="file to write, instead of printing")


def _sweep(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "spec",
        type=Path,
        metavar="SPEC",
        help="TOML or JSON file with name, seeds, presets, sources and training settings",
    )
    parser.add_argument("--dry-run", action="store_true", help="only list the runs that would be queued")
    _json(parser)


def _work(parser: argparse.ArgumentParser) -> None:
    _data_dir(parser)
    parser.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="trainings at a time, each in a process of its own on one CPU thread (1)",
    )
    parser.add_argument(
        "--devices",
        metavar="LIST",
        help="devices for the workers in turn, such as cuda:0,cuda:1 or cpu; by default those set in the runs",
    )
    parser.add_argument(
        "--until-empty", action="store_true", help="end when the queue is empty, instead of waiting for more"
    )
    parser.add_argument("--engine", choices=("processes", "ray"), default="processes", help="who trains (%(default)s)")
    parser.add_argument("--address", metavar="HOST", help="of the Ray cluster; without it, one starts on this machine")
    _json(parser)


def _json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print the result as one line of JSON, for programs")


COMMANDS = {  # by name: what a command does, and its arguments
    "dashboard": ("Open the dashboard in a browser, until Ctrl-C.", _dashboard),
    "train": ("Train a new run, or continue one.", _train),
    "sweep": ("Queue a run for every seed, preset, source and setting that a file names.", _sweep),
    "work": ("Train the runs that wait in the queue, here or together with other machines, until Ctrl-C.", _work),
    "generate": ("Write signals of a run to a file.", _generate),
    "evaluate": ("Measure how true the twin of a run is, and keep the report with the run.", _evaluate),
    "anomalies": ("Find what in recordings is unlike the source of a run.", _anomalies),
    "replay": ("Write how a run learned as a web page that plays it, or as an animated GIF.", _replay),
    "export": ("Write the twin of a run as a zip file that makes signals without Wavetwin, by ONNX.", _export),
    "inspect": ("Say what is in files of recordings, without training.", _inspect),
    "runs": ("List all runs, or those of a sweep.", _runs),
    "doctor": (
        "Look through the data folder for what is damaged, missing or left over. Exit code 0: nothing is lost; 1: something is.",
        _doctor,
    ),
    "backup": ("Copy the data folder, which may be in use, into one file.", _backup),
    "restore": (
        "Restore a backup into the data folder; nothing that is there is replaced.",
        _restore,
    ),
    "export-config": ("Print the settings of a preset or a run, to edit them and train with --config.", _export_config),
}


if __name__ == "__main__":
    sys.exit(main())
