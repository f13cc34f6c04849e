"""Write signals of a run to a file."""

import argparse
import sys
import time
from collections.abc import Iterator
from typing import NoReturn

from tqdm import tqdm

from core import formatting
from core.commands.output import say, write
from core.errors import WavetwinError
from core.generation.conditions import out_of_range, parse_conditions
from core.generation.export import Content, encode
from core.signals.batch import Batch
from core.store.datasets import open_source
from core.store.runs import Run, RunStore


def main(options: argparse.Namespace) -> int:
    """Write signals of a run to a file."""
    if options.count < 1:
        raise WavetwinError(f"The count is {options.count}; give 1 or more.")
    if options.seed < 0:
        raise WavetwinError(f"The seed is {options.seed}; give 0 or more.")
    run = RunStore().get(options.run)
    pieces = _pieces(run, options)
    started = time.perf_counter()
    with tqdm(total=options.count, unit=" signals", unit_scale=True, disable=None) as bar:
        n_bytes = write(options.out, encode(_shown(pieces, bar), options.count, Content.of(run.config), options.format))
    seconds = time.perf_counter() - started
    result = {
        "run_id": run.id,
        "path": str(options.out),
        "count": options.count,
        "bytes": n_bytes,
        "seconds": seconds,
    }
    say(
        options,
        result,
        f"{formatting.quantity(options.count, 'signal')} in {options.out} ({formatting.size(n_bytes)}) after "
        f"{formatting.duration(seconds)}.",
    )
    return 0


def _pieces(run: Run, options: argparse.Namespace) -> Iterator[Batch]:
    """The signals that `generate` writes; warns of conditions beyond the range of the training."""
    texts = dict(_named(text) for text in options.condition)
    if options.real:
        if texts:
            raise WavetwinError("Real signals come as they are; leave out --condition, or leave out --real.")
        return open_source(run.config, run.data_dir).stream(options.count, options.seed)
    requested = parse_conditions(run.config.columns, texts)
    for sentence in out_of_range(run.config.columns, requested):
        print(sentence, file=sys.stderr)
    return run.load_surrogate().stream(options.count, options.seed, requested)


def _named(text: str) -> tuple[str, str]:
    """“amplitude=2..4” as name and value."""
    name, sign, value = text.partition("=")
    if not sign:
        raise WavetwinError(f"“{text}” is not a condition; give a name and a value, as in amplitude=2..4.")
    return name.strip(), value.strip()


def _shown(pieces: Iterator[Batch], bar: "tqdm[NoReturn]") -> Iterator[Batch]:
    for piece in pieces:
        yield piece
        bar.update(len(piece))
