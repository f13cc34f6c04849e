"""Files as instruments write them, spoiled at random: each is read or refused in a sentence, soon and in little memory.

Files are read in a process of its own, which is ended where one takes too long; after a crash another goes on with the next
file. Memory is what the process grows by while it reads, in multiples of what WAVETWIN_MAX_MB allows.

    python -m benchmarks.mutations --count 20000
    python -m benchmarks.mutations --kind binary --count 20000
"""

import argparse
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson

from benchmarks import _binary_files, _text_files
from benchmarks._process import held, most_held
from core.recordings.understanding import understand

Files = list[tuple[str, bytes]]

KINDS = {"text": _text_files, "binary": _binary_files}
SLOW = 10  # s of CPU, after which a file is given up
MEGABYTES = 20  # that a file may have
MOST_MEMORY = 4.0  # times as much, that may be taken
MOST_ADDRESSES = 4 << 30  # bytes a process may ask for, far more than it may use


@dataclass(frozen=True)
class Outcome:
    """What came of one spoiled file. memory: in multiples of the limit. what: read, refused, or what went wrong."""

    number: int
    what: str
    seconds: float
    memory: float

    @property
    def is_bad(self) -> bool:
        return self.what not in ("read", "refused") or self.memory > MOST_MEMORY or self.seconds > SLOW


def outcomes(kind: str, numbers: range, seed: int = 0) -> Iterator[Outcome]:
    """Read spoiled files of a kind in this process, by their numbers: the same number and seed give the same file."""
    files = KINDS[kind].originals()
    for i in numbers:
        spoiled = KINDS[kind].mutated(files[i % len(files)], np.random.default_rng([seed, i]))
        before, started = held(), time.process_time()
        what = _tried(spoiled)
        seconds = time.process_time() - started
        yield Outcome(i, what, seconds, (most_held() - before) / (MEGABYTES * 1_000_000))


def _tried(files: Files) -> str:
    try:
        found = understand(files)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:150]
    return "read" if found.expect == "read" else "refused"


def _work(kind: str, numbers: range, seed: int) -> None:
    """Print what comes of each file, a line of JSON each, until one ends the process."""
    for files in KINDS[kind].originals():
        _tried(files)  # libraries are loaded
    resource.setrlimit(resource.RLIMIT_AS, (MOST_ADDRESSES, MOST_ADDRESSES))
    signal.setitimer(signal.ITIMER_PROF, SLOW)
    for outcome in outcomes(kind, numbers, seed):
        print(orjson.dumps(outcome).decode(), flush=True)
        signal.setitimer(signal.ITIMER_PROF, SLOW)


def _watched(kind: str, count: int, seed: int) -> Iterator[Outcome]:
    """All outcomes, those of processes that ended before their time included."""
    environment = os.environ | {"WAVETWIN_MAX_MB": str(MEGABYTES)}
    done = 0
    while done < count:
        options = ["--kind", kind, "--seed", str(seed), "--count", str(count), "--from", str(done)]
        command = [sys.executable, "-m", "benchmarks.mutations", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
            assert process.stdout is not None
            for line in process.stdout:
                outcome = Outcome(**orjson.loads(line))
                done = outcome.number + 1
                yield outcome
        if done < count:
            ended = signal.Signals(-process.returncode).name if process.returncode < 0 else str(process.returncode)
            yield Outcome(done, f"the process ended with {ended}", 0.0, 0.0)
            done += 1


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kind", choices=KINDS, default="text")
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--from", dest="start", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.start is not None:
        _work(options.kind, range(options.start, options.count), options.seed)
        return
    found = list(_watched(options.kind, options.count, options.seed))
    n_read, n_refused = (sum(outcome.what == what for outcome in found) for what in ("read", "refused"))
    slowest, largest = max(found, key=lambda one: one.seconds), max(found, key=lambda one: one.memory)
    print(f"{len(found):,} files: {n_read:,} read, {n_refused:,} refused, {len(found) - n_read - n_refused:,} crashed")
    print(f"longest: {slowest.seconds:.2f} s, number {slowest.number} (target: below {SLOW} s)")
    print(f"memory: {largest.memory:.1f} × the limit, number {largest.number} (target: at most {MOST_MEMORY:g} ×)")
    for outcome in [outcome for outcome in found if outcome.is_bad][:40]:
        print(f"number {outcome.number}: {outcome.what}, {outcome.seconds:.1f} s, {outcome.memory:.1f} × the limit")


if __name__ == "__main__":
    main()
