"""What the pages make of conditions and of several channels."""

import json
import shutil
from urllib.parse import parse_qs, urlsplit

import pytest

from core.config import changed
from core.jobs.training import train
from core.store.run import Run
from tests.pages.visits import article, charts, data_of, figure, go, is_well, shown, visit

CONDITIONS = ("amplitude", "bias")


@pytest.fixture(scope="session")
def conditional(tmp_path_factory, tiny_config) -> Run:
    """A finished run of two channels that can be asked for two things."""
    source = tiny_config.source.model_dump() | {"n_channels": 2}
    config = changed(tiny_config, conditions=CONDITIONS, source=source)
    return train(config, "On demand", tmp_path_factory.mktemp("conditional"))


@pytest.fixture
def run(store, conditional) -> Run:
    """The same below the data directory of the pages."""
    there = store.root / conditional.id
    shutil.copytree(conditional.path, there)
    return Run(there)


def requested(session) -> dict[str, str]:
    """What the download of fakes asks for."""
    query = parse_qs(urlsplit(data_of(session, "download-fake")["address"]).query)
    return json.loads(query.get("conditions", ["{}"])[0])


def kind(session, name: str):
    return next(one for one in session.get("button_group") if one.key.endswith(f"{name}-kind"))


def test_a_training_is_started_with_the_conditions_that_were_chosen(manager):
    session = article(source='{"n_samples": 32}')
    session.multiselect[0].set_value(["bias", "amplitude"]).run()
    session.button(key="start").click().run()
    assert is_well(session)
    (run,) = manager.store.all()
    assert set(run.config.conditions) == {"amplitude", "bias"}


def test_only_what_differs_between_signals_can_be_chosen():
    fixed = '{"amplitude": {"minimum": 1, "maximum": 1, "step": 1}}'
    session = visit("train", source=fixed)
    assert session.multiselect[0].options == ["Angular frequency (rad/s)", "Bias"]


def test_a_source_that_offers_nothing_asks_nothing():
    one = {"minimum": 1, "maximum": 1, "step": 1}
    fixed = json.dumps(dict.fromkeys(("amplitude", "bias", "angular_frequency"), one))
    assert not visit("train", source=fixed).multiselect


def test_nothing_is_asked_for_at_first(run):
    session = visit("generate")
    assert is_well(session)
    assert requested(session) == {}


def test_a_value_and_a_range_are_asked_for(run):
    session = visit("generate")
    kind(session, "amplitude").set_value("A value").run()
    kind(session, "bias").set_value("A range").run()
    fields = {field.key.removeprefix(f"condition-{run.id}-"): field for field in session.number_input}
    fields["amplitude-value"].set_value(4.0)
    fields["bias-low"].set_value(2.0)
    fields["bias-high"].set_value(3.0).run()
    assert is_well(session)
    assert requested(session) == {"amplitude": "4.0", "bias": "2.0..3.0"}
    assert not session.warning


def test_what_the_training_never_saw_is_warned_of(run):
    session = visit("generate")
    kind(session, "amplitude").set_value("A value").run()
    next(field for field in session.number_input if field.key.endswith("amplitude-value")).set_value(40.0).run()
    assert is_well(session)
    (warning,) = session.warning
    assert "from 0.1 to 10" in shown(warning.value)
    assert requested(session) == {"amplitude": "40.0"}


@pytest.mark.parametrize(("page", "key"), [("train", "live-channel"), ("generate", "preview-channel")])
def test_another_channel_shows_another_picture(run, page, key):
    session = visit(page)
    before = charts(session)[0]["data"][0]["y"]
    session.selectbox(key=key).set_value(2).run()
    assert is_well(session)
    assert charts(session)[0]["data"][0]["y"] != before


def test_a_simulator_of_several_channels_shows_each(run):
    session = visit("signals", source='{"n_channels": 3}')
    before = figure(session, "signals")["data"][0]["y"]
    session.selectbox(key="channel").set_value(3).run()
    assert is_well(session)
    assert figure(session, "signals")["data"][0]["y"] != before


def test_one_channel_is_not_asked_for(add_run):
    add_run()
    session = visit("train")
    for page in ("train", "generate", "signals"):
        go(session, page)
        assert not [box for box in session.selectbox if box.key.endswith("channel")]
