import numpy as np
import pytest

from core.presentation.report_plots import figure_of
from core.signals.value_limits import LEFT_OUT, ValueLimits
from tests.pages.evaluations import DOWNLOADS, UGLY, downloads, progress, verdict
from tests.pages.visits import components, data_of, figure, go, is_well, keys, links, markdown, shown, tile_texts, visit


def test_without_a_run_one_is_sent_to_train_one():
    session = visit("fidelity")
    assert is_well(session)
    assert "There is no twin to evaluate yet" in session.info[0].value
    assert links(session) == ["Go to Train"]
    assert "measure" not in keys(session)


def test_without_a_twin_yet_one_is_told_to_wait(store, tiny_config):
    store.create(tiny_config, "New")
    session = visit("fidelity")
    assert is_well(session)
    assert "“New” has not learned anything yet" in shown(session.info[0].value)
    assert links(session) == ["Go to Train"]
    assert "measure" not in keys(session)


def test_a_twin_that_was_never_measured_can_be(add_run):
    add_run()
    session = visit("fidelity")
    assert is_well(session)
    assert "has not been measured yet" in session.info[0].value
    assert session.button(key="measure").label == "Measure"
    assert not session.button(key="measure").disabled
    assert session.radio[0].value == "quick"
    assert downloads(session) == components(session) == []
    assert progress(session) == []


def test_the_report_is_there_at_once_in_a_new_session(add_judged):
    report = add_judged().report
    session = visit("fidelity")
    assert is_well(session)
    assert report.verdict.title in verdict(session)
    assert report.verdict.sentence in verdict(session)
    assert report.verdict.advice in verdict(session)
    texts = tile_texts(session, "scorecard")
    for score in report.scores:
        at = texts.index(score.title)
        assert texts[at + 2] == score.format(score.value)
        assert texts[at + 4] == score.format(score.floor)
        assert texts[at + 6].strip() == score.grade
        assert texts[at + 7].startswith(score.sentence)
    assert any("Quick scorecard of 60 fakes from “Mine”" in shown(caption.value) for caption in session.caption)
    assert downloads(session) == DOWNLOADS
    assert not session.warning


def test_it_is_told_which_values_fakes_can_have_and_that_bounds_were_left_out(add_run):
    run = add_run()
    twin = run.load_surrogate()
    assert "What values its fakes can have" not in [found.label for found in visit("fidelity").expander]
    waves = np.sin(np.random.default_rng(0).uniform(0, 6, (20, 1, 50))).astype(np.float32)
    twin.scaling.limits = ValueLimits.find(waves).unbounded()
    run.save_surrogate(twin)
    (found,) = (one for one in visit("fidelity").expander if one.label == "What values its fakes can have")
    assert [shown(one.value) for one in found.markdown] == [LEFT_OUT]


def test_every_picture_of_the_report_is_shown(add_judged):
    shown_ = {f"picture-{picture.key}": picture for picture in add_judged().report.pictures}
    session = visit("fidelity")
    assert {key for key in components(session) if key.startswith("picture-")} == set(shown_)
    for key, picture in shown_.items():
        assert figure(session, key) == figure_of(picture)
        assert picture.title in data_of(session, key)["description"]
        assert picture.caption in [shown(caption.value) for caption in session.caption]


@pytest.mark.parametrize("content", [b"", b"{", b"\x00\xff", b'{"format": 1}', b"null"])
def test_a_report_that_cannot_be_read_can_be_measured_again(content, add_run):
    (add_run().path / "fidelity.json").write_bytes(content)
    session = visit("fidelity")
    assert is_well(session)
    assert not session.error
    assert "has not been measured yet" in session.info[0].value
    assert not session.button(key="measure").disabled
    assert is_well(go(session, "runs"))
    assert is_well(go(session, "generate"))


def test_a_report_of_an_earlier_state_says_so(add_judged):
    run = add_judged(step=1234)
    session = visit("fidelity")
    assert is_well(session)
    (warning,) = session.warning
    assert "describes the twin at step 1,234" in shown(warning.value)
    assert f"has moved on to step {run.load_surrogate().step}" in shown(warning.value)
    assert verdict(session)


@pytest.mark.parametrize("content", [b"", b"{"])
def test_a_twin_that_cannot_be_read_is_said_in_a_sentence(content, add_judged):
    run = add_judged()
    (run.path / "surrogate.safetensors").write_bytes(content)
    session = visit("fidelity")
    assert is_well(session)
    assert len(session.error) == 1
    assert "cannot be read" in session.error[0].value


def test_a_name_is_shown_as_it_was_typed(add_judged):
    other, run = add_judged("Other"), add_judged(UGLY)
    session = visit("fidelity", run=run.id)
    session.multiselect[0].set_value([other.id]).run()
    assert is_well(session)
    assert not [text for text in markdown(session) if "$y$" in text or "**z**" in text or "![i]" in text]
    assert "<b>x" not in data_of(session, "compared")["html"]
    assert UGLY in tile_texts(session, "compared")


def test_the_picked_run_is_judged(add_judged):
    older = add_judged("Older")
    add_judged("Newer")
    session = visit("fidelity")
    session.sidebar.selectbox[0].set_value(older.id).run()
    assert any("“Older”" in shown(caption.value) for caption in session.caption)
