import time
from threading import Event

import pytest

from core.access import expiry
from core.access.expiry import sweep, sweep_until
from core.store.owner import Owner
from core.store.status import Request


@pytest.fixture
def add(store, tiny_config):
    """Adds a run that expires in so many seconds; None for one that stays."""

    def add_run(seconds: float | None):
        expires_at = None if seconds is None else time.time() + seconds
        return store.create(tiny_config, "Any", Owner(id="1", name="Any", expires_at=expires_at))

    return add_run


def test_only_what_is_over_is_deleted(store, add, tiny_config):
    over, going_on, of_a_team = add(-1), add(3600), add(None)
    of_nobody = store.create(tiny_config, "Any")
    sweep(store)
    assert {run.id for run in store.all()} == {going_on.id, of_a_team.id, of_nobody.id}
    assert not over.path.exists()


def test_a_run_that_is_trained_is_asked_to_stop_and_goes_the_next_time(store, add):
    run = add(-1)
    run.claim()
    sweep(store)
    assert run.requested() is Request.STOP
    run.release()
    sweep(store)
    assert store.all() == []


def test_a_run_that_cannot_be_deleted_is_said_and_the_others_go(store, add, monkeypatch, caplog):
    runs = [add(-1), add(-1)]
    delete = type(store).delete

    def fail(store, run_id):
        if run_id == runs[1].id:
            raise PermissionError(13, "Permission denied")
        delete(store, run_id)

    monkeypatch.setattr(type(store), "delete", fail)
    sweep(store)
    assert [run.id for run in store.all()] == [runs[1].id]
    assert f"Run {runs[1].id} could not be deleted" in caplog.text


def test_a_sweep_that_fails_is_not_the_last(store, monkeypatch, caplog):
    ends, seen = Event(), []

    def fail(store):
        seen.append(store)
        if len(seen) == 2:
            ends.set()
        raise OSError("no disk")

    monkeypatch.setattr(expiry, "sweep", fail)
    monkeypatch.setattr(expiry, "SWEEP_SECONDS", 0.0)
    sweep_until(ends, store)
    assert len(seen) == 2
    assert "failed" in caplog.text
