"""Look through a data folder for what is damaged, missing or left over."""

import argparse
from typing import Any

from core import formatting
from core.commands.output import say
from core.store.paths import existing_data_dir
from core.upkeep.doctor import Examination, examine, mend
from core.upkeep.findings import Finding


def main(options: argparse.Namespace) -> int:
    """Look through a data folder; 0 where nothing is lost, 1 where something is damaged, missing or of a newer version."""
    data_dir = existing_data_dir(options.data)
    found = examine(data_dir)
    rows = [
        _row(finding, options.mend) | {"place": str(finding.place.relative_to(data_dir))} for finding in found.findings
    ]
    lines = [*(_line(row) for row in rows), summary(found, sum(row["is_mended"] for row in rows))]
    result = {
        "data": str(data_dir),
        "runs": found.n_runs,
        "data_sets": found.n_data_sets,
        "sources": found.n_sources,
        "findings": rows,
    }
    say(options, result, "\n".join(lines))
    return int(
        any(finding.kind.is_loss and not row["is_mended"] for finding, row in zip(found.findings, rows, strict=True))
    )


def summary(found: Examination, n_mended: int = 0) -> str:
    """What was looked at and how much was found, in a sentence."""
    looked_at = ", ".join(
        [
            formatting.quantity(found.n_runs, "run"),
            formatting.quantity(found.n_data_sets, "data set"),
            formatting.quantity(found.n_sources, "saved source"),
        ]
    )
    if not found.findings:
        return f"{looked_at}: all is well."
    mended = f", {n_mended:,} mended" if n_mended else ""
    return f"{looked_at}: {formatting.quantity(len(found.findings), 'finding')}{mended}."


def _row(finding: Finding, is_mending: bool) -> dict[str, Any]:
    problem = mend(finding) if is_mending and finding.mend else None
    return {
        "kind": finding.kind,
        "what": finding.what,
        "means": finding.means,
        "remedy": finding.remedy,
        "can_be_mended": finding.mend is not None,
        "is_mended": bool(is_mending and finding.mend and problem is None),
        "problem": problem,
    }


def _line(row: dict[str, Any]) -> str:
    """A finding for people."""
    end = "Mended." if row["is_mended"] else row["problem"] or row["remedy"]
    return f"{row['place']} ({row['kind']}): {row['what']} {row['means']} {end}"
