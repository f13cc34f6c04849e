"""Write signals of a run to a file."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from typing import NoReturn

from tqdm import tqdm

from core import formatting
from core.commands.output import say, write
from core.errors import WavetwinError
from core.generation.balance import Balance, Watch, check_table
from core.generation.conditions import out_of_range, parse_conditions
from core.generation.export import Content, encode
from core.signals.batch import Batch
from core.store.datasets import open_source
from core.store.runs import Run, RunStore

DEFAULT_COUNT = 100_000
Encoded = Callable[[Watch], Iterator[bytes]]  # the bytes of a file, of which `Watch` sees the signals go by


def main(options: argparse.Namespace) -> int:
    """Write signals of a run to a file."""
    if options.count is not None and options.count < 1:
        raise WavetwinError(f"The count is {options.count}; give 1 or more.")
    if options.seed < 0:
        raise WavetwinError(f"The seed is {options.seed}; give 0 or more.")
    run = RunStore().get(options.run)
    count, encoded = (_signals if options.balance is None else _balanced)(run, options)
    started = time.perf_counter()
    with tqdm(total=count, unit=" signals", unit_scale=True, disable=None) as bar:
        n_bytes = write(options.out, encoded(lambda pieces: _shown(pieces, bar)))
    seconds = time.perf_counter() - started
    result = {
        "run_id": run.id,
        "path": str(options.out),
        "count": count,
        "bytes": n_bytes,
        "seconds": seconds,
    }
    say(
        options,
        result,
        f"{formatting.quantity(count, 'signal')} in {options.out} ({formatting.size(n_bytes)}) after "
        f"{formatting.duration(seconds)}.",
    )
    return 0


def _signals(run: Run, options: argparse.Namespace) -> tuple[int, Encoded]:
    """How many signals are asked for, and their file."""
    count = DEFAULT_COUNT if options.count is None else options.count
    pieces, content = _pieces(run, options, count), Content.of(run.config)
    return count, lambda watch: encode(watch(pieces), count, content, options.format)


def _balanced(run: Run, options: argparse.Namespace) -> tuple[int, Encoded]:
    """How many signals balance the classes, reals among them, and their file; a ZIP file also has reals to test on."""
    if options.count is not None or options.real or options.condition:
        raise WavetwinError(
            "Balanced classes decide how many signals there are and of which kind; leave out --count, --real and --condition."
        )
    twin = run.load_surrogate()
    balance = Balance.of(run.config, open_source(run.config, run.data_dir), options.balance)
    check_table(options.format)
    if options.out.suffix == ".zip":
        return balance.n_signals, lambda watch: balance.folder(twin, options.seed, options.format, watch)
    return balance.n_rows, lambda watch: balance.file(twin, options.seed, options.format, watch)


def _pieces(run: Run, options: argparse.Namespace, count: int) -> Iterator[Batch]:
    """The signals that `generate` writes; warns of conditions beyond the range of the training."""
    texts = dict(_named(text) for text in options.condition)
    if options.real:
        if texts:
            raise WavetwinError("Real signals come as they are; leave out --condition, or leave out --real.")
        return open_source(run.config, run.data_dir).stream(count, options.seed)
    requested = parse_conditions(run.config.columns, texts)
    for sentence in out_of_range(run.config.columns, requested):
        print(sentence, file=sys.stderr)
    return run.load_surrogate().stream(count, options.seed, requested)


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
