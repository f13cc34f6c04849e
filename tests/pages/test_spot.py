import json

import pytest

from core.config import changed
from core.demos.spot_the_fake import open_game
from core.store.status import State
from pages.components import cards as widget
from tests.pages.visits import components, data_of, go, is_well, links, shown, tile_texts, visit


@pytest.fixture
def press(monkeypatch):
    """Presses the button below the cards, once, with some of them marked."""
    pressed: list[list[int]] = []
    component = widget._component

    def answered(*, data, **more):
        component(data=data, **more)
        if not pressed:
            return {}
        marks = pressed.pop()
        return {"marks": {"series": data["series"], "marks": marks}, "next": data["series"]}

    monkeypatch.setattr(widget, "_component", answered)

    def press(session, marks=()):
        pressed.append(list(marks))
        return session.run()

    return press


def captions(session) -> str:
    return shown(" ".join(caption.value for caption in session.caption))


def fakes_of(run, seed: int, index: int) -> list[int]:
    return [place for place, fake in enumerate(open_game(run, seed).round(index).is_fake) if fake]


def test_the_answers_are_not_there_before_one_checks(add_run):
    add_run()
    session = visit("spot")
    assert is_well(session)
    data = data_of(session, "cards")
    assert len(data["curves"]) == 8
    assert data["answers"] is data["marks"] is None
    assert set(data) == {"series", "curves", "range", "marks", "answers", "last"}
    assert "fake" not in json.dumps(data)
    assert "spot-score" not in components(session)


def test_a_round_is_played_and_another_begins(add_run, press):
    run = add_run()
    session = visit("spot", game="7")
    fakes = fakes_of(run, 7, 0)
    press(session, fakes)
    assert is_well(session)
    data = data_of(session, "cards")
    assert data["marks"] == fakes
    assert [place for place, answer in enumerate(data["answers"]) if answer["fake"]] == fakes
    assert all(answer["right"] for answer in data["answers"])
    texts = tile_texts(session, "spot-score")
    assert texts[:3] == ["You", "8 of 8", "cards right in 1 round"]
    assert texts[3] == "The classifier"
    assert texts[6:] == ["Guessing", "4 of 8", "on average"]
    assert "you probably see a difference" in " ".join(text.value for text in session.markdown)
    press(session)
    assert "Round 2" in captions(session)
    assert data_of(session, "cards")["answers"] is None
    wrong = [place for place in range(8) if place not in fakes_of(run, 7, 1)]
    press(session, wrong)
    assert tile_texts(session, "spot-score")[1] == "8 of 16"
    assert not any(answer["right"] for answer in data_of(session, "cards")["answers"])


def test_a_link_opens_the_same_cards(add_run):
    run = add_run()
    curves = [data_of(visit("spot", run=run.id, game=game), "cards")["curves"] for game in ("7", "7", "8")]
    assert curves[0] == curves[1] != curves[2]


def test_a_new_game_deals_other_cards_and_has_an_address(add_run):
    add_run()
    session = visit("spot", game="7")
    before = data_of(session, "cards")["curves"]
    session.button(key="new-game").click().run()
    assert data_of(session, "cards")["curves"] != before
    assert session.number_input(key="game").value == 8
    assert session.query_params["game"] in ("8", ["8"])


def test_what_was_played_is_there_when_one_comes_back(add_run, press):
    add_run()
    session = press(visit("spot"), [0, 1])
    go(session, "generate")
    go(session, "spot")
    assert data_of(session, "cards")["marks"] == [0, 1]


def test_another_kind_of_networks_is_offered_and_played_against(add_run, manifold_config):
    run = add_run("Plain")
    other = add_run("*Other*")
    (other.path / "config.json").write_text(
        changed(run.config, network=manifold_config.network.model_dump()).model_dump_json()
    )
    session = visit("spot", run=run.id)
    assert "Another opponent" in captions(session)
    button = session.button(key="other-run")
    assert shown(button.label) == "*Other*"
    button.click().run()
    assert session.query_params["run"] in (other.id, [other.id])
    assert shown(session.button(key="other-run").label) == "Plain"


def test_one_run_alone_offers_no_other(add_run):
    add_run()
    assert not [button for button in visit("spot").button if button.key == "other-run"]


def test_each_card_is_explained(add_run):
    add_run()
    assert "values over" in captions(visit("spot"))
    assert "one scale" in captions(visit("spot"))


def test_a_run_that_learns_says_that_it_may_change(held_run):
    session = visit("spot")
    assert is_well(session)
    assert held_run.status.state == State.RUNNING
    assert "the game starts over" in captions(session)


def test_signals_that_were_held_out_are_too_few_for_a_round(add_run, data_dir, monkeypatch):
    add_run().path.rename(data_dir / "runs" / "20260909-120000-0001")  # of which no page remembers a game
    monkeypatch.setattr("core.demos.spot_the_fake.BLOCK", 3)
    session = visit("spot")
    assert is_well(session)
    assert session.info[0].value.startswith("Only 3 signals were held out from the training, and a round needs 4.")


def test_signals_that_are_too_few_for_a_classifier_are_told(add_run, press, data_dir, monkeypatch):
    add_run().path.rename(data_dir / "runs" / "20260909-120000-0002")
    monkeypatch.setattr("core.demos.spot_the_fake.train_rival", lambda run: None)
    session = press(visit("spot"), [0, 1, 2, 3])
    assert "too few signals to train it" in tile_texts(session, "spot-score")


def test_without_a_run_one_is_sent_to_train_one():
    session = visit("spot")
    assert "no fakes to spot yet" in session.info[0].value
    assert links(session) == ["Go to Train"]


def test_without_a_twin_yet_one_is_told_to_wait(store, tiny_config):
    store.create(tiny_config, "New")
    session = visit("spot")
    assert "“New” has not learned anything yet" in shown(session.info[0].value)
    assert "cards" not in components(session)
