"""Page Signals with recordings as the source: data sets that are kept, and samples."""

import json
import shutil
from collections.abc import Callable

import numpy as np
import pytest

from core.config import Column, RecordingsConfig, SimulatorConfig, changed
from core.jobs.training import train
from core.recordings.samples import SAMPLES
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.store.status import State
from tests.pages.visits import components, field, figure, go, is_well, keys, shown, tile_texts, visit
from tests.waiting import wait_for

N = 40
COLUMNS = (Column(name="load", unit="N·m", maximum=9.0), Column(name="state", classes=("good", "worn")))
SQUARE = '{"waveform": "square"}'


@pytest.fixture
def datasets(data_dir) -> DataSetStore:
    """Where the pages keep data sets."""
    return DataSetStore(data_dir)


@pytest.fixture
def keep(datasets) -> Callable[..., RecordingsConfig]:
    """Keeps a data set of twenty recordings of two signals in two channels."""

    def keep(name: str = "Pump", **settings) -> RecordingsConfig:
        rng = np.random.default_rng(len(datasets.all()))
        data = DataSet(
            name=name,
            signals=rng.normal(size=(N, 2, 32)).astype(np.float32),
            recordings=np.arange(N) // 2,
            conditions=np.stack([rng.uniform(0, 9, N), np.arange(N) % 2], axis=1),
            columns=COLUMNS,
            sampling_rate=250.0,
            unit="bar",
            story="From one file.",
        )
        return datasets.keep(data, **settings)

    return keep


def recordings(**query):
    """A new session that looks at recordings."""
    return kind(visit("signals", **query), "Recordings")


def kind(session, name: str):
    """The same page with another kind of source."""
    return session.segmented_control(key="source-kind").set_value(name).run()


def source(session):
    return session.session_state["source"]


def address(session) -> str:
    return session.query_params["source"]


def picker(session):
    return session.selectbox(key="chosen-set")


def click(session, key: str):
    return session.button(key=key).click().run()


def deleted(session):
    """The same page once the chosen data set was deleted there, and the question answered."""
    return click(asked_to_delete(session), "confirm-delete-set")


def asked_to_delete(session):
    """The same page with the question; a test runs the whole page anew, so the dialog stays open only while it is asked for."""
    click(session, "delete-set").button(key="delete-set").click()
    return session


def link(config: RecordingsConfig, **costs) -> str:
    return json.dumps({"kind": "recordings", "dataset": config.dataset} | costs)


def text(session) -> str:
    """What the page says in Markdown, as it is read."""
    return shown(" ".join(part.value for part in session.markdown))


# The first ones


def test_where_nothing_is_kept_it_is_said_what_to_do():
    session = recordings(source=SQUARE)
    assert is_well(session)
    assert "You have no data sets yet. Add your recordings" in session.info[0].value
    assert keys(session) == {f"sample-{name}" for name in SAMPLES}
    assert source(session) == SimulatorConfig(waveform="square")


def test_the_drop_zone_tells_the_limit_that_the_documents_tell():
    assert recordings().file_uploader[0].proto.max_upload_size_mb == 200


@pytest.mark.parametrize(
    ("sample", "title", "columns"),
    [
        ("struck_beam", "Struck beam", ["Strength (N·s)"]),
        ("rotor_vibration", "Rotor vibration", ["Speed (rpm)", "Load (N·m)", "State"]),
    ],
)
def test_a_sample_becomes_the_source(sample, title, columns, datasets):
    session = click(recordings(), f"sample-{sample}")
    assert is_well(session)
    (kept,) = datasets.all()
    assert source(session) == kept.config
    assert json.loads(address(session)) == {"kind": "recordings", "dataset": kept.config.dataset}
    assert session.subheader[0].value == title
    assert session.toast[0].value == f"Saved as “{title}”."
    assert not session.run().toast
    go(session, "train")
    assert f"“{title}”" in text(session)
    assert session.multiselect[0].options == columns


def test_a_sample_that_cannot_be_kept_is_said_in_a_sentence(data_dir):
    (data_dir / "datasets").write_text("a file where a folder should be")
    session = click(recordings(), "sample-struck_beam")
    assert is_well(session)
    (error,) = session.error
    assert "Nothing can be written in" in shown(error.value)
    assert source(session) == SimulatorConfig()
    assert not session.run().error


def test_a_data_set_is_shown_with_all_that_is_known_of_it(keep):
    config = keep()
    session = recordings()
    assert is_well(session)
    assert not session.error
    tiles = tile_texts(session, "data-set")
    assert tiles[:3] == ["Signals", "40", "from 20 recordings"]
    assert {"32", "250 per second", "in bar", "20 %"} <= set(tiles)
    assert len(figure(session, "signals")["data"]) == 12
    assert "psd" in components(session)
    largest = f"{config.columns[0].maximum:g}"
    assert f"Load (N·m) from 0 to {largest}, State (good, worn)" in shown(session.caption[0].value)
    assert "From one file." in text(session)


def test_other_signals_of_it_are_drawn_on_request(keep):
    keep()
    session = recordings()
    before = figure(session, "signals")
    assert figure(session.run(), "signals") == before
    assert figure(click(session, "draw-again"), "signals") != before


def test_another_channel_shows_other_signals(keep):
    keep()
    session = recordings()
    before = figure(session, "signals"), figure(session, "psd")
    session.selectbox(key="set-channel").set_value(2).run()
    assert is_well(session)
    assert figure(session, "signals") != before[0]
    assert figure(session, "psd") != before[1]


# Links


def test_whoever_is_given_the_link_sees_the_same_recordings(keep):
    keep("Other")
    config = keep()
    session = visit("signals", source=link(config))
    assert is_well(session)
    assert session.segmented_control(key="source-kind").value == "Recordings"
    assert session.subheader[0].value == "Pump"
    assert source(session) == config


@pytest.mark.parametrize("dataset", ["0123456789abcdef", "../runs", ""])
def test_a_link_to_a_data_set_that_is_gone_says_so(dataset):
    session = visit("signals", source=json.dumps({"kind": "recordings", "dataset": dataset}))
    assert is_well(session)
    (warning,) = session.warning
    assert f"There is no data set “{dataset}”" in shown(warning.value)
    assert source(session) == SimulatorConfig()
    assert session.segmented_control(key="source-kind").value == "Simulator"
    assert not session.run().warning


@pytest.mark.parametrize("costs", [{"experiment_cost": -1}, {"price": 3}, {"experiment_minutes": "long"}])
def test_a_link_with_impossible_costs_says_so(costs, keep):
    session = visit("train", source=link(keep(), **costs))
    assert is_well(session)
    (warning,) = session.warning
    assert "The source settings in the link are invalid" in warning.value
    assert source(session) == SimulatorConfig()


# Another source


def test_the_data_set_kept_last_is_the_source_until_another_is_chosen(keep):
    first, last = keep("First"), keep("Last")
    session = recordings()
    assert source(session) == last
    picker(session).set_value(first.dataset).run()
    assert is_well(session)
    assert source(session) == first
    assert json.loads(address(session))["dataset"] == first.dataset
    assert session.subheader[0].value == "First"
    go(session, "train")
    assert "“First”" in text(session)
    assert picker(go(session, "signals")).value == first.dataset


def test_the_simulator_comes_back_with_its_last_settings(keep):
    keep()
    session = visit("signals")
    field(session, "waveform").set_value("square").run()
    field(session, "n_samples").set_value(64).run()
    kind(session, "Recordings")
    assert isinstance(source(session), RecordingsConfig)
    go(session, "train")
    kind(go(session, "signals"), "Simulator")
    assert is_well(session)
    assert source(session) == SimulatorConfig(waveform="square", n_samples=64)
    assert json.loads(address(session)) == {"waveform": "square", "n_samples": 64}
    assert field(session, "waveform").value == "square"


def test_what_an_experiment_costs_goes_along(keep, manager):
    keep()
    session = recordings()
    field(session, "experiment_cost").set_value(12.0).run()
    field(session, "experiment_minutes").set_value(30.0).run()
    assert is_well(session)
    given = visit("signals", source=address(session))
    assert field(given, "experiment_cost").value == 12
    assert field(given, "experiment_minutes").value == 30
    go(session, "train").selectbox(key="preset").set_value("article").run()
    click(session, "start")
    (run,) = manager.store.all()
    assert (run.config.source.experiment_cost, run.config.source.experiment_minutes) == (12, 30)


def test_costs_go_back_to_the_default_ones(keep):
    session = visit("signals", source=link(keep(experiment_cost=8.0), experiment_cost=12.0))
    assert field(session, "experiment_cost").value == 12
    field(session, "experiment_cost").set_value(0.5).run()
    assert "experiment_cost" not in json.loads(address(session))
    assert source(visit("signals", source=address(session))).experiment_cost == 0.5


def test_each_data_set_has_its_own_costs(keep):
    cheap, dear = keep("Cheap", experiment_cost=1.0), keep("Dear", experiment_cost=100.0)
    session = recordings()
    assert field(session, "experiment_cost").value == 100
    picker(session).set_value(cheap.dataset).run()
    assert field(session, "experiment_cost").value == source(session).experiment_cost == 1
    picker(session).set_value(dear.dataset).run()
    assert field(session, "experiment_cost").value == source(session).experiment_cost == 100


def test_the_savings_of_a_twin_are_counted_in_the_costs_of_its_recordings(keep, tiny_config, data_dir):
    config = keep(experiment_cost=12.0, experiment_minutes=30.0)
    train(changed(tiny_config, source=config), "Mine", data_dir)
    session = visit("generate")
    assert "The twin's file holds no recording" in text(session)
    session.number_input(key="count").set_value(1000).run()
    assert is_well(session)
    assert {"$12,000", "at $12 each", "at 30 min each"} <= set(tile_texts(session, "savings"))


# Rename and delete


def test_a_data_set_can_be_renamed(keep, datasets):
    config = keep()
    session = recordings()
    # What was typed and the click may come together.
    session.text_input(key=f"name-{config.dataset}").set_value("Water *pump*")
    click(session, "rename-set")
    assert is_well(session)
    assert datasets.config(config.dataset).name == "Water *pump*"
    assert picker(session).options == ["Water *pump*"]
    assert "*" not in session.subheader[0].value.replace(r"\*", "")
    go(session, "train")
    assert "“Water *pump*”" in text(session)


def test_an_empty_name_is_refused_in_a_sentence(keep, datasets):
    config = keep()
    session = recordings()
    session.text_input(key=f"name-{config.dataset}").set_value("  ").run()
    click(session, "rename-set")
    assert is_well(session)
    assert "Give the data set a name of 1 to 80 characters." in shown(session.error[0].value)
    assert datasets.config(config.dataset).name == "Pump"
    assert not session.run().error


def test_a_data_set_can_be_deleted(keep, datasets):
    left = keep("Left")
    keep("Gone")
    session = deleted(recordings())
    assert is_well(session)
    assert not session.error
    assert [kept.config for kept in datasets.all()] == [left]
    assert source(session) == left


def test_a_data_set_is_deleted_only_after_a_question(keep, datasets):
    config = keep()
    session = asked_to_delete(recordings())
    assert is_well(session)
    assert "This deletes the data set “Pump”. You cannot undo it." in text(session)
    assert [kept.config for kept in datasets.all()] == [config]
    click(session, "cancel-delete-set")
    assert "cancel-delete-set" not in keys(session)
    assert [kept.config for kept in datasets.all()] == [config]


def test_with_the_last_data_set_gone_the_simulator_is_the_source_again(keep):
    keep()
    session = kind(visit("signals", source=SQUARE), "Recordings")
    deleted(session)
    assert is_well(session)
    assert "You have no data sets yet" in session.info[0].value
    assert source(session) == SimulatorConfig(waveform="square")
    assert json.loads(address(session)) == {"waveform": "square"}


def test_a_data_set_that_a_run_needs_is_not_deleted(keep, datasets, store, tiny_config):
    config = keep()
    store.create(changed(tiny_config, source=config), "Mine")
    session = deleted(recordings())
    assert is_well(session)
    (error,) = session.error
    assert "Data set “Pump” is needed by the run “Mine”; delete it first." in shown(error.value)
    assert [kept.config for kept in datasets.all()] == [config]
    assert source(session) == config


def test_a_data_set_that_was_deleted_meanwhile_is_said_by_the_training(keep, datasets, manager):
    config = keep()
    session = go(recordings(), "train")
    datasets.delete(config.dataset)
    click(session, "start")
    (run,) = manager.store.all()
    wait_for(run, State.FAILED)
    session.run()
    assert is_well(session)
    assert f"There is no data set “{config.dataset}”" in shown(session.error[0].value)


def test_a_broken_data_set_is_not_offered(keep, datasets):
    whole, broken = keep("Whole"), keep("Broken")
    (datasets.root / broken.dataset / "signals.npy").write_bytes(b"")
    session = recordings()
    assert is_well(session)
    assert picker(session).options == ["Whole"]
    assert source(session) == whole


def test_a_data_set_whose_folder_was_removed_is_not_offered(keep, datasets):
    keep("Left")
    session = recordings()
    shutil.rmtree(datasets.root)
    session.run()
    assert is_well(session)
    assert "You have no data sets yet" in session.info[0].value
    assert source(session) == SimulatorConfig()


def test_limits_of_values_are_told_and_can_be_turned_off(datasets, manager):
    rng = np.random.default_rng(0)
    rain = np.maximum(np.round(rng.normal(size=(N, 1, 64)), 1), 0).astype(np.float32)
    numbers = np.arange(N)
    datasets.keep(DataSet("Rain", rain, numbers, np.empty((N, 0)), (), 1.0, "mm"))
    session = recordings()
    assert "different values from 0 to" in text(session)
    session.toggle[0].set_value(False).run()
    assert is_well(session)
    given = visit("train", source=address(session))
    assert not source(given).limit_values


def test_recordings_that_take_any_value_are_said_to(keep):
    keep()
    assert "No limits found" in text(recordings())
