import pytest

from core.config import PRESETS, SimulatorConfig
from core.examples import folders, give
from core.recordings.samples import SAMPLES
from core.store.status import State
from pages.widgets.recipes import RECIPES
from tests.pages.visits import go, is_well, keys, links, visit
from tests.waiting import wait_until

RECIPE_STEPS = [
    *("2 · Balance the classes", "3 · Ask: does it help?"),
    *("2 · How true are the fakes?", "3 · Ask for premature beats", "4 · Find beats that are odd"),
    *("1 · Generate signals with faults", "2 · See which ones are found"),
]
TRAINED = {key: recipe for key, recipe in RECIPES.items() if recipe.sample}
BEFORE = [*range(8), *RECIPE_STEPS]  # links above those to runs in progress


def captions(session) -> str:
    return " ".join(caption.value for caption in session.caption)


def test_the_first_page_leads_to_a_look_and_to_the_steps():
    looks = ["How it works", "Replay", "Play a round", "Explore"]
    steps = ["Go to Signals", "Go to Train", "Go to Fidelity", "Go to Generate"]
    assert links(visit("home")) == [*looks, *steps, *RECIPE_STEPS]


def test_a_look_is_at_the_example_that_shows_it_best(data_dir):
    give(data_dir)
    addresses = {link.label: link.query_string for link in (one.proto for one in visit("home").get("page_link"))}
    article, twin = (folder.name for folder in folders())
    assert addresses["Replay"] == f"run={article}&view=Replay"
    assert addresses["Play a round"] == f"run={twin}"
    assert addresses["Explore"] == f"run={twin}"
    assert addresses["How it works"] == ""


def test_the_first_page_says_what_real_experiments_would_take():
    text = captions(visit("home"))
    assert "$50,000" in text
    assert "69.4 days" in text


def test_the_price_is_that_of_the_source():
    text = captions(visit("home", source='{"experiment_cost": 2.0, "experiment_minutes": 0.5}'))
    assert "$200,000" in text
    assert "34.7 days" in text


def test_one_click_starts_the_demo_and_shows_it(manager):
    session = visit("home")
    session.button(key="demo").click().run()
    (run,) = manager.store.all()
    assert is_well(session)
    assert run.name == "Demo"
    assert run.config.preset == next(iter(PRESETS))
    assert run.config.source == SimulatorConfig()
    assert session.title[0].value == "Train"
    assert session.query_params["run"] == run.id
    assert {"pause", "stop"} <= keys(session)


def test_a_demo_that_cannot_be_kept_is_said_in_a_sentence(no_room):
    session = visit("home")
    session.button(key="demo").click().run()
    assert is_well(session)
    assert len(session.error) == 1
    assert "Nothing can be written" in session.error[0].value
    assert session.title[0].value == "Wavetwin"


def test_runs_in_progress_are_listed(live_run, manager, tiny_config, add_run):
    add_run("Ended")
    manager.start(tiny_config, "Waiting")
    wait_until(lambda: live_run.status.step > 0)
    session = visit("home")
    assert links(session)[len(BEFORE) :] == ["Alive", "Waiting"]
    assert len(session.get("progress")) == 1
    assert session.get("progress")[0].proto.text.endswith("of 10,000,000")


def test_a_run_of_another_process_is_listed(held_run):
    session = visit("home")
    assert links(session)[len(BEFORE) :] == ["Elsewhere"]
    assert session.get("progress")[0].proto.text == "Step 20 of 60"


def test_progress_never_passes_the_end(held_run):
    held_run.write_status(held_run.status.model_copy(update={"step": 70}))
    session = visit("home")
    assert is_well(session)
    assert session.get("progress")[0].proto.value == 100


def test_it_is_said_where_nothing_is_being_trained(add_run):
    add_run("Ended", State.INTERRUPTED)
    session = visit("home")
    assert "No training is running." in captions(session)
    assert len(links(session)) == len(BEFORE)


def test_the_end_of_the_last_run_is_noticed(live_run, manager):
    session = visit("home")
    manager.shutdown()
    assert "No training is running" in captions(session.run())
    assert is_well(session)


def test_the_words_of_the_trade_are_explained():
    session = visit("home")
    folded = {expander.label: expander.markdown[0].value for expander in session.expander}
    assert "generative adversarial network" in folded["What is a GAN?"]
    assert "**latent**" in folded["Glossary"]
    assert is_well(go(session, "home"))


# Recipes


def link(session, label: str):
    return next(one.proto for one in session.get("page_link") if one.label == label)


@pytest.mark.parametrize(
    ("key", "title", "condition"), [(key, one.title, one.conditions) for key, one in TRAINED.items()]
)
def test_a_recipe_trains_a_twin_of_its_sample(key, title, condition, manager):
    session = visit("home")
    assert link(session, RECIPE_STEPS[0]).disabled
    session.button(key=f"recipe-{key}").click().run()
    (run,) = manager.store.all()
    assert is_well(session)
    assert run.name == title
    assert run.config.conditions == condition
    assert run.config.source.kind == "recordings"
    assert session.title[0].value == "Train"
    assert session.query_params["run"] == run.id


def test_a_recipe_that_was_begun_leads_on_with_its_twin(add_run):
    failed, begun = add_run(RECIPES["machine"].title, State.FAILED), add_run(RECIPES["machine"].title)
    session = visit("home")
    assert link(session, "1 · See its twin learn").query_string == f"run={begun.id}"
    for label in RECIPE_STEPS[:2]:
        assert link(session, label).query_string == f"run={begun.id}"
        assert not link(session, label).disabled
    assert link(session, RECIPE_STEPS[2]).disabled
    assert failed.id != begun.id


def test_a_recipe_without_a_training_leads_to_the_example(data_dir):
    give(data_dir)
    twin = folders()[1].name
    session = visit("home")
    assert link(session, RECIPE_STEPS[-1]).query_string == f"run={twin}&look-at=Planted+faults"


def test_a_recipe_that_cannot_be_kept_is_said_in_a_sentence(no_room):
    session = visit("home")
    session.button(key="recipe-heart").click().run()
    assert is_well(session)
    assert len(session.error) == 1
    assert session.title[0].value == "Wavetwin"


def test_recipes_ask_for_what_their_samples_know():
    for recipe in TRAINED.values():
        names = [column.name for column in SAMPLES[recipe.sample].make().columns]
        assert set(recipe.conditions) <= set(names)


def test_of_many_trainings_the_first_are_listed(store, tiny_config):
    for n in range(8):
        store.create(tiny_config, f"Run {n}", sweep="Sweep")
    session = visit("home")
    assert is_well(session)
    assert links(session)[len(BEFORE) :] == [*(f"Run {n}" for n in range(6)), "2 more"]
