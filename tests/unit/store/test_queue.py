import shutil
import threading

import pytest
from filelock import FileLock

from core.config import changed
from core.errors import RunFileError
from core.store.queue import claim_next, claimed, enqueue_missing, of_sweep, waiting
from core.store.run import LOCK, Run
from core.store.runs import RunStore
from core.store.status import State, Status


def seeded(config, *seeds: int) -> list:
    """Runs of a sweep over seeds."""
    return [(f"seed {n}", changed(config, training=config.training.model_dump() | {"seed": n})) for n in seeds]


# Who waits


def test_what_somebody_started_comes_before_sweeps_and_what_was_begun_before_what_was_not(store, tiny_config):
    names = ("sweep 1", "own 1", "sweep 2", "begun", "own 2")
    runs = {name: store.create(tiny_config, name, sweep="" if name.startswith("own") else "Sweep") for name in names}
    runs["begun"].write_status(Status(state=State.RUNNING, step=20))  # and its process died
    assert [run.name for run in waiting(store)] == ["own 1", "own 2", "begun", "sweep 1", "sweep 2"]


def test_a_resumed_run_goes_to_the_end_of_the_queue(store, tiny_config):
    first, second = store.create(tiny_config, "first"), store.create(tiny_config, "second")
    first.write_status(first.status)
    assert [run.id for run in waiting(store)] == [second.id, first.id]


@pytest.mark.parametrize("state", [state for state in State if state not in (State.QUEUED, State.RUNNING)])
@pytest.mark.parametrize("sweep", ["", "Sweep"])
def test_a_run_at_rest_does_not_wait_but_one_of_a_sweep_that_was_interrupted(store, tiny_config, state, sweep):
    run = store.create(tiny_config, sweep=sweep)
    run.write_status(Status(state=state))
    assert (waiting(store) != []) == (claim_next(store) is not None) == (state is State.INTERRUPTED and sweep != "")


def test_a_run_that_somebody_started_waits_for_him_when_its_process_has_died(store, run):
    run.write_status(Status(state=State.RUNNING))
    assert run.status.state is State.INTERRUPTED
    assert waiting(store) == []
    assert not claimed(run)


def test_a_broken_run_does_not_hold_up_the_queue(store, tiny_config, run):
    (run.path / "status.json").write_text("{")
    good = store.create(tiny_config)
    assert [found.id for found in waiting(store)] == [good.id]
    assert not claimed(run)


# Claiming


def test_each_run_is_claimed_once(store, tiny_config):
    first, second = store.create(tiny_config), store.create(tiny_config)
    taken = [claim_next(RunStore(store.root.parent)) for _ in range(3)]
    assert [run and run.id for run in taken] == [first.id, second.id, None]
    for run in taken[:2]:
        run.release()


def test_many_who_claim_at_once_get_a_run_each(store, tiny_config):
    runs = [store.create(tiny_config) for _ in range(8)]
    taken: list[Run | None] = []
    together = threading.Barrier(12)

    def claim() -> None:
        together.wait()
        taken.append(claim_next(RunStore(store.root.parent)))

    threads = [threading.Thread(target=claim) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(run.id for run in taken if run) == [run.id for run in runs]
    for run in taken:
        if run:
            run.release()


def test_who_only_looks_whether_a_run_is_held_keeps_nobody_from_claiming_it(store, run):
    looking = FileLock(run.path / LOCK, thread_local=False)
    looking.acquire()
    threading.Timer(0.05, looking.release).start()
    found = claim_next(store)
    assert found is not None
    found.release()


def test_a_run_that_was_trained_meanwhile_is_not_claimed(store, run):
    (found,) = waiting(store)
    run.write_status(Status(state=State.FINISHED))
    assert not claimed(found)
    run.claim(patience=0)  # for nobody holds it
    run.release()


def test_a_run_that_was_deleted_meanwhile_is_not_claimed(store, run):
    (found,) = waiting(store)
    shutil.rmtree(run.path)
    assert not claimed(found)
    assert not run.path.exists()


# Queueing


def test_the_same_sweep_queues_its_runs_once(store, tiny_config):
    made = enqueue_missing(store, "Seeds", seeded(tiny_config, 0, 1))
    assert [run.name for run in made] == ["seed 0", "seed 1"]
    assert [run.sweep for run in made] == ["Seeds", "Seeds"]
    made[0].rename("Another name")
    made[1].write_status(Status(state=State.FAILED))
    assert [run.name for run in enqueue_missing(store, "Seeds", seeded(tiny_config, 0, 1, 2))] == ["seed 2"]


def test_another_sweep_and_runs_of_ones_own_do_not_count(store, tiny_config):
    store.create(tiny_config)
    enqueue_missing(store, "One", seeded(tiny_config, 0))
    assert len(enqueue_missing(store, "Two", seeded(tiny_config, 0))) == 1
    assert [run.sweep for run in of_sweep(store, "One")] == ["One"]


def test_a_deleted_run_is_queued_again(store, tiny_config):
    (run,) = enqueue_missing(store, "Seeds", seeded(tiny_config, 0))
    store.delete(run.id)
    assert len(enqueue_missing(store, "Seeds", seeded(tiny_config, 0))) == 1


def test_where_nothing_can_be_kept_a_sentence_says_so(store, tiny_config):
    store.root.write_text("a file where a folder should be")
    with pytest.raises(RunFileError, match="Nothing can be written in"):
        enqueue_missing(store, "Seeds", seeded(tiny_config, 0))
