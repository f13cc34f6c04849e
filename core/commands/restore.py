"""Bring a backup back into a data folder."""

import argparse

from core import formatting
from core.commands.doctor import summary
from core.commands.output import say
from core.store.paths import default_data_dir
from core.upkeep.doctor import examine
from core.upkeep.restore import restore


def main(options: argparse.Namespace) -> int:
    """Bring a backup back into a data folder, and look through that; 1 where something in it is damaged."""
    data_dir = options.data or default_data_dir()
    done = restore(options.file, data_dir)
    found = examine(data_dir)
    result = {"data": str(data_dir), "restored": done.restored, "equal": done.equal, "findings": len(found.findings)}
    n_new, n_equal = len(done.restored), len(done.equal)
    lines = [
        f"{formatting.quantity(n_new, 'part')} restored into {data_dir}, {n_equal:,} were there already.",
        *(f"{finding.place}: {finding.what} {finding.means} {finding.remedy}" for finding in found.findings),
        summary(found),
    ]
    say(options, result, "\n".join(lines))
    return int(any(finding.kind.is_loss for finding in found.findings))
