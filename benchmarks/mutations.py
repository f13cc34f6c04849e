"""Text files as instruments write them, spoiled at random: each is read or refused in a sentence, and soon.

python -m benchmarks.mutations --count 20000
"""

import argparse
import time
from datetime import datetime, timedelta

import numpy as np

from core.recordings.understanding import understand

N_ROWS = 120
JUNK: tuple[bytes, ...] = (
    b"\0",
    b"\x1a",
    b'"',
    b"'",
    b",",
    b";",
    b"\t",
    b"\n",
    b"\r",
    b"-",
    b".",
    b"1e999",
    b"NaN",
    b"OL",
    b"9.9E37",
    b"#",
    b"=",
    b":",
)
JUNK += (
    "µ".encode(),
    "−".encode(),
    b"\xff\xfe",
    b"12:00",
    b"2024-01-01",
    b" ",
    b"1,234.5",
    b"999999999999999999999",
    b"()",
    b"[s]",
)
SLOW = 10.0  # s


def originals() -> list[bytes]:
    """Whole files of many habits."""
    values = np.sin(np.arange(N_ROWS) / 7)
    start = datetime(2024, 3, 30, 23, 59)
    moments = [start + timedelta(seconds=i) for i in range(N_ROWS)]
    tables = [
        [f"{i / 100:.2f},{v:.3f},{-v:.3f}" for i, v in enumerate(values)],
        [f"{m:%d.%m.%Y %H:%M:%S};{v:.3f}".replace(".3f", "") for m, v in zip(moments, values, strict=True)],
        [
            f"{m:%H:%M:%S},{v:.3f},{'walk' if i < 60 else 'run'}"
            for i, (m, v) in enumerate(zip(moments, values, strict=True))
        ],
        [f"{i // 30};{i % 30};{v:.3f}".replace(".", ",") for i, v in enumerate(values)],
        [f"{i}\t{2000 + 900 * v:,.1f}" for i, v in enumerate(values)],
        [f"  {v:.6E}   {v:.6E}   {v:.6E}" for v in values],
        [f"{v:.4f}" for v in values],
        [",".join(f"{v + k:.2f}" for k in range(30)) for v in values],
    ]
    headers = ["time,a,b", "time;a", "clock,a,label", "unit;cycle;a", "n\tP", "", "", ""]
    preambles = ["", "Sample Rate,100\nModel,X\n\n", "# rate: 50 Hz\n", "NPTS= 360, DT= .01 SEC\n", "a title\nt,s\n"]
    files = []
    for i, (header, rows) in enumerate(zip(headers, tables, strict=True)):
        for preamble in preambles:
            text = preamble + (header + "\n" if header else "") + "\n".join(rows) + "\n"
            files.append(text.encode("utf-16" if i == 2 and not preamble else "utf-8"))
    return files


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """The content with a few things wrong."""
    for _ in range(int(rng.integers(1, 6))):
        place = int(rng.integers(0, len(content) + 1))
        lines = content.split(b"\n")
        line = int(rng.integers(0, len(lines)))
        kind = int(rng.integers(0, 8))
        junk = JUNK[int(rng.integers(0, len(JUNK)))]
        if kind == 0:
            content = content[:place] + junk * int(rng.integers(1, 4)) + content[place:]
        elif kind == 1:
            content = content[:place] + bytes(rng.integers(0, 256, 3, np.uint8)) + content[place + 3 :]
        elif kind == 2:
            content = content[:place]
        elif kind == 3:
            content = b"\n".join([*lines[:line], *lines[line + 1 :]])
        elif kind == 4:
            content = b"\n".join([*lines[:line], *lines[line : line + 3], *lines[line:]])
        elif kind == 5:
            old, new = (b",;\t. "[int(k) : int(k) + 1] for k in rng.integers(0, 5, 2))
            content = content.replace(old, new)
        elif kind == 6:
            rng.shuffle(lines)
            content = b"\n".join(lines)
        else:
            content = content.replace(junk[:1], b"", 3)
    return content


def failures(count: int, seed: int = 0) -> tuple[list[tuple[bytes, str]], float, int]:
    """What files ended in other than an answer, the longest time in s, and how many were read, of `count` spoiled ones."""
    rng = np.random.default_rng(seed)
    files = originals()
    wrong, slowest, n_read = [], 0.0, 0
    for i in range(count):
        content = mutated(files[i % len(files)], rng)
        started = time.perf_counter()
        try:
            n_read += understand([("a.csv", content)]).expect == "read"
        except Exception as error:
            wrong.append((content, f"{type(error).__name__}: {error}"))
        slowest = max(slowest, time.perf_counter() - started)
    return wrong, slowest, n_read


def main() -> None:
    """Print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    wrong, slowest, n_read = failures(options.count, options.seed)
    kinds = sorted({message[:150] for _, message in wrong})
    print(
        f"{options.count:,} files: {n_read:,} read, {options.count - n_read - len(wrong):,} refused, {len(wrong):,} crashed"
    )
    print(f"longest: {slowest:.2f} s (target: below {SLOW:g} s)")
    print("\n".join(kinds[:20]))


if __name__ == "__main__":
    main()
