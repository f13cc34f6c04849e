"""The metrics of a training by step: a log of JSON lines, which is read again and again while it grows."""

import threading
from functools import lru_cache
from pathlib import Path
from typing import Self

import orjson

from core.store import atomic
from core.training.metrics import Metrics


class MetricsLog:
    """Reads metrics.jsonl, each time only what was added; incomplete and invalid lines are skipped."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._guard = threading.Lock()
        self._start_over()

    @classmethod
    @lru_cache(maxsize=64)
    def of(cls, path: Path) -> Self:
        """The one reader of a file in this process."""
        return cls(path)

    def read(self) -> Metrics:
        """All metrics logged so far."""
        with self._guard:
            try:
                file = self.path.stat()
                if file.st_ino != self._inode or file.st_size < self._offset:  # rewound, by this process or another
                    self._start_over(file.st_ino)
                if file.st_size > self._offset:
                    self._take_up()
            except OSError:
                self._start_over()
            return self._metrics

    def rewind(self, step: int) -> None:
        """Drop all lines after `step` and whatever is broken."""
        with self._guard:
            try:
                lines = self.path.read_bytes().splitlines()
            except OSError:
                return
            kept = [line for line in lines if (row := row_of(line)) and row["step"] <= step]
            atomic.write(self.path, (line + b"\n" for line in kept))
            self._start_over()

    def _start_over(self, inode: int = 0) -> None:
        self._inode = inode
        self._offset = 0
        self._columns: dict[str, tuple[list[int], list[float]]] = {}
        self._metrics = Metrics({})

    def _take_up(self) -> None:
        with self.path.open("rb") as file:
            file.seek(self._offset)
            added = file.read()
        whole = added[: added.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.splitlines():
            row = row_of(line)
            if row is None:
                continue
            step = int(row.pop("step"))
            for name, value in row.items():
                steps, values = self._columns.setdefault(name, ([], []))
                steps.append(step)
                values.append(value)
        self._metrics = Metrics(self._columns)


def row_of(line: bytes) -> dict[str, float] | None:
    """One line as values by name, among them the step; None where it is anything else."""
    try:
        row = orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(row, dict) or not isinstance(row.get("step"), int):
        return None
    return {name: value for name, value in row.items() if isinstance(value, int | float)}
