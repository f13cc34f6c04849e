import errno
import json

import pytest
import streamlit

from core.store.run import Run
from core.store.status import State, WorkerKind, WorkerRecord
from pages.widgets.run_table import SOMETIMES
from tests.pages.visits import charts, is_well, keys, markdown, names, shown, tick, visit

UGLY = "<b>x</b> $y$ **z**"


def row(session, index: int = 0) -> dict:
    return session.dataframe[0].value.iloc[index].to_dict()


def click(session, *buttons: str, **texts: str):
    """Click a button and, in the dialog that it opens, another one."""
    session.button(key=buttons[0]).click().run()
    if len(buttons) == 1:
        return session
    for key, text in texts.items():
        session.text_input(key=key.replace("_", "-")).set_value(text)
    session.button(key=buttons[0]).click()  # keeps the dialog open while the page runs from its top
    session.button(key=buttons[1]).click()
    return session.run()


def compared(session) -> dict:
    """The one picture on the page."""
    (drawn,) = charts(session)
    return drawn


# The table


def test_the_table_has_a_row_for_each_run_the_newest_first(add_run):
    for name in ("First", "Second", "Third"):
        add_run(name)
    assert names(visit("runs")) == ["Third", "Second", "First"]


def test_a_row_says_what_came_of_a_run(add_run):
    run = add_run("Mine", State.STOPPED, step=40, seconds=75.0)
    session = visit("runs")
    values = row(session)
    assert values["name"] == "Mine"
    assert values["state"] == "stopped"
    assert values["source"] == "sine, white noise"
    assert values["steps"] == "40 of 60"
    assert values["trained"] == "1 min 15 s"
    assert values["distance"] == pytest.approx(run.load_surrogate().distance)
    assert values["fakes"].startswith("data:image/svg+xml;base64,")


def test_what_one_looks_for_first_stands_first(add_run):
    add_run("Mine")
    shown = [name for name in visit("runs").dataframe[0].proto.column_order if name not in SOMETIMES]
    assert shown[:5] == ["fakes", "name", "verdict", "state", "created"]


@pytest.mark.parametrize(
    ("name", "expected"), [("=1+1", "'=1+1"), ("@SUM(A1)", "'@SUM(A1)"), ("-5", "-5"), ("a=b", "a=b")]
)
def test_no_spreadsheet_runs_a_name_where_the_table_is_saved_as_csv(name, expected, add_run):
    add_run(name)
    assert row(visit("runs"))["name"] == expected


def test_a_run_that_has_not_begun_has_a_row_with_gaps(store, tiny_config, add_run):
    add_run("Mine")
    store.create(tiny_config, "New")
    session = visit("runs")
    assert is_well(session)
    values = row(session)
    assert values["steps"] == "0 of 60"
    assert values["created"] == "just now"
    assert session.dataframe[0].value.isna().iloc[0][["fakes", "distance"]].all()


def test_a_run_in_progress_has_a_row(live_run):
    assert row(visit("runs"))["state"] == "running"


# The queue and sweeps


def swept(run: Run, sweep: str = "Seeds") -> Run:
    """A run as one of a sweep."""
    (run.path / "sweep.txt").write_text(sweep)
    return run


def columns(session) -> set[str]:
    """The columns that are shown."""
    found = json.loads(session.dataframe[0].proto.columns)
    return {name for name, column in found.items() if not column.get("hidden")}


def test_without_a_sweep_and_a_queue_nothing_is_said_of_them(add_run):
    add_run("Mine")
    session = visit("runs")
    assert session.selectbox(key="run")  # in the sidebar, and no other
    assert len(session.selectbox) == 1
    assert not {"rank", "sweep", "place", "worker"} & columns(session)
    assert session.caption[-1].value == "1 run"


def test_the_table_says_who_trains_what_and_what_comes_next(held_run, store, tiny_config):
    held_run.write_worker(WorkerRecord(kind=WorkerKind.WORK, host="node7", pid=1234, since=0.0))
    store.create(tiny_config, "Swept", sweep="Seeds")
    store.create(tiny_config, "Own")
    session = visit("runs")
    assert is_well(session)
    rows = {row(session, index)["name"]: row(session, index) for index in range(3)}
    assert rows["Elsewhere"]["worker"] == "node7, process 1234"
    assert (rows["Own"]["place"], rows["Swept"]["place"]) == (1, 2)
    assert rows["Swept"]["sweep"] == "Seeds"
    assert {"sweep", "place", "worker"} <= columns(session)
    assert session.caption[-1].value == "3 runs · 1 in training · 2 waiting"


def test_what_this_dashboard_trains_is_said(live_run):
    assert row(visit("runs"))["worker"] == "this dashboard"


def test_a_sweep_is_ranked_the_best_first(add_run):
    add_run("Alone")
    worse, better = swept(add_run("Worse")), swept(add_run("Better"))
    swept(add_run("Other"), "Another sweep")
    swept(add_run("Stopped", State.STOPPED))
    for run, accuracy in ((worse, 0.9), (better, 0.6)):
        run.log_metrics(60, {"accuracy": accuracy, "distance": 2.0, "is_best": True})
    session = visit("runs")
    session.selectbox(key="sweep").set_value("Seeds").run()
    assert is_well(session)
    assert names(session) == ["Better", "Worse", "Stopped"]
    assert session.dataframe[0].value["rank"].tolist()[:2] == [1, 2]
    assert row(session)["accuracy"] == 0.6
    assert "rank" in columns(session)
    tick(session, 0)
    assert session.subheader[0].value == "Better"


@pytest.mark.parametrize(
    ("state", "sweep", "is_refreshed"),
    [(State.INTERRUPTED, "Seeds", True), (State.INTERRUPTED, "", False), (State.FINISHED, "Seeds", False)],
)
def test_the_table_is_refreshed_where_a_worker_elsewhere_may_take_up_a_run(
    state, sweep, is_refreshed, add_run, monkeypatch
):
    run = add_run("Mine", state)
    if sweep:
        swept(run, sweep)
    intervals, fragment = [], streamlit.fragment

    def watched(function=None, *, run_every=None):
        intervals.append(run_every)
        return fragment(function, run_every=run_every)

    monkeypatch.setattr("streamlit.fragment", watched)
    assert is_well(visit("runs"))
    assert any(intervals) == is_refreshed


# One run


def test_a_ticked_run_can_be_watched_used_renamed_and_deleted(add_run):
    add_run("Mine")
    session = visit("runs")
    assert keys(session) == set()
    tick(session, 0)
    assert is_well(session)
    assert keys(session) == {"watch", "judge", "generate", "rename", "delete"}
    assert session.subheader[0].value == "Mine"


def test_a_run_without_a_twin_cannot_generate(store, tiny_config):
    store.create(tiny_config, "New")
    assert tick(visit("runs"), 0).button(key="generate").disabled


@pytest.mark.parametrize(("button", "title"), [("watch", "Train"), ("judge", "Fidelity"), ("generate", "Generate")])
def test_a_ticked_run_is_picked_where_one_goes_with_it(button, title, add_run):
    older = add_run("Older")
    add_run("Newer")
    session = click(tick(visit("runs"), 1), button)
    assert is_well(session)
    assert session.title[0].value == title
    assert session.query_params["run"] == older.id


def test_a_run_is_renamed(add_run):
    run = add_run("Mine")
    session = click(tick(visit("runs"), 0), "rename", "confirm-rename", new_name="  Another   name ")
    assert is_well(session)
    assert run.name == "Another name"
    assert names(session) == ["Another name"]
    assert session.sidebar.selectbox[0].options == ["Another name"]


@pytest.mark.parametrize(("button", "name"), [("rename", "Another"), ("delete", None)])
def test_a_change_that_cannot_be_written_is_said_in_a_sentence(button, name, add_run, monkeypatch):
    run = add_run("Mine")
    session = click(tick(visit("runs"), 0), button)

    def refuse(path: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("core.store.atomic._temporary", refuse)
    click(session, button, f"confirm-{button}", **({"new_name": name} if name else {}))
    assert is_well(session)
    assert ["Read-only file system" in shown(error.value) for error in session.error] == [True]
    assert run.name == "Mine"


def test_a_run_keeps_its_name_until_another_is_confirmed(add_run):
    run = add_run("Mine")
    session = click(tick(visit("runs"), 0), "rename")
    assert session.text_input(key="new-name").value == "Mine"
    session.text_input(key="new-name").set_value("Another").run()
    assert run.name == "Mine"


def test_a_run_is_deleted_only_after_asking(add_run, store):
    add_run("Kept")
    gone = add_run("Gone")
    session = click(tick(visit("runs"), 0), "delete")
    assert is_well(session)
    assert any("This deletes “Gone” with everything that was learned" in text.value for text in session.markdown)
    assert len(store.all()) == 2
    click(session, "delete", "confirm-delete")
    assert is_well(session)
    assert not session.error
    assert not session.warning  # of a link that leads to the run
    assert session.query_params["run"] != [gone.id]
    assert names(session) == ["Kept"]
    assert not gone.path.exists()


def test_a_run_in_progress_cannot_be_deleted(live_run):
    session = click(tick(visit("runs"), 0), "delete", "confirm-delete")
    assert is_well(session)
    assert len(session.error) == 1
    assert "pause or stop it there first" in session.error[0].value
    assert live_run.status.state is State.RUNNING
    assert names(session) == ["Alive"]


def test_after_deleting_no_other_run_is_ticked(add_run):
    add_run("Kept")
    add_run("Gone")
    session = click(tick(visit("runs"), 0), "delete", "confirm-delete")
    assert names(session) == ["Kept"]
    assert keys(session) == set()


def test_a_tick_does_not_move_to_another_run_when_one_is_added(add_run):
    add_run("Ticked")
    session = tick(visit("runs"), 0)
    add_run("Added")
    session.run()
    assert names(session) == ["Added", "Ticked"]
    assert "Added" not in [text.value for text in session.subheader]


# Several runs


def test_several_ticked_runs_are_compared(add_run):
    add_run("Older")
    add_run("Newer")
    session = tick(visit("runs"), 0, 1)
    assert is_well(session)
    assert session.subheader[0].value == "2 runs compared"
    traces = compared(session)["data"]
    assert [trace["name"][:5] for trace in traces] == ["Newer", "Older"]
    assert all(trace["y"]["bdata"] for trace in traces)


def test_the_axis_ends_where_the_longest_of_the_compared_runs_does(add_run):
    for run in (add_run("Older"), add_run("Newer")):
        (run.path / "config.json").write_text(
            run.config.model_copy(
                update={"training": run.config.training.model_copy(update={"steps": 2000})}
            ).model_dump_json()
        )
    axis = compared(tick(visit("runs"), 0, 1))["layout"]["xaxis"]
    assert 60 <= max(axis["range"]) < 70


@pytest.mark.parametrize("curve", ["d_loss", "g_loss", "d_accuracy"])
def test_every_curve_can_be_compared(curve, add_run):
    add_run("Older")
    add_run("Newer")
    session = tick(visit("runs"), 0, 1)
    before = compared(session)
    session.segmented_control[0].set_value(curve).run()
    assert is_well(session)
    assert compared(session) != before


def test_runs_of_one_name_are_two_curves(add_run):
    add_run("Twin")
    add_run("Twin")
    traces = compared(tick(visit("runs"), 0, 1))["data"]
    assert len({trace["name"] for trace in traces}) == 2


def test_a_run_without_figures_can_be_compared(add_run, store, tiny_config):
    add_run("Mine")
    store.create(tiny_config, "New")
    session = tick(visit("runs"), 0, 1)
    assert is_well(session)
    assert len(compared(session)["data"]) == 2


def test_several_runs_are_deleted_together(add_run, store):
    for name in ("Kept", "Second", "Third"):
        add_run(name)
    session = click(tick(visit("runs"), 0, 1), "delete-many", "confirm-delete")
    assert is_well(session)
    assert [run.name for run in store.all()] == ["Kept"]
    assert names(session) == ["Kept"]


# Broken runs, odd names


def test_a_run_that_cannot_be_read_can_be_deleted(add_run):
    add_run("Good")
    broken = add_run("Broken")
    (broken.path / "config.json").write_text("{")
    session = click(visit("runs"), f"delete-{broken.id}", "confirm-delete")
    assert is_well(session)
    assert not session.error
    assert not session.warning
    assert not broken.path.exists()
    assert names(session) == ["Good"]


@pytest.mark.parametrize("button", ["rename", "delete"])
def test_a_name_is_shown_as_it_was_typed(button, add_run):
    add_run(UGLY)
    session = tick(visit("runs"), 0)
    assert names(session) == [UGLY]
    click(session, button)
    assert is_well(session)
    assert not any("$y$" in text or "**z**" in text for text in markdown(session))


def test_a_name_is_shown_as_it_was_typed_beside_its_curve(add_run):
    add_run("Plain")
    add_run(UGLY)
    traces = compared(tick(visit("runs"), 0, 1))["data"]
    assert not any("<b>" in trace["name"] + trace["hovertemplate"].removesuffix("<extra></extra>") for trace in traces)
