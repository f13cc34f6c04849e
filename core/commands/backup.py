"""Copy a data folder, which may be in use, into one file."""

import argparse

from core import formatting
from core.commands.output import say
from core.store.paths import existing_data_dir
from core.upkeep.backup import back_up


def main(options: argparse.Namespace) -> int:
    """Copy a data folder, which may be in use, into one file."""
    data_dir = existing_data_dir(options.data)
    contents = back_up(data_dir, options.file)
    n_bytes = options.file.stat().st_size
    counts = {
        key: len({name.split("/")[1] for name in contents.files if name.startswith(f"{key}/")})
        for key in ("runs", "datasets")
    }
    result = {
        "data": str(data_dir),
        "path": str(options.file),
        "bytes": n_bytes,
        "files": len(contents.files),
        **counts,
    }
    sentence = f"{formatting.quantity(counts['runs'], 'run')}, {formatting.quantity(counts['datasets'], 'data set')}"
    say(options, result, f"{sentence} in {options.file} ({formatting.size(n_bytes)}).")
    return 0
