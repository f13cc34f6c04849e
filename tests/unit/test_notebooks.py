"""Notebooks run from their first cell to their last."""

import json
from pathlib import Path

import pytest

from core.fidelity.report import MIN_SIGNALS

NOTEBOOKS = sorted((Path(__file__).parents[2] / "docs" / "notebooks").glob("*.ipynb"))


def cells(notebook: Path, kind: str) -> list[dict]:
    return [cell for cell in json.loads(notebook.read_text("utf-8"))["cells"] if cell["cell_type"] == kind]


def test_a_classifier_learns_from_balanced_classes(few_reals, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    monkeypatch.setattr("core.fidelity.report.N_QUICK", MIN_SIGNALS)
    known: dict = {}
    for cell in cells(NOTEBOOKS[0], "code"):
        exec("".join(cell["source"]), known)
        known["STEPS"] = 3
    said = capsys.readouterr().out
    assert set(known["found"]) == {"recordings alone", "with fakes"}
    assert known["report"].verdict.sentence in said
    assert known["labels"]["state"].value_counts().nunique() == 1


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda path: path.name)
def test_a_notebook_is_kept_without_what_it_printed(notebook):
    assert [cell["outputs"] for cell in cells(notebook, "code") if cell["outputs"] or cell["execution_count"]] == []
