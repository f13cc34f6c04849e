from core.config import ManifoldConfig, SimulatorConfig, changed
from tests.pages.visits import components, data_of, figure, is_well, keys, visit


def texts(session) -> str:
    return " ".join(caption.value for caption in session.caption)


def test_without_runs_untrained_networks_are_shown_at_once():
    session = visit("how", source='{"n_samples": 32}')
    assert is_well(session)
    data = data_of(session, "stage")
    assert (data["step"], data["since"]) == (0, 0)
    assert [len(data["observations"][0][kind]) for kind in ("fakes", "reals")] == [4, 4]
    assert "There is no run yet" in texts(session)


def test_a_runs_networks_are_shown_as_they_stand(add_run):
    add_run("Mine")
    session = visit("how")
    assert is_well(session)
    assert data_of(session, "stage")["step"] == 60
    assert "at step 60" in texts(session)


def test_untrained_networks_can_be_chosen_instead(add_run):
    add_run()
    session = visit("how")
    session.button_group(key="how-networks").set_value("Untrained").run()
    assert is_well(session)
    assert data_of(session, "stage")["step"] == 0


def test_a_run_without_checkpoints_shows_untrained_networks(store, tiny_config):
    store.create(tiny_config, "New")
    session = visit("how")
    assert is_well(session)
    assert "has no checkpoint" in texts(session)
    assert data_of(session, "stage")["step"] == 0


def test_checkpoints_that_cannot_be_read_are_said_in_a_sentence(add_run):
    for file in (add_run("Broken").path / "checkpoints").iterdir():
        file.write_bytes(b"nonsense")
    session = visit("how")
    assert is_well(session)
    assert len(session.warning) == 1
    assert "untrained networks instead" in session.warning[0].value
    assert data_of(session, "stage")["step"] == 0


def test_a_newer_checkpoint_can_be_taken_up(add_run):
    run = add_run()
    session = visit("how")
    state = run.checkpoints.load()
    state["step"] += 20
    run.checkpoints.save(80, state)
    session.run()
    assert session.button(key="how-again").label == "Load step 80"
    session.button(key="how-again").click().run()
    assert data_of(session, "stage")["step"] == 80


def test_steps_taken_stay_while_the_page_is_left_and_start_again_forgets_them(add_run):
    add_run()
    session = visit("how")
    session.session_state["rehearsal"][1].go_on(2)
    session.run()
    assert data_of(session, "stage")["since"] == 2
    session.button(key="how-again").click().run()
    assert data_of(session, "stage")["since"] == 0


def test_several_channels_are_shown_one_at_a_time(add_run, tiny_config, store):
    store.create(changed(tiny_config, source=SimulatorConfig(n_samples=32, n_channels=2)), "Two")
    session = visit("how")
    first = data_of(session, "stage")["observations"][0]["reals"][0]["y"]
    session.selectbox(key="how-channel").set_value(2).run()
    assert is_well(session)
    assert data_of(session, "stage")["observations"][0]["reals"][0]["y"] != first


def test_the_losses_are_there_in_formulas(add_run):
    add_run()
    session = visit("how")
    assert len(session.latex) == 4
    played = [text.value for text in session.markdown if "used here" in text.value]
    assert len(played) == 1
    assert played[0].startswith("**Min-max")
    assert "how-again" in keys(session)


def test_the_stages_before_the_first_step_are_shown_with_what_they_brought(add_run):
    run = add_run()
    assert "how-stages" not in components(visit("how"))
    run.stages.save(0, "scale", run.reals)
    run.stages.save_figures(0, "scale", {"accuracy": 0.97})
    run.stages.save(1, "unknown", run.reals)
    (run.path / "config.json").write_bytes(changed(run.config, network=ManifoldConfig()).to_json())
    session = visit("how")
    assert is_well(session)
    names = {trace["name"][:-2] for trace in figure(session, "how-stages")["data"]}
    assert names == {"Real", "Scale"}
    assert any(
        "Classifiers are right about 97 % of real and fake signals; 50 % is guessing." in text.value
        for text in session.markdown
    )
