"""Runs that come with Wavetwin, so that every page has something to show in the first minute.

Each folder here is a run directory without checkpoints and with a part of its snapshots; `python -m core.examples` makes
them anew.
"""

import logging
from pathlib import Path

from core.file_format import NewerVersionError
from core.store.given_examples import GivenExamples
from core.store.runs import RunStore

log = logging.getLogger(__name__)

HERE = Path(__file__).parent
COMMANDS = (
    'python -m core train --preset article --seed 1 --name "Example: article"',
    'python -m core train --preset quick --seed 1 --name "Example: twin"',
)


def folders() -> list[Path]:
    """The run directories of all examples, in the order of COMMANDS."""
    return sorted(file.parent for file in HERE.glob("*/origin.txt"))


def give(data_dir: Path) -> None:
    """Put the examples among the runs of a data directory, each one once; an error is logged, for nothing depends on it."""
    try:
        file = GivenExamples(data_dir)
        given = _given(file)
        new = [folder for folder in folders() if folder.name not in given]
        if not new:
            return
        store = RunStore(data_dir)
        for folder in new:
            store.adopt(folder)
        file.write([*given, *(folder.name for folder in new)])
    except (OSError, NewerVersionError):
        log.warning("The examples could not be put into %s.", data_dir, exc_info=True)


def _given(given: GivenExamples) -> list[str]:
    """The ids in the file, none where it is broken. Raises NewerVersionError or OSError."""
    try:
        return given.ids()
    except NewerVersionError:
        raise
    except ValueError:
        return []
