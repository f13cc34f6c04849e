from core.store.runs import RunStore
from core.store.status import State, Status, WorkerKind, WorkerRecord
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


def test_the_runs_of_a_sweep_are_listed_the_best_first(command, tiny_config):
    store = RunStore()
    store.create(tiny_config, "Own")
    for name, accuracy in (("Worse", 0.8), ("Better", 0.6)):
        run = store.create(tiny_config, name, sweep="Seeds")
        run.log_metrics(20, {"accuracy": accuracy, "distance": 2.0, "is_best": True})
        run.write_status(Status(state=State.FINISHED, step=20))
    waiting = store.create(tiny_config, "Waiting", sweep="Seeds")
    _, out, _ = command("runs", "--sweep", "Seeds")
    assert [line.split()[0] for line in out.splitlines()] == ["1.", "2.", waiting.id]
    assert out.splitlines()[0].endswith("Better  told apart 0.60")
    rows = last_line(command("runs", "--sweep", "Seeds", "--json")[1])["runs"]
    assert [(row["name"], row["rank"], row["place_in_queue"]) for row in rows] == [
        ("Better", 1, None),
        ("Worse", 2, None),
        ("Waiting", None, 2),
    ]
    assert command("runs", "--sweep", "None")[1] == "There are no runs of that sweep.\n"


def test_who_trains_a_run_is_said(command, tiny_config):
    run = RunStore().create(tiny_config)
    run.claim()
    run.write_status(Status(state=State.RUNNING))
    run.write_worker(WorkerRecord(kind=WorkerKind.RAY, host="node7", pid=12, since=5.0))
    (row,) = last_line(command("runs", "--json")[1])["runs"]
    run.release()
    assert row["worker"] == {"kind": "ray", "host": "node7", "pid": 12, "since": 5.0}
