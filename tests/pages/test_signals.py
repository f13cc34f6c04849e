import json
from itertools import pairwise

import pytest

from core.config import SimulatorConfig
from core.store.saved_sources import SavedSources
from tests.pages.visits import field, figure, go, is_well, keys, shown, visit


def source(session) -> SimulatorConfig:
    return session.session_state["source"]


def in_address(session) -> dict:
    return json.loads(session.query_params.get("source", "{}"))


def saved(session, name: str):
    """The same page once its settings were saved under a name."""
    session.text_input(key="save-name").set_value(name).run()
    return session.button(key="save").click().run()


def test_the_page_begins_with_the_default_source():
    session = visit("signals")
    assert source(session) == SimulatorConfig()
    assert in_address(session) == {}
    assert field(session, "n_samples").value == 300
    assert field(session, "amplitude-maximum").value == 10
    assert field(session, "angular_frequency-step").value == 0.001


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("waveform", "square"),
        ("noise_color", "pink"),
        ("noise_amplitude", 2.5),
        ("n_samples", 64),
        ("t_end", 5.0),
        ("experiment_cost", 12.0),
    ],
)
def test_a_changed_setting_changes_the_source_and_the_address(name, value):
    session = visit("signals")
    before = figure(session, "signals")
    field(session, name).set_value(value).run()
    assert is_well(session)
    assert not session.error
    assert getattr(source(session), name) == value
    assert in_address(session) == {name: value}
    assert field(session, name).value == value
    assert (figure(session, "signals") != before) == (name != "experiment_cost")


def test_settings_are_named_in_words():
    session = visit("signals")
    names = ("n_samples", "t_start", "t_end", "n_channels", "experiment_cost", "experiment_minutes")
    assert [field(session, name).label for name in names] == [
        *("Number of samples", "Start (s)", "End (s)", "Channels"),
        *("Cost per experiment ($)", "Time per experiment (min)"),
    ]


@pytest.mark.parametrize("part", ["minimum", "maximum", "step"])
def test_each_end_of_a_range_can_be_set(part):
    session = visit("signals")
    field(session, f"bias-{part}").set_value(2.0).run()
    assert getattr(source(session).bias, part) == 2.0
    assert field(session.run(), f"bias-{part}").value == 2.0


def test_settings_stay_while_others_are_changed():
    session = visit("signals")
    field(session, "amplitude-step").set_value(0.5).run()
    field(session, "amplitude-maximum").set_value(4.0).run()
    field(session, "noise_amplitude").set_value(20.0).run()
    field(session, "waveform").set_value("triangle").run()
    assert source(session).amplitude.model_dump() == {"minimum": 0.1, "maximum": 4.0, "step": 0.5}
    assert source(session).noise_amplitude == 20
    assert source(session).waveform == "triangle"


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("amplitude-minimum", 20.0, "above the maximum"),
        ("amplitude-minimum", -1.0, "give 0 or more"),
        ("bias-step", 0.0, "give a step above 0"),
        ("bias-step", 1e-9, "give a step of at least"),
        ("bias-maximum", 1e9, "less than or equal to"),
        ("t_end", -1.0, "give a later end"),
    ],
)
def test_what_is_not_possible_is_said_and_the_last_possible_source_stays(name, value, says):
    session = visit("signals", source='{"waveform": "square"}')
    before = figure(session, "signals")
    field(session, name).set_value(value).run()
    assert is_well(session)
    assert len(session.error) == 1
    assert says in shown(session.error[0].value)
    assert source(session) == SimulatorConfig(waveform="square")
    assert in_address(session) == {"waveform": "square"}
    assert figure(session, "signals") == before


@pytest.mark.parametrize(
    ("name", "value", "following"),
    [
        ("amplitude-minimum", 20.0, "**Bias**"),
        ("bias-step", 0.0, "**Angular frequency (rad/s)**"),
        ("angular_frequency-maximum", 100.0, "**Phase (rad)**"),
    ],
)
def test_what_is_said_of_a_range_stands_below_it(name, value, following):
    session = visit("signals")
    field(session, name).set_value(value).run()
    told = ("error", "warning")
    texts = [element for element in session.main if element.type in ("markdown", *told)]
    assert [after.value for one, after in pairwise(texts) if one.type in told] == [following]


def test_what_was_not_possible_can_be_put_right():
    session = visit("signals")
    field(session, "amplitude-minimum").set_value(20.0).run()
    field(session, "amplitude-maximum").set_value(30.0).run()
    assert not session.error
    assert source(session).amplitude.minimum == 20
    assert source(session).amplitude.maximum == 30


def test_waves_too_fast_for_the_time_grid_are_warned_of():
    session = visit("signals")
    assert not session.warning
    field(session, "angular_frequency-maximum").set_value(100.0).run()
    assert len(session.warning) == 1
    assert "take more samples or a shorter time" in session.warning[0].value
    assert source(session).angular_frequency.maximum == 100


def test_drawing_again_changes_the_signals_and_nothing_else():
    session = visit("signals", source='{"n_samples": 32}')
    before, spectrum = figure(session, "signals"), figure(session, "psd")
    session.button(key="draw-again").click().run()
    assert is_well(session)
    assert [trace["y"] for trace in figure(session, "signals")["data"]] != [trace["y"] for trace in before["data"]]
    assert figure(session, "psd") != spectrum
    assert source(session) == SimulatorConfig(n_samples=32)
    assert in_address(session) == {"n_samples": 32}


def test_the_same_signals_are_drawn_until_asked_for_others():
    session = visit("signals")
    before = figure(session, "signals")
    go(session, "home")
    assert figure(go(session, "signals"), "signals") == before


def test_a_dozen_signals_are_shown():
    assert len(figure(visit("signals"), "signals")["data"]) == 12


def test_what_varies_is_drawn_and_what_does_not_is_said():
    session = visit("signals")
    layout = figure(session, "histograms")["layout"]
    assert [axis["title"]["text"] for name, axis in layout.items() if name.startswith("xaxis")] == [
        "Amplitude",
        "Bias",
        "Angular frequency (rad/s)",
    ]
    assert any("All signals share phase (rad) 0." in caption.value for caption in session.caption)


def test_a_source_in_which_nothing_varies_is_shown():
    one = {"minimum": 1, "maximum": 1, "step": 1}
    session = visit("signals", source=json.dumps(dict.fromkeys(("amplitude", "bias", "angular_frequency"), one)))
    assert is_well(session)
    assert not session.warning
    assert figure(session, "histograms")["data"] == []


def test_settings_stay_while_one_looks_at_other_pages():
    session = visit("signals")
    field(session, "waveform").set_value("sawtooth").run()
    go(session, "train")
    assert "sawtooth waves" in " ".join(text.value for text in session.markdown)
    go(session, "signals")
    assert field(session, "waveform").value == "sawtooth"
    assert in_address(session) == {"waveform": "sawtooth"}


# Save, load and share


def test_settings_without_a_name_are_not_saved():
    session = visit("signals")
    assert session.button(key="save").disabled
    assert session.text_input(key="save-name").set_value("   ").run().button(key="save").disabled


def test_saved_settings_can_be_loaded_again():
    session = saved(visit("signals", source='{"waveform": "square", "n_samples": 64}'), "Mine")
    assert is_well(session)
    session.button(key="defaults").click().run()
    assert source(session) == SimulatorConfig()
    session.button(key="load").click().run()
    assert is_well(session)
    assert source(session) == SimulatorConfig(waveform="square", n_samples=64)
    assert in_address(session) == {"waveform": "square", "n_samples": 64}
    assert field(session, "waveform").value == "square"
    assert field(session, "n_samples").value == 64


def test_other_sessions_can_load_saved_settings():
    SavedSources().save("Theirs", SimulatorConfig(noise_color="brown"))
    session = visit("signals")
    assert session.selectbox(key="saved-name").options == ["Theirs"]
    session.button(key="load").click().run()
    assert source(session).noise_color == "brown"


def test_saved_settings_can_be_deleted():
    session = saved(visit("signals"), "Mine")
    session.button(key="forget").click().run()
    assert is_well(session)
    assert SavedSources().names() == []
    assert not keys(session) & {"load", "forget"}


def test_the_defaults_come_back_on_request():
    session = visit("signals", source='{"waveform": "square", "n_samples": 64}')
    session.button(key="defaults").click().run()
    assert source(session) == SimulatorConfig()
    assert in_address(session) == {}
    assert field(session, "waveform").value == "sine"
    assert field(session, "n_samples").value == 300


def test_the_defaults_come_back_from_impossible_settings():
    session = visit("signals")
    field(session, "amplitude-minimum").set_value(20.0).run()
    session.button(key="defaults").click().run()
    assert not session.error
    assert field(session, "amplitude-minimum").value == 0.1


def test_broken_saved_settings_are_said_and_the_present_ones_stay(data_dir):
    (data_dir / "sources").mkdir()
    (data_dir / "sources" / "Broken.json").write_text("{")
    session = visit("signals", source='{"waveform": "square"}')
    session.button(key="load").click().run()
    assert is_well(session)
    assert len(session.error) == 1
    assert "is not valid JSON" in session.error[0].value
    assert source(session).waveform == "square"
    assert not session.run().error


def test_settings_that_cannot_be_saved_are_said_in_a_sentence(no_room):
    session = saved(visit("signals"), "Mine")
    assert is_well(session)
    assert len(session.error) == 1
    assert "Nothing can be written" in session.error[0].value
    assert figure(session, "signals")["data"]
