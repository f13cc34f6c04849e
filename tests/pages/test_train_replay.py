import shutil

from core.store.status import State
from tests.pages.visits import components, data_of, is_well, visit
from tests.waiting import wait_until


def replay(**query):
    return visit("train", view="Replay", **query)


def captions(session) -> str:
    return " ".join(caption.value for caption in session.caption)


def test_now_is_shown_unless_the_replay_is_asked_for(add_run):
    add_run()
    session = visit("train")
    assert "replay" not in components(session)
    session = session.segmented_control(key="view").set_value("Replay").run()
    assert "replay" in components(session)
    assert "live-signals" not in components(session)
    assert is_well(session)


def test_the_player_is_told_where_the_replay_is_and_where_to_begin(add_run):
    run = add_run()
    data = data_of(replay(step="20"), "replay")
    assert data["address"] == f"/api/replay?run={run.id}&channel=0&format=json"
    assert (data["run"], data["step"], data["version"]) == (run.id, 20, "0 61 [60]")


def test_a_link_that_makes_no_sense_begins_at_the_beginning(add_run):
    add_run()
    for step in ("-3", "x", "²", "9" * 30):
        assert data_of(replay(step=step), "replay")["step"] == 0


def test_files_are_offered(add_run):
    run = add_run()
    urls = [link.proto.url for link in replay().get("link_button")]
    assert urls == [f"/api/replay?run={run.id}&channel=0&format={form}" for form in ("html", "gif")]


def test_a_run_without_snapshots_cannot_be_replayed_yet(add_run):
    run = add_run("Mine", State.STOPPED)
    shutil.rmtree(run.path / "snapshots")
    session = replay()
    assert is_well(session)
    assert "This run has no snapshot yet" in session.info[0].value
    assert "replay" not in components(session)


def test_a_live_run_is_replayed_as_far_as_it_is(live_run):
    wait_until(lambda: len(live_run.snapshots.steps) > 1)
    session = replay()
    assert is_well(session)
    assert "replay" in components(session)


def test_why_a_twin_changes_little_is_said(add_run, manifold_config):
    run = add_run()
    assert "stage by stage" not in captions(replay())
    (run.path / "config.json").write_text(manifold_config.model_dump_json())
    assert "stage by stage" in captions(replay())
