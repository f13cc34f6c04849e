from tests.pages.evaluations import click
from tests.pages.visits import is_well, links, names, tick, visit


def test_the_table_of_runs_has_the_verdicts(add_judged, add_run):
    judged = add_judged("Judged")
    add_run("Never measured")
    session = visit("runs")
    assert is_well(session)
    assert names(session) == ["Never measured", "Judged"]
    verdicts = session.dataframe[0].value["verdict"]
    assert verdicts.isna().tolist() == [True, False]
    assert verdicts[1] == judged.report.verdict.title


def test_a_ticked_run_can_be_judged(add_run):
    older = add_run("Older")
    add_run("Newer")
    session = tick(visit("runs"), 1)
    assert not session.button(key="judge").disabled
    click(session, "judge")
    assert is_well(session)
    assert session.title[0].value == "Fidelity"
    assert session.query_params["run"] == older.id


def test_a_run_without_a_twin_cannot_be_judged(store, tiny_config):
    store.create(tiny_config, "New")
    assert tick(visit("runs"), 0).button(key="judge").disabled


def test_whoever_takes_signals_is_told_the_verdict(add_judged, add_run):
    judged = add_judged("Judged")
    session = visit("generate", run=judged.id)
    assert any(f"Verdict: **{judged.report.verdict.title}**." in caption.value for caption in session.caption)
    assert "How true is it?" in links(session)
    other = visit("generate", run=add_run("Never measured").id)
    assert any("not judged yet" in caption.value for caption in other.caption)
    assert not [caption for caption in other.caption if "Verdict" in caption.value]
    assert "How true is it?" in links(other)


def test_whoever_trained_a_twin_is_led_to_its_judgement(add_run):
    add_run()
    assert "Judge it" in links(visit("train"))


def test_the_first_page_leads_to_the_judgement():
    steps = [label for label in links(visit("home")) if label.startswith("Go to ")]
    assert steps == ["Go to Signals", "Go to Train", "Go to Fidelity", "Go to Generate"]
