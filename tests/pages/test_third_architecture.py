"""Whatever an architecture needs stands in its one record: no page has to be told of a new one."""

import pytest

from core.config import changed, preset_config
from core.jobs.evaluation import evaluate_run
from core.networks import ARCHITECTURES
from core.store.run import Run
from core.store.status import State, Status
from tests.dense import STAGES, register
from tests.pages.evaluations import few
from tests.pages.visits import PAGES, data_of, is_well, links, visit
from tests.unit.trainings import executed


@pytest.fixture
def run(store, tiny_config, monkeypatch) -> Run:
    """A finished run of an architecture that only tests know."""
    register(monkeypatch, tiny_config.training)
    run = store.create(changed(preset_config("dense"), source=tiny_config.source), "Third")
    assert executed(run).state is State.FINISHED
    return run


def test_every_page_shows_it(run, add_run, monkeypatch):
    few(monkeypatch)
    add_run("Other")
    evaluate_run(run, quick=True)
    for page in PAGES:
        session = visit(page, run=run.id)
        assert is_well(session), page
        assert not session.error, page
    assert "Judge it" in links(visit("train", run=run.id))
    assert is_well(visit("train", run=run.id, view="Replay"))


def test_it_can_be_trained_from_the_page_and_shows_its_stages(run):
    session = visit("train").selectbox(key="preset").set_value("dense").run()
    assert is_well(session)
    run.claim()
    run.write_status(Status(state=State.RUNNING, phase="second"))
    html = data_of(visit("train", run=run.id), "phases")["html"]
    run.release()
    assert [stage.title for stage in STAGES.values() if stage.title not in html] == []
    assert html.count("✓") == 1


def test_the_record_is_forgotten_after_a_test():
    assert "dense" not in ARCHITECTURES
