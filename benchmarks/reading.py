"""Reading text tables of 100 MB: seconds, and memory in multiples of the file's size, each in a process of its own.

python benchmarks/reading.py
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import orjson

sys.path.insert(0, str(Path(__file__).parent.parent))

from core.recordings.reading.files import read
from core.recordings.reading.raw import Table

LAYOUTS = {  # columns, and what stands between cells and before decimals
    "rows, 300 columns": (300, ",", "."),
    "wide, 4,096 columns": (4096, ",", "."),
    "long, 4 columns": (4, ",", "."),
    "decimal comma, 300 columns": (300, ";", ","),
    "blanks, 4 columns": (4, "   ", "."),
}
CELLS = 200_000  # that are written at a time
KIB = 1024


def write(path: Path, n_bytes: int, n_columns: int, delimiter: str, decimal: str) -> None:
    """A file of about `n_bytes` of normal numbers with five decimals, below a line of names."""
    rng = np.random.default_rng(0)
    with path.open("wb") as file:
        file.write(delimiter.join(f"c{i}" for i in range(n_columns)).encode() + b"\n")
        while file.tell() < n_bytes:
            values = np.round(rng.normal(size=(CELLS // n_columns, n_columns)), 5)
            text = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)[2:-2].replace(b"],[", b"\n")
            text = text.replace(b",", b"|").replace(b".", decimal.encode()).replace(b"|", delimiter.encode())
            file.write(text + b"\n")


def measure(path: Path) -> None:
    """Read one file; prints seconds, and the bytes by which memory grew at most, the file's own included."""
    before = _peak()
    content = path.read_bytes()
    started = time.perf_counter()
    table = read(path.name, content)
    seconds = time.perf_counter() - started
    assert isinstance(table, Table)
    print(orjson.dumps([seconds, _peak() - before, len(table.columns)]).decode())


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIB


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100, help="of each file")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    print("| table | MB | seconds | memory ÷ size |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for title, layout in LAYOUTS.items():
            path = Path(folder) / "table.csv"
            write(path, options.megabytes * 1_000_000, *layout)
            command = [sys.executable, __file__, "--measure", str(path)]
            found = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds, grown, n_columns = orjson.loads(found.stdout)
            assert n_columns == layout[0]
            size = path.stat().st_size
            print(f"| {title} | {size / 1e6:.0f} | {seconds:.2f} | {grown / size:.2f} |", flush=True)
    print("\ntargets: ≤ 5 s for 100 MB, memory grows by ≤ 4 × the file's size, the file itself included")


if __name__ == "__main__":
    main()
