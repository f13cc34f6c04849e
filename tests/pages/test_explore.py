import pytest

from core.config import SimulatorConfig, changed
from core.examples import folders, give
from core.jobs.training import train
from tests.pages.visits import components, data_of, is_well, links, visit


@pytest.fixture
def examples(data_dir) -> tuple[str, str]:
    """The ids of the article's run and of the twin's."""
    give(data_dir)
    article, twin = (folder.name for folder in folders())
    return article, twin


def words(session) -> str:
    return " ".join(text.value for text in session.markdown)


def test_without_runs_the_way_to_one_is_shown():
    session = visit("explore")
    assert "no twin to explore" in session.info[0].value
    assert "Go to Train" in links(session)
    assert components(session) == []


def test_a_run_that_has_not_learned_yet_says_so(store, tiny_config):
    store.create(tiny_config, "New")
    session = visit("explore")
    assert is_well(session)
    assert "has not learned anything yet" in session.info[0].value


def test_the_twin_is_ready_to_be_explored(examples):
    session = visit("explore", run=examples[1])
    assert is_well(session)
    data = data_of(session, "explorer")
    assert (data["run"], data["at"], data["to"], data["share"]) == (examples[1], "1", "", 0)
    assert data["noise"]
    assert data["columns"] == []
    assert data["range"][0] < 0 < data["range"][1]
    assert "Clear **Include noise**" in words(session)
    assert "**Sound**: Played 1,000 times as fast" in words(session)


def test_the_articles_networks_cannot_switch_noise_off(examples):
    session = visit("explore", run=examples[0])
    assert not data_of(session, "explorer")["noise"]
    assert "you cannot switch it off" in words(session)


def test_a_link_opens_the_page_where_it_was_left(examples):
    session = visit("explore", run=examples[1], at="7_1,0,0", to="8", share="0.4")
    data = data_of(session, "explorer")
    assert (data["at"], data["to"], data["share"]) == ("7_1,0,0", "8", 0.4)


def test_a_link_is_forgotten_when_another_run_is_chosen(examples):
    session = visit("explore", run=examples[1], at="7_1,0,0")
    session.sidebar.selectbox(key="run").set_value(examples[0]).run()
    assert is_well(session)
    data = data_of(session, "explorer")
    assert (data["run"], data["at"]) == (examples[0], "1")


@pytest.mark.parametrize("share", ["far", "2", "-1", "nan"])
def test_a_share_that_is_none_is_told_in_a_sentence(examples, share):
    session = visit("explore", run=examples[1], share=share)
    assert is_well(session)
    assert "is not a number from 0 to 1" in session.error[0].value


def test_a_broken_twin_is_told_in_a_sentence(add_run):
    add_run("Broken").path.joinpath("surrogate.safetensors").write_bytes(b"nonsense")
    session = visit("explore")
    assert is_well(session)
    assert "cannot be read" in session.error[0].value


def test_channels_and_conditions_can_be_chosen(data_dir, tiny_config):
    source = SimulatorConfig(n_samples=32, n_channels=2).model_dump()
    train(changed(tiny_config, source=source, conditions=["amplitude"]), "Asked", data_dir)
    session = visit("explore")
    assert is_well(session)
    first = data_of(session, "explorer")
    assert [column["label"] for column in first["columns"]] == ["Amplitude"]
    session.selectbox(key="explore-channel").set_value(2).run()
    assert is_well(session)
    assert data_of(session, "explorer")["channel"] == 1
