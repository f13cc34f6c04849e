"""Reading text tables as large as they may be: seconds, and memory in multiples of that limit.

Each file is made into a data set in a process of its own. Memory is what the process grows by at most: the file itself counts,
interpreter and libraries do not.

python -m benchmarks.reading --megabytes 50
"""

import argparse
import gzip
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import orjson

from core.errors import WavetwinError
from core.recordings.import_files import import_files
from core.recordings.reading.files import read
from core.recordings.reading.limits import MAX_BYTES
from core.recordings.reading.text import CELL

LAYOUTS = {  # columns of numbers, what stands between cells and before decimals, how many decimals, what stands first in a row
    "rows, 300 columns": (300, ",", ".", 5, ""),
    "wide, 4,096 columns": (4096, ",", ".", 5, ""),
    "long, 4 columns": (4, ",", ".", 5, ""),
    "decimal comma, 300 columns": (300, ";", ",", 5, ""),
    "blanks, 4 columns": (4, "   ", ".", 5, ""),
    "a clock and 2 short columns": (2, ",", ".", 1, "clock"),
    "a time, 1 short column and words": (1, ",", ".", 1, "words"),
    "one short column": (1, ",", ".", 1, ""),
}
PACKED = "long, 4 columns"  # is measured in a .gz, too
CELLS = 200_000  # that are written at a time
FULL = 0.99  # of the limit
SMALL = 4_000  # rows of a first file, so that libraries are loaded before memory is measured
KIB = 1024


def write(path: Path, n_bytes: int, n_columns: int, delimiter: str, decimal: str, n_decimals: int, first: str) -> None:
    """A file of normal numbers below a line of names, of at most `n_bytes`, also where its cells count for more than its text."""
    rng, n_allowed = np.random.default_rng(0), n_bytes
    names = [first] * bool(first) + [f"c{i}" for i in range(n_columns)]
    size = path.write_bytes(delimiter.join(names).encode() + b"\n")
    with path.open("ab") as file:
        for start in range(0, n_bytes, CELLS // n_columns):
            values = np.round(rng.normal(size=(CELLS // n_columns, n_columns)), n_decimals)
            text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].replace(b"],[", b"\n")
            text = text.replace(b",", b"|").replace(b".", decimal.encode()).replace(b"|", delimiter.encode())
            rows = text.split(b"\n")
            if first:
                rows = [b"%s,%s" % (_first(first, start + i), row) for i, row in enumerate(rows)]
            piece = b"\n".join(rows) + b"\n"
            n_cells = len(rows) * (1 + rows[0].count(delimiter.encode()))
            n_bytes = min(n_bytes, n_allowed * len(piece) // (CELL * n_cells))
            if size + len(piece) > n_bytes:
                file.write(piece[: piece.rfind(b"\n", 0, n_bytes - size) + 1])
                return
            size += file.write(piece)


def _first(kind: str, row: int) -> bytes:
    """The first cells of a row."""
    if kind == "clock":
        return f"{datetime(2024, 1, 1) + timedelta(milliseconds=10 * row):%Y-%m-%d %H:%M:%S.%f}".encode()
    return b"%.2f,%s" % (row / 100, b"walk" if row // 5_000 % 2 else b"run")


def measure(path: Path, into_dataset: bool) -> None:
    """Read one file, or make it a data set; prints the seconds, and the bytes by which memory grew at most."""
    with suppress(WavetwinError):
        import_files([("small.csv", b"a,b\n" + b"".join(b"%d.5,%d\n" % (i % 7, i) for i in range(SMALL)))])
    before = _peak()
    content = path.read_bytes()
    started = time.perf_counter()
    if into_dataset:
        with suppress(WavetwinError):  # a data set may not come of it, but all was read by then
            import_files([(path.name, content)])
    else:
        read(path.name, content)
    print(orjson.dumps([time.perf_counter() - started, (_peak() - before) / MAX_BYTES]).decode())


def _peak() -> int:
    """Bytes that this process held at most; `resource` would count its parent's from before it began."""
    status = Path("/proc/self/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) * KIB


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=100, help="the limit, and the size of each file")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--into-dataset", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.into_dataset)
        return
    print("| table | MB | reading, s | memory ÷ limit | data set, s | memory ÷ limit |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for title, layout in LAYOUTS.items():
            path = Path(folder) / "table.csv"
            write(path, int(FULL * options.megabytes * 1_000_000), *layout)
            _measure(title, path, options.megabytes)
            if title == PACKED:
                packed = path.with_suffix(".csv.gz")
                packed.write_bytes(gzip.compress(path.read_bytes(), 1))
                _measure(f"{title}, .gz", packed, options.megabytes)


def _measure(title: str, path: Path, megabytes: int) -> None:
    """One line of the table."""
    command = [sys.executable, "-m", "benchmarks.reading", "--measure", str(path)]
    environment = os.environ | {"WAVETWIN_MAX_MB": str(megabytes)}
    cells = [f"{path.stat().st_size / 1e6:.0f}"]
    for option in ([], ["--into-dataset"]):
        found = subprocess.run([*command, *option], check=True, capture_output=True, text=True, env=environment)
        seconds, multiple = orjson.loads(found.stdout)
        cells += [f"{seconds:.2f}", f"{multiple:.1f}"]
    print(f"| {title} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
