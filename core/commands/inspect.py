"""Say what is in files of recordings, without training."""

import argparse
from dataclasses import asdict

from core.commands.output import contents, read_settings, say
from core.recordings.understanding import as_text, understand


def main(options: argparse.Namespace) -> int:
    """Say what is in files of recordings, without training."""
    found = understand(contents(options.files), read_settings(options))
    say(options, asdict(found), as_text(found))
    return 0 if found.expect == "read" else 2
