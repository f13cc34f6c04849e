"""Balanced classes on page Generate."""

import shutil
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest

from core.generation.balance import Balance
from core.store.datasets import open_source
from core.store.run import Run
from pages.widgets import balance as widget
from tests.pages.visits import components, data_of, figure, is_well, shown, visit


@pytest.fixture
def run(data_dir, unbalanced) -> Run:
    """A run that can be asked for a class, with its data set, below the data directory of the pages."""
    shutil.copytree(unbalanced.data_dir, data_dir, dirs_exist_ok=True)
    return Run(data_dir / "runs" / unbalanced.id)


def asked(session) -> tuple[str, dict[str, str]]:
    address = urlsplit(data_of(session, "download-balanced")["address"])
    return address.path, {name: value for name, (value,) in parse_qs(address.query).items()}


def test_the_button_downloads_balanced_classes_with_the_seed_of_the_page(run):
    session = visit("generate")
    session.number_input(key="seed").set_value(7).run()
    assert is_well(session)
    assert asked(session) == ("/api/balanced", {"run": run.id, "column": "state", "seed": "7", "format": "csv"})


def test_the_bars_show_what_each_class_gets(run):
    reals, fakes = figure(visit("generate"), "balance-counts")["data"]
    assert reals["y"] == ["new", "worn", "broken"]
    assert len({real + fake for real, fake in zip(reals["x"], fakes["x"], strict=True)}) == 1


def test_what_is_in_the_tables_is_told(run):
    text = " ".join(shown(caption.value) for caption in visit("generate").caption)
    assert "that the twin never saw" in text


def test_a_twin_without_classes_has_nothing_to_balance(add_run):
    add_run()
    session = visit("generate")
    assert is_well(session)
    assert "download-balanced" not in components(session)


@pytest.mark.parametrize("counts", [[5, 5, 5], [5, 0, 5]])
def test_classes_that_are_balanced_need_no_fakes_and_missing_ones_are_told(counts, run, monkeypatch):
    balance = Balance.of(run.config, open_source(run.config, run.data_dir))
    monkeypatch.setattr(widget, "counted", lambda *_: replace(balance, n_real=np.array(counts)))
    session = visit("generate")
    assert is_well(session)
    assert "equally frequent already" in session.info[0].value
    assert "download-balanced" not in components(session)
    told = [shown(warning.value) for warning in session.warning]
    none = ["The twin learned from no signal of “worn”"] if 0 in counts else []
    few = "There are fewer than 10 reals of “new”"
    assert [sentence.split(", ")[0] for sentence in told] == [*none, few]


def test_of_several_classes_one_is_chosen(run, monkeypatch):
    state = run.config.columns[0]
    both = [state, state.model_copy(update={"name": "place"})]
    monkeypatch.setattr(widget, "class_columns", lambda config: both)
    session = visit("generate")
    assert is_well(session)
    assert session.selectbox(key=f"balance-{run.id}").options == ["State", "Place"]
    assert asked(session)[1]["column"] == "state"
