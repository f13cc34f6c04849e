"""Text files as instruments write them, and what may go wrong with them."""

from datetime import datetime, timedelta

import numpy as np

Files = list[tuple[str, bytes]]

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


def originals() -> list[Files]:
    """Whole files of many habits, each alone."""
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
    files: list[Files] = []
    for i, (header, rows) in enumerate(zip(headers, tables, strict=True)):
        for preamble in preambles:
            text = preamble + (header + "\n" if header else "") + "\n".join(rows) + "\n"
            files.append([("a.csv", text.encode("utf-16" if i == 2 and not preamble else "utf-8"))])
    return files


def mutated(files: Files, rng: np.random.Generator) -> Files:
    """The same file with a few things wrong."""
    ((name, content),) = files
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
    return [(name, content)]
