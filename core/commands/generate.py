"""Write signals of a run to a file."""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NoReturn

from tqdm import tqdm

from core import formatting
from core.commands.output import say, write
from core.config import validated
from core.errors import WavetwinError
from core.generation.balance import Balance, Watch, check_table
from core.generation.conditions import out_of_range, parse_conditions
from core.generation.design import Design
from core.generation.export import FORMATS
from core.signals.batch import Batch
from core.signals.faults import FAULTS, MASK, FaultSettings
from core.store.datasets import open_source
from core.store.orders import Order
from core.store.run import Run
from core.store.runs import RunStore

DEFAULT_COUNT = 100_000
DEFAULT_FORMAT = "csv"
ENDINGS = {f".{part}" for form in FORMATS.values() for part in form.ending.split(".")} | {".arb"}  # ".arb" is in a ZIP
ALL = "all"  # in place of the kinds of faults
Beside = dict[str, Iterator[bytes]]  # further files by the end of their names
Encoded = Callable[[Watch], Iterator[bytes]]  # the bytes of a file, of which `Watch` sees the signals go by


def main(options: argparse.Namespace) -> int:
    """Write signals of a run to a file."""
    if options.count is not None and options.count < 1:
        raise WavetwinError(f"The count is {options.count}; give 1 or more.")
    if options.seed < 0:
        raise WavetwinError(f"The seed is {options.seed}; give 0 or more.")
    options.format = options.format or DEFAULT_FORMAT if options.shards else _format(options)
    run = RunStore().get(options.run)
    if options.shards:
        return _sharded(run, options)
    count, encoded, beside = (_signals if options.balance is None else _balanced)(run, options)
    started = time.perf_counter()
    with tqdm(total=count, unit=" signals", unit_scale=True, disable=None) as bar:
        n_bytes = write(options.out, encoded(lambda pieces: _shown(pieces, bar)))
    for name, content in beside.items():
        write(_beside(options, name), content)
    seconds = time.perf_counter() - started
    result = {
        "run_id": run.id,
        "path": str(options.out),
        "count": count,
        "bytes": n_bytes,
        "seconds": seconds,
        "beside": [str(_beside(options, name)) for name in beside],
    }
    more = f" Beside it: {', '.join(_beside(options, name).name for name in beside)}." if beside else ""
    say(
        options,
        result,
        f"{formatting.quantity(count, 'signal')} in {options.out} ({formatting.size(n_bytes)}) after "
        f"{formatting.duration(seconds)}.{more}",
    )
    return 0


def _format(options: argparse.Namespace) -> str:
    """The format that is asked for, or that the file's name ends in. Raises WavetwinError where the name says another."""
    name, suffix = options.out.name.lower(), options.out.suffix.lower()
    ends = [one for one, form in FORMATS.items() if name.endswith(f".{form.ending}")]
    named = max(ends, key=len) if ends else None
    is_folder = options.balance is not None and suffix == ".zip"
    if options.format is None:
        if named is None and suffix and not is_folder:
            endings = ", ".join(f".{form.ending}" for form in FORMATS.values())
            raise WavetwinError(
                f"The name {options.out.name} says no format; let it end in one of {endings}, or choose one with --format."
            )
        return named or DEFAULT_FORMAT
    ending = f".{FORMATS[options.format].ending}"
    is_other = suffix in ENDINGS and not ending.endswith(suffix)
    if not is_folder and named != options.format and (named or is_other):
        raise WavetwinError(
            f"A file of the format {options.format} ends in {ending}, and {options.out.name} does not; rename it, or choose "
            "another --format."
        )
    return str(options.format)


def _sharded(run: Run, options: argparse.Namespace) -> int:
    from core.commands.shards import generate_shards, verify_shards

    if options.verify:
        return verify_shards(options)
    if options.balance is not None:
        raise WavetwinError("Balanced classes are written to one file; leave out --balance, or give --out.")
    return generate_shards(_order(run, options), options)


def _beside(options: argparse.Namespace, name: str) -> Path:
    """A file beside the one that is written: signals.card.md beside signals.csv."""
    base = options.out.name.removesuffix(f".{FORMATS[options.format].ending}")
    return Path(options.out.with_name(f"{base}.{name}"))


def _signals(run: Run, options: argparse.Namespace) -> tuple[int, Encoded, Beside]:
    """How many signals are asked for, their file, and what it has no room for."""
    order, form = _order(run, options), FORMATS[options.format]
    beside: Beside = {}
    if not form.has_card:
        card = order.card()
        beside |= {"card.json": iter([card.to_json(indent=True)]), "card.md": iter([card.to_markdown().encode()])}
    if order.faults and not form.has_marks:
        beside[f"{MASK}.csv"] = order.encoded_marks()
    return order.count, lambda watch: order.encoded(options.format, watch), beside


def _balanced(run: Run, options: argparse.Namespace) -> tuple[int, Encoded, Beside]:
    """How many signals balance the classes, reals among them, and their file; a ZIP file also has reals to test on."""
    if options.count is not None or options.real or options.condition or options.faults or _design(options):
        raise WavetwinError(
            "Balanced classes decide how many signals there are and of which kind; leave out --count, --real, --condition, "
            "--sobol, --grid and --faults."
        )
    twin = run.load_surrogate()
    balance = Balance.of(run.config, open_source(run.config, run.data_dir), options.balance)
    check_table(options.format)
    if options.out.suffix == ".zip":
        cautions = Order(run, balance.n_signals, options.seed).card().cautions
        return balance.n_signals, lambda watch: balance.folder(twin, options.seed, options.format, cautions, watch), {}
    return balance.n_rows, lambda watch: balance.file(twin, options.seed, options.format, watch), {}


def _order(run: Run, options: argparse.Namespace) -> Order:
    """The signals that are asked for; warns of conditions beyond the range of the training."""
    requested = parse_conditions(run.config.columns, dict(_named(text) for text in options.condition))
    for sentence in out_of_range(run.config.columns, requested):
        print(sentence, file=sys.stderr)
    count = DEFAULT_COUNT if options.count is None else options.count
    kind: Literal["real", "fake"] = "real" if options.real else "fake"
    return Order(run, count, options.seed, kind, requested, _faults(options), _design(options))


def _design(options: argparse.Namespace) -> Design | None:
    """How what is asked for is gone through. Raises ConfigError where it is impossible."""
    if not options.sobol and options.grid is None:
        return None
    if options.format == "npy":
        raise WavetwinError(
            "A .npy file holds the signals alone, so nobody would know what was asked for each; choose npz, parquet or csv."
        )
    return validated(Design, {"kind": "sobol"} if options.sobol else {"kind": "grid", "steps": options.grid})


def _faults(options: argparse.Namespace) -> FaultSettings | None:
    """The faults that are asked for. Raises ConfigError where they are impossible."""
    given = {name: getattr(options, f"fault_{name}") for name in ("share", "strength", "length")}
    settings = {name: value for name, value in given.items() if value is not None}
    if options.faults is None:
        if settings:
            raise WavetwinError("Say which faults to plant, as in --faults noise,spikes.")
        return None
    kinds = tuple(FAULTS) if options.faults == ALL else tuple(kind.strip() for kind in options.faults.split(","))
    return validated(FaultSettings, settings | {"kinds": kinds})


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
