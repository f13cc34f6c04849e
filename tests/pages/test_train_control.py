import pytest

from core.store.status import Request, State
from tests.pages.visits import (
    BUTTONS,
    SOURCE,
    article,
    controls,
    is_well,
    progress,
    start,
    visit,
)
from tests.waiting import wait_for, wait_until


def test_a_run_is_paused_resumed_and_stopped_by_its_buttons(live_run):
    session = visit("train")
    session.button(key="pause").click().run()
    wait_for(live_run, State.PAUSED)
    step = live_run.status.step
    assert controls(session.run()) == BUTTONS[State.PAUSED]
    session.button(key="resume").click().run()
    wait_until(lambda: live_run.status.state is State.RUNNING and live_run.status.step > step)
    assert controls(session.run()) == BUTTONS[State.RUNNING]
    session.button(key="stop").click().run()
    wait_for(live_run, State.STOPPED)
    assert controls(session.run()) == BUTTONS[State.STOPPED]
    assert is_well(session)
    assert not session.error


def test_a_paused_run_can_be_stopped(add_run):
    run = add_run("Mine", State.PAUSED, step=40)
    session = visit("train")
    session.button(key="stop").click().run()
    assert is_well(session)
    assert run.status.state is State.STOPPED
    assert controls(session) == BUTTONS[State.STOPPED]


def test_an_interrupted_run_is_resumed_to_its_end(add_run):
    run = add_run("Mine", State.INTERRUPTED, step=40)
    (run.path / "checkpoints" / "00000060.safetensors").unlink()
    session = visit("train")
    session.button(key="resume").click().run()
    wait_for(run, State.FINISHED)
    session.run()
    assert is_well(session)
    assert controls(session) == set()
    assert progress(session).startswith("Step 60 of 60")


def test_a_second_training_waits_its_turn(live_run, manager):
    session = start(article(source=SOURCE), steps=10)
    second = manager.store.get(session.query_params["run"])
    assert second.id != live_run.id
    assert second.status.state is State.QUEUED
    assert controls(session) == BUTTONS[State.QUEUED]
    assert "Waiting for its turn" in session.info[0].value
    manager.request(live_run.id, Request.STOP)
    wait_for(second, State.FINISHED)
    assert is_well(session.run())
    assert controls(session) == set()


def test_a_waiting_training_can_be_called_off(live_run, manager, tiny_config):
    second = manager.start(tiny_config, "Second")
    session = visit("train", run=second.id)
    session.button(key="stop").click().run()
    assert is_well(session)
    assert second.status.state is State.STOPPED
    assert controls(session) == BUTTONS[State.STOPPED]
    assert live_run.status.state is State.RUNNING


def test_a_run_of_another_process_can_be_asked_to_pause(held_run):
    session = visit("train")
    assert controls(session) == BUTTONS[State.RUNNING]
    assert progress(session) == "Step 20 of 60 · 10 steps/s · 4 s left · CPU"
    session.button(key="pause").click().run()
    assert is_well(session)
    assert not session.error
    assert held_run.requested() is Request.PAUSE
    assert progress(session).endswith(" · will pause in a moment")


def test_a_run_of_several_processes_says_how_many(held_run):
    held_run.write_status(held_run.status.model_copy(update={"processes": 4}))
    assert progress(visit("train")) == "Step 20 of 60 · 10 steps/s · 4 s left · CPU · 4 processes"


@pytest.mark.parametrize("button", ["resume", "stop"])
def test_a_button_that_comes_too_late_says_so(button, add_run):
    run = add_run("Mine", State.PAUSED, step=40)
    session = visit("train")
    run.write_status(run.status.model_copy(update={"state": State.FINISHED}))
    session.button(key=button).click().run()
    assert is_well(session)
    assert len(session.error) == 1
    assert "“Mine” is finished" in session.error[0].value


def test_a_button_of_a_deleted_run_says_so(add_run, store):
    run = add_run("Mine", State.PAUSED)
    session = visit("train")
    store.delete(run.id)
    session.button(key="resume").click().run()
    assert is_well(session)
    assert any("does not exist" in text.value for text in (*session.error, *session.warning))
