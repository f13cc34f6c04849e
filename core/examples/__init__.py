"""Runs that come with Wavetwin, so that every page has something to show in the first minute.

Each folder here is a run directory without checkpoints and with a part of its snapshots; `python -m core.examples` makes
them anew.
"""

import logging
from pathlib import Path

import orjson

from core.file_format import FileFormat, NewerVersionError
from core.store import atomic
from core.store.runs import RunStore

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
COMMANDS = (
    'python -m core train --preset article --seed 1 --name "Example: article"',
    'python -m core train --preset quick --seed 1 --name "Example: twin"',
)
GIVEN_FORMAT = FileFormat("wavetwin-examples")
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
        ids = [*given, *(folder.name for folder in new)]
        atomic.write(data_dir / GIVEN, orjson.dumps(GIVEN_FORMAT.header | {"ids": ids}))
    except (OSError, NewerVersionError):
        log.warning("The examples could not be put into %s.", data_dir, exc_info=True)


def _given(file: Path) -> list[str]:
    """The ids in a file, which was a plain list before it had a format. Raises NewerVersionError."""
    try:
        found = orjson.loads(file.read_bytes())
        ids = found if isinstance(found, list) else GIVEN_FORMAT.strip(found).get("ids")
    except NewerVersionError:
        raise
    except (FileNotFoundError, ValueError):
        return []
    return [one for one in ids if isinstance(one, str)] if isinstance(ids, list) else []
