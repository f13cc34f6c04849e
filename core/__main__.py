"""Wavetwin without a screen: `python -m core COMMAND …`. This file is what can be said, core/commands/ is what is done.

Runs land in the same run directories as the dashboard's, which shows them live. Exit codes: 0 done, 1 the training
failed, 2 something in the command is wrong (one sentence says what), 130 interrupted and resumable.
"""

import argparse
import logging
import sys
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from core import __version__
from core.config import PRESETS
from core.errors import WavetwinError
from core.generation.export import FORMATS


def wavetwin() -> int:
    """The command `wavetwin` of an installation; alone it opens the dashboard."""
    return main(sys.argv[1:] or ["dashboard"], "wavetwin")


def main(arguments: list[str] | None = None, program: str = "python -m core") -> int:
    """Do what the command line says; returns the exit code."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    options = command_line(program).parse_args(arguments)
    command = import_module(f"core.commands.{options.command.replace('-', '_')}")  # only now, for it may load torch
    try:
        return int(command.main(options))
    except WavetwinError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


class _Parser(argparse.ArgumentParser):
    """Answers a wrong command with one sentence."""

    def error(self, message: str) -> NoReturn:
        print(f"{message[0].upper()}{message[1:]}. See: {self.prog} --help", file=sys.stderr)
        raise SystemExit(2)


def command_line(program: str = "python -m core") -> argparse.ArgumentParser:
    """All that can be said on the command line."""
    parser = _Parser(prog=program, description="Train twins of a signal source and generate signals.")
    parser.add_argument("--version", action="version", version=f"Wavetwin {__version__}")
    commands = parser.add_subparsers(required=True, dest="command", metavar="COMMAND", parser_class=_Parser)

    def command(name: str, sentence: str) -> argparse.ArgumentParser:
        return commands.add_parser(name, help=sentence, description=sentence)

    sub = command("inspect", "Tell what is in files of recordings, without training.")
    sub.add_argument("files", type=Path, nargs="+", metavar="FILE", help="files of recordings that belong together")
    _add_json(sub)

    sub = command("dashboard", "Open the dashboard in a browser, until Ctrl-C.")
    sub.add_argument("--port", type=int, metavar="N", help="port to listen on (8501)")
    sub.add_argument(
        "--address",
        metavar="HOST",
        help="address to listen on (127.0.0.1: this machine only); 0.0.0.0 lets the whole network in",
    )
    sub.add_argument("--no-browser", action="store_true", help="only serve; the address is printed")

    sub = command("train", "Train a new run, or go on with one.")
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

    sub = command("generate", "Write signals of a run to a file.")
    sub.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    sub.add_argument("--count", type=int, default=100_000, metavar="N", help="how many signals (%(default)s)")
    sub.add_argument("--seed", type=int, default=0, metavar="S", help="same seed, same signals (%(default)s)")
    sub.add_argument("--format", choices=FORMATS, default="csv", help="file format (%(default)s)")
    sub.add_argument("--real", action="store_true", help="real signals of the run's source, for comparison")
    sub.add_argument(
        "--condition",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="ask for a value (load=5), a range (load=2..4) or classes (state=a,b); as they occur where not given",
    )
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write")
    _add_json(sub)

    sub = command("evaluate", "Measure how true the twin of a run is, and keep the report with the run.")
    sub.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    sub.add_argument("--quick", action="store_true", help="fewer signals and measures: some ten seconds")
    sub.add_argument("--html", type=Path, metavar="FILE", help="the report as a page, pictures and all")
    _add_json(sub)

    sub = command("replay", "Write how a run learned as a page that plays it, or as an animated picture.")
    sub.add_argument("--run", required=True, metavar="RUN", help="id of the run, see runs")
    sub.add_argument("--channel", type=int, default=1, metavar="C", help="which channel to show (%(default)s)")
    sub.add_argument("--out", type=Path, required=True, metavar="FILE", help="file to write, .html or .gif")
    _add_json(sub)

    sub = command("runs", "List all runs.")
    _add_json(sub)

    sub = command("export-config", "Print the settings of a preset or a run, to be edited and trained with --config.")
    origin = sub.add_mutually_exclusive_group()
    origin.add_argument("--preset", choices=PRESETS, default="standard", help="settings of a preset (%(default)s)")
    origin.add_argument("--run", metavar="RUN", help="settings of a run")
    sub.add_argument("--out", type=Path, metavar="FILE", help="file to write, instead of printing")
    return parser


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object as the last line")


if __name__ == "__main__":
    sys.exit(main())
