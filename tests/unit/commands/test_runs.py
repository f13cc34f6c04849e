from core.store.runs import RunStore
from tests.unit.commands.outcomes import last_line


def test_all_runs_are_listed(command, run):
    code, out, err = command("runs")
    assert code == 0
    assert err == ""
    assert out.split() == [run.id, "finished", "60", "/", "60", "Mine"]


def test_all_runs_are_listed_for_programs(command, run):
    _, out, _ = command("runs", "--json")
    result = last_line(out)
    assert result["broken"] == {}
    (row,) = result["runs"]
    assert (row["run_id"], row["name"], row["state"], row["preset"]) == (run.id, "Mine", "finished", "article")
    assert (row["steps"], row["of_steps"], row["error"]) == (60, 60, None)
    assert row["distance"] == run.metrics.last("distance")


def test_without_runs_a_sentence_says_so(command):
    assert command("runs") == (0, "There are no runs yet; train one.\n", "")
    assert last_line(command("runs", "--json")[1]) == {"runs": [], "broken": {}}


def test_a_broken_run_is_said_beside_the_others(command, tiny):
    command("train", "--config", tiny, "--steps", 1, "--name", "Good")
    command("train", "--config", tiny, "--steps", 1, "--name", "Broken")
    broken, good = RunStore().all()
    (broken.path / "config.json").write_text("{")
    code, out, err = command("runs", "--json")
    assert code == 0
    assert err.count("\n") == 1
    assert broken.id in err
    assert [row["run_id"] for row in last_line(out)["runs"]] == [good.id]
    assert last_line(out)["broken"] == {broken.id: err.strip()}
