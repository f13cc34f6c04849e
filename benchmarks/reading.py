"""Reading files as large as they may be: seconds of the processor, and memory in multiples of that limit.

Each file is read, and made into a data set, in a process of its own. Memory is what the process grows by at most: the file itself
counts, interpreter and libraries do not.

    python -m benchmarks.reading --megabytes 50
    python -m benchmarks.reading --megabytes 50 --only HDF5
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import orjson

from benchmarks._process import held, most_held
from core.errors import WavetwinError
from core.recordings.import_files import import_files, read_recordings
from core.recordings.reading.limits import MAX_BYTES

SMALL = 300_000  # bytes of a first file, so that libraries are loaded before memory is measured


def measure(folder: Path, into_dataset: bool) -> None:
    """Read the files of one kind, or make them a data set; prints seconds of the processor, and by which share of the limit
    memory grew at most."""
    work = import_files if into_dataset else read_recordings
    with suppress(WavetwinError):
        work(_contents(folder / "small"))
    before = held()
    files = _contents(folder / "large")
    started = time.process_time()
    said = ""
    try:
        work(files)
    except WavetwinError as error:
        said = str(error)
    print(orjson.dumps([time.process_time() - started, (most_held() - before) / MAX_BYTES, said]).decode())


def _contents(folder: Path) -> list[tuple[str, bytes]]:
    return [(path.name, path.read_bytes()) for path in sorted(folder.iterdir(), reverse=True)]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=50, help="the limit, and the size of each file")
    parser.add_argument("--only", default="", help="kinds whose title holds this")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--into-dataset", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        measure(options.measure, options.into_dataset)
        return
    # Only now, for what writes files should not be loaded where they are read.
    from benchmarks._large_files import FULL, KINDS

    print(
        "| file | MB | reading, CPU s | memory ÷ limit | data set, CPU s | memory ÷ limit |\n|---|---|---|---|---|---|"
    )
    for title, make in KINDS.items():
        if options.only in title:
            with tempfile.TemporaryDirectory() as folder:
                for part, n_bytes in (("small", SMALL), ("large", int(FULL * options.megabytes * 1_000_000))):
                    (Path(folder) / part).mkdir()
                    for name, content in make(n_bytes):
                        (Path(folder) / part / name).write_bytes(content)
                _measure(title, Path(folder), options.megabytes)


def _measure(title: str, folder: Path, megabytes: int) -> None:
    """One line of the table, and what was refused below it."""
    command = [sys.executable, "-m", "benchmarks.reading", "--measure", str(folder)]
    environment = os.environ | {"WAVETWIN_MAX_MB": str(megabytes)}
    cells = [f"{sum(path.stat().st_size for path in (folder / 'large').iterdir()) / 1e6:.0f}"]
    refused = []
    for option in ([], ["--into-dataset"]):
        found = subprocess.run([*command, *option], check=True, capture_output=True, text=True, env=environment)
        seconds, multiple, said = orjson.loads(found.stdout)
        cells += [f"{seconds:.2f}", f"{multiple:.1f}"]
        refused += [said] if said else []
    print(f"| {title} | {' | '.join(cells)} |", flush=True)
    for said in refused:
        print(f"refused: {said}", file=sys.stderr)


if __name__ == "__main__":
    main()
