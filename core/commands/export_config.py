"""Print the settings of a preset or a run."""

import argparse

from core.commands.output import write
from core.config import preset_config
from core.store.runs import RunStore


def main(options: argparse.Namespace) -> int:
    """Print the settings of a preset or a run, to edit them and train with --config."""
    config = RunStore().get(options.run).config if options.run is not None else preset_config(options.preset)
    text = config.to_json(indent=True).decode() + "\n"
    if options.out:
        write(options.out, iter([text.encode()]))
    else:
        print(text, end="")
    return 0
