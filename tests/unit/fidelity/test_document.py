"""docs/fidelity.md says what the code has."""

import re
from pathlib import Path

from benchmarks._faults import FAULTS
from benchmarks.tables import CONDITIONS, all_measures, measures_table, sine_measures, verdicts_table
from core.fidelity.verdict import LEVEL_TITLES

TEXT = (Path(__file__).parents[3] / "docs" / "fidelity.md").read_text("utf-8")


def table(first: str) -> list[list[str]]:
    """The cells of the table whose first row begins with `first`."""
    start = TEXT.index(first)
    rows = TEXT[start:].partition("\n\n")[0].splitlines()
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows if not row.startswith("|---")]


def test_the_table_of_measures_is_the_scorecard():
    assert measures_table() in TEXT
    listed = ", ".join(cells[0] for cells in table("| measure | what it is |")[1:]).split(", ")
    assert listed == [measure.title for measure in all_measures()]


def test_the_table_of_verdicts_is_that_of_the_code():
    assert verdicts_table() in TEXT


def test_the_table_of_faults_has_every_measure_of_sines_and_every_fault():
    head, *rows = table("| measure | floor | none |")
    assert head == ["measure", "floor", *FAULTS]
    apart = {f"{kind}_{index}" for kind in ("requested", "taught") for index in range(len(CONDITIONS))}
    apart |= {"cross_correlation", "cross_spectrum"}  # the faults are planted in one channel
    assert [cells[0] for cells in rows] == [measure.title for measure in sine_measures() if measure.key not in apart]
    for cells in rows:
        assert len(cells) == len(head)
        assert all(re.match("[●◐○] ", cell) for cell in cells[2:])


def test_the_verdicts_on_faults_are_levels():
    _, *rows = table("| fault | verdict |")
    assert [cells[0] for cells in rows] == list(FAULTS)
    assert {cells[1] for cells in rows} <= set(LEVEL_TITLES.values())
