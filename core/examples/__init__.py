"""Runs that come with Wavetwin, so that every page has something to show in the first minute.

Each folder here is a run directory without checkpoints and with a part of its snapshots; `python -m core.examples` makes
them anew.
"""

import logging
from pathlib import Path

import orjson

from core.store.runs import RunStore

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
COMMANDS = (
    'python -m core train --preset article --seed 1 --name "Example: article"',
    'python -m core train --preset quick --seed 1 --name "Example: twin"',
)
GIVEN = "examples.json"  # in the data directory: the ids of those that it was given, so that deleted ones stay deleted


def folders() -> list[Path]:
    """The run directories of all examples, in the order of COMMANDS."""
    return sorted(file.parent for file in HERE.glob("*/origin.txt"))


def give(data_dir: Path) -> None:
    """Put the examples among the runs of a data directory, each one once; an error is logged, for nothing depends on it."""
    try:
        given = _given(data_dir / GIVEN)
        new = [folder for folder in folders() if folder.name not in given]
        if not new:
            return
        store = RunStore(data_dir)
        for folder in new:
            store.adopt(folder)
        (data_dir / GIVEN).write_bytes(orjson.dumps([*given, *(folder.name for folder in new)]))
    except OSError:
        log.warning("The examples could not be put into %s.", data_dir, exc_info=True)


def _given(file: Path) -> list[str]:
    try:
        found = orjson.loads(file.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return []
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
