from core.store.run import Run
from tests.pages.evaluations import verdict
from tests.pages.visits import components, is_well, shown, tile_texts, visit


def test_a_report_can_be_compared_with_those_of_other_runs(add_judged, add_run):
    older = add_judged("Older")
    add_run("Never measured")
    newer = add_judged("Newer")
    session = visit("fidelity", run=newer.id)
    assert session.multiselect[0].options == [f"Older ({older.id[-4:]})"]
    assert "compared" not in components(session)
    session.multiselect[0].set_value([older.id]).run()
    assert is_well(session)
    texts = tile_texts(session, "compared")
    assert texts[:3] == ["Measure", "Newer", f"Older ({older.id[-4:]})"]
    assert [score.title for score in newer.report.scores] == [
        text for text in texts if text in {score.title for score in newer.report.scores}
    ]
    assert sum(newer.report.verdict.title in text for text in texts) == 2


def test_only_measures_that_both_have_are_compared(add_judged, report):
    older = add_judged("Older")
    older.save_report(report.model_copy(update={"scores": report.scores[:3]}))
    add_judged("Newer")
    session = visit("fidelity")
    session.multiselect[0].set_value([older.id]).run()
    assert is_well(session)
    texts = tile_texts(session, "compared")
    assert all(score.title in texts for score in report.scores[:3])
    assert not any(score.title in texts for score in report.scores[3:])


def test_where_nothing_else_was_measured_there_is_nothing_to_compare(add_judged, add_run):
    add_run("Other")
    add_judged("Mine")
    session = visit("fidelity")
    assert is_well(session)
    assert not session.multiselect


def test_a_compared_run_that_is_deleted_meanwhile_is_left_out(add_judged, store):
    kept, gone = add_judged("Kept"), add_judged("Gone")
    mine = add_judged("Mine")
    session = visit("fidelity", run=mine.id)
    session.multiselect[0].set_value([kept.id, gone.id]).run()
    assert f"Gone ({gone.id[-4:]})" in tile_texts(session, "compared")
    store.delete(gone.id)
    session.run()
    assert is_well(session)
    assert session.multiselect[0].options == [f"Kept ({kept.id[-4:]})"]
    assert verdict(session)


def test_another_run_may_be_judged_while_others_are_compared(add_judged):
    older, newer = add_judged("Older"), add_judged("Newer")
    session = visit("fidelity", run=newer.id)
    session.multiselect[0].set_value([older.id]).run()
    session.sidebar.selectbox[0].set_value(older.id).run()
    assert is_well(session)
    assert session.multiselect[0].options == [f"Newer ({newer.id[-4:]})"]


def test_of_other_runs_only_the_reports_that_are_chosen_are_read(add_judged, monkeypatch):
    other, mine = add_judged("Other"), add_judged("Mine")
    read, report = [], Run.report
    monkeypatch.setattr(Run, "report", property(lambda run: read.append(run.id) or report.fget(run)))
    session = visit("fidelity", run=mine.id)
    assert is_well(session)
    assert set(read) == {mine.id}
    session.multiselect[0].set_value([other.id]).run()
    assert is_well(session)
    assert set(read) == {mine.id, other.id}


def test_a_report_that_cannot_be_read_is_told_when_it_is_chosen(add_judged):
    other, mine = add_judged("Other"), add_judged("Mine")
    (other.path / "fidelity.json").write_text("{")
    session = visit("fidelity", run=mine.id)
    session.multiselect[0].set_value([other.id]).run()
    assert is_well(session)
    assert "compared" not in components(session)
    assert any(f"Other ({other.id[-4:]}) cannot be read" in shown(caption.value) for caption in session.caption)
