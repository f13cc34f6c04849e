"""Looks through a data folder for what is damaged, missing or left over."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import unquote

from core.config import SimulatorConfig
from core.errors import WavetwinError
from core.file_format import NewerVersionError
from core.store.datasets import DataSetStore
from core.store.given_examples import GivenExamples
from core.store.run import LOCK
from core.store.runs import RunStore
from core.store.saved_sources import SavedSources
from core.upkeep.datasets import check_data_set
from core.upkeep.findings import Finding, Kind, SetAside, faults, newer
from core.upkeep.leftovers import leftovers
from core.upkeep.runs import check_run


@dataclass(frozen=True)
class Examination:
    """What was looked at, and what was found."""

    n_runs: int
    n_data_sets: int
    n_sources: int
    findings: list[Finding]


def examine(data_dir: Path) -> Examination:
    """Look at every file below a data folder; nothing is changed, and others may go on working in it."""
    runs, data_sets, sources = RunStore(data_dir), DataSetStore(data_dir), SavedSources(data_dir)
    aside = SetAside(data_dir)
    run_list, ids, names = runs.all(), data_sets.ids(), sources.names()
    findings = [
        *(finding for run in run_list for finding in check_run(run, aside) if run.path.is_dir()),
        *(finding for one in ids for finding in check_data_set(data_dir, one, aside)),
        *_sources(sources, aside),
        *_examples(GivenExamples(data_dir), aside),
        *_strays(runs.root, {run.id for run in run_list} | {LOCK}),
        *_strays(data_sets.root, set(ids)),
        *leftovers(data_dir, runs.root, data_sets.root, sources.root),
    ]
    return Examination(len(run_list), len(ids), len(names), findings)


def mend(finding: Finding) -> str | None:
    """Mend what was found; returns why that could not be done, or None. Only for findings that have a `mend`."""
    assert finding.mend
    try:
        finding.mend()
    except WavetwinError as error:
        return str(error)
    except OSError as error:
        return f"{finding.place} could not be mended ({error.strerror})."
    return None


def _sources(sources: SavedSources, aside: SetAside) -> Iterator[Finding]:
    for file in sorted(sources.root.glob("*.json")):
        means = f"The saved settings “{unquote(file.stem)}” cannot be loaded."
        remedy = "Save them again; --mend moves the file to set-aside/."
        damaged = Finding(file, Kind.DAMAGED, "It cannot be read.", means, remedy, partial(aside.move, file))
        yield from faults(file, SimulatorConfig.from_json, damaged)


def _examples(given: GivenExamples, aside: SetAside) -> Iterator[Finding]:
    try:
        given.ids()
    except NewerVersionError:
        yield newer(given.file)
    except (OSError, ValueError):
        means = "Examples that were deleted come back once."
        remedy = "--mend moves it to set-aside/."
        yield Finding(given.file, Kind.DAMAGED, "It cannot be read.", means, remedy, partial(aside.move, given.file))


def _strays(root: Path, known: set[str]) -> Iterator[Finding]:
    """What lies among the runs or the data sets and is neither."""
    for path in sorted(root.iterdir()) if root.is_dir() else ():
        if path.name not in known and not path.name.startswith("."):
            yield Finding(
                path,
                Kind.STRAY,
                f"Its name is not that of one of the {root.name}.",
                "Wavetwin passes over it.",
                "Give it its id back as its name, or move it elsewhere.",
            )
