"""Say what is in files of recordings, without training."""

import argparse
from dataclasses import asdict

from core.commands.output import bar_of_files, files_of, read_settings, say
from core.recordings.one_by_one import OneByOne, are_too_many, contents
from core.recordings.understanding import Understanding, as_text, understand


def main(options: argparse.Namespace) -> int:
    """Say what is in files of recordings, without training."""
    found = _understood(options)
    say(options, asdict(found), as_text(found))
    return 0 if found.expect == "read" else 2


def _understood(options: argparse.Namespace) -> Understanding:
    paths, reading, skip = files_of(options.files), read_settings(options), options.skip_unreadable
    if not are_too_many(paths):
        return understand(contents(paths), reading, skip)
    return OneByOne(paths, reading, skip).understood(bar_of_files)
