import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pytest

from core.__main__ import main
from core.config import PRESETS, RunConfig, changed, preset_config
from core.generation.export import FORMATS, Content, encode
from core.store.datasets import open_source
from core.store.runs import Run, RunStore
from core.store.status import State, Status
from core.training.events import Phase

ROOT = Path(__file__).parents[2]
N_STEPS = 600  # a few seconds: long enough to be interrupted

Outcome = tuple[int, str, str]  # exit code, stdout, stderr


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def command(capsys) -> Callable[..., Outcome]:
    """Does what a command line does, without a process of its own."""

    def run(*arguments: object) -> Outcome:
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="module")
def finished(tmp_path_factory, tiny_config) -> Run:
    """A finished run; tests leave it as it is."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WAVETWIN_DATA", str(folder))
        assert main(["train", "--config", str(written(tiny_config, folder / "tiny.json")), "--name", "Mine"]) == 0
    return RunStore(folder).all()[0]


@pytest.fixture
def run(finished, monkeypatch) -> Run:
    """The finished run, where the command looks for it."""
    monkeypatch.setenv("WAVETWIN_DATA", str(finished.path.parent.parent))
    return finished


@pytest.fixture
def tiny(tiny_config, tmp_path) -> Path:
    """A settings file for a short training."""
    return written(tiny_config, tmp_path / "tiny.json")


def written(config: RunConfig, path: Path) -> Path:
    path.write_text(config.model_dump_json())
    return path


def last_line(output: str) -> dict:
    return orjson.loads(output.splitlines()[-1])


# Training


def test_training_ends_with_one_json_object(tiny):
    process = subprocess.run(
        [sys.executable, "-m", "core", "train", "--config", tiny, "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0
    result = last_line(process.stdout)
    run = RunStore().get(result["run_id"])
    assert run.status.state is State.FINISHED
    assert (result["state"], result["steps"], result["error"]) == ("finished", 60, None)
    assert result["seconds"] > 0
    assert result["distance"] == run.load_surrogate().distance
    assert "Traceback" not in process.stderr


def test_training_says_what_came_of_it(command, tiny):
    code, out, _ = command("train", "--config", tiny, "--steps", 20, "--seed", 3, "--name", "My first")
    assert code == 0
    (run,) = RunStore().all()
    assert out == f"Run {run.id} is finished after 20 steps.\n"
    assert run.name == "My first"
    assert run.config.training.steps == 20
    assert run.config.training.seed == 3


def test_training_begins_with_the_first_preset(command, monkeypatch):
    monkeypatch.setattr("core.commands.train.execute", lambda run, should_stop, show: Status(state=State.FINISHED))
    code, _, _ = command("train", "--steps", 1)
    assert code == 0
    assert RunStore().all()[0].config.preset == next(iter(PRESETS))


def test_training_with_a_bar_names_the_phase(command, tiny, monkeypatch):
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    _, _, err = command("train", "--config", tiny)
    assert f"{Phase.ADVERSARIAL}: 100%" in err


def test_a_training_that_fails_says_why(command, tiny_config, tmp_path):
    nothing = {"minimum": 0, "maximum": 0, "step": 1}
    source = {"n_samples": 32, "amplitude": nothing, "bias": nothing, "noise_amplitude": 0}
    config = written(changed(tiny_config, source=source), tmp_path / "nothing.json")
    code, out, err = command("train", "--config", config, "--json")
    assert code == 1
    assert "nothing to learn" in err
    assert err.count("\n") == 1
    assert last_line(out)["state"] == "failed"
    assert last_line(out)["error"] == err.strip()


def test_a_finished_run_resumed_stays_finished(command, tiny):
    command("train", "--config", tiny)
    (run,) = RunStore().all()
    code, out, _ = command("train", "--resume", run.id, "--json")
    assert code == 0
    assert last_line(out)["state"] == "finished"
    assert last_line(out)["steps"] == 60


def test_an_interrupted_training_is_saved_and_resumed_to_its_end(command, tiny_config, tmp_path):
    longer = tiny_config.training.model_dump() | {"steps": N_STEPS, "n_eval": N_STEPS, "checkpoint_every": N_STEPS}
    config = written(changed(tiny_config, training=longer), tmp_path / "longer.json")
    process = subprocess.Popen(
        [sys.executable, "-m", "core", "train", "--config", config, "--json"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (runs := RunStore().all()) or runs[0].metrics.last("d_loss") is None:
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert last_line(out)["state"] == "interrupted"
    assert 0 < last_line(out)["steps"] < N_STEPS
    (run,) = runs
    assert run.status.state is State.INTERRUPTED
    code, out, _ = command("train", "--resume", run.id, "--json")
    assert code == 0
    assert last_line(out)["run_id"] == run.id
    assert last_line(out)["state"] == "finished"
    assert last_line(out)["steps"] == N_STEPS


# Generating


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("options", [[], ["--real"]], ids=["fake", "real"])
def test_a_file_of_every_format_holds_the_signals_of_the_seed(options, name, command, run, tmp_path):
    out = tmp_path / "signals"
    code, text, _ = command(
        *("generate", "--run", run.id, "--count", 300, "--seed", 3, "--format", name, "--out", out, "--json", *options)
    )
    assert code == 0
    origin = open_source(run.config) if options else run.load_surrogate()
    assert out.read_bytes() == b"".join(encode(origin.stream(300, 3), 300, Content.of(run.config), name))
    result = last_line(text)
    assert result.pop("seconds") > 0
    assert result == {"run_id": run.id, "path": str(out), "count": 300, "bytes": out.stat().st_size}
    assert [path.name for path in tmp_path.iterdir()] == ["signals"]


def test_generating_says_what_was_written(command, run, tmp_path):
    code, out, _ = command("generate", "--run", run.id, "--count", 1, "--out", tmp_path / "one.csv")
    assert code == 0
    assert out.startswith(f"1 signal in {tmp_path / 'one.csv'} (")


def test_a_file_is_replaced(command, run, tmp_path):
    (tmp_path / "one.csv").write_text("old")
    command("generate", "--run", run.id, "--count", 1, "--out", tmp_path / "one.csv")
    assert (tmp_path / "one.csv").read_text().startswith("t=0 s")


# Runs and settings


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


def test_exported_settings_train_the_same(command, run, tmp_path, monkeypatch):
    code, out, _ = command("export-config", "--run", run.id, "--out", tmp_path / "again.json")
    assert (code, out) == (0, "")
    monkeypatch.setenv("WAVETWIN_DATA", str(tmp_path))
    assert command("train", "--config", tmp_path / "again.json")[0] == 0
    (again,) = RunStore().all()
    assert again.config == run.config
    assert again.load_surrogate().sample(3).tobytes() == run.load_surrogate().sample(3).tobytes()


def test_the_settings_of_a_preset_are_printed(command):
    code, out, _ = command("export-config", "--preset", "article")
    assert code == 0
    assert RunConfig.from_json(out) == preset_config("article")


def test_the_settings_of_the_first_preset_are_printed_where_none_is_named(command):
    _, out, _ = command("export-config")
    assert RunConfig.from_json(out) == RunConfig()


# Wrong commands


def refused(outcome: Outcome) -> bool:
    """Exit code 2, nothing on stdout and one sentence on stderr."""
    code, out, err = outcome
    return code == 2 and out == "" and err.count("\n") == 1 and err.strip() != "" and "Traceback" not in err


@pytest.mark.parametrize(
    "line",
    [
        "",
        "dance",
        "train --steps 0",
        "train --steps -1",
        "train --steps many",
        "train --steps 100000000",
        "train --seed -1",
        "train --seed 99999999999",
        "train --preset nonsense",
        "train --config missing.json",
        "train --config .",
        "train --preset article --config missing.json",
        "train --resume 20200101-000000-dead",
        "train --resume ../../x",
        "train --resume 20200101-000000-dead --steps 5",
        "train --resume 20200101-000000-dead --name x",
        "train --unknown",
        "generate --run 20200101-000000-dead --out x.csv",
        "generate --run ../../x --out x.csv",
        "generate --out x.csv",
        "runs --unknown",
        "export-config --preset nonsense",
        "export-config --run 20200101-000000-dead",
        "export-config --out missing/x.json",
        "export-config --out .",
    ],
)
def test_a_wrong_command_is_refused_in_a_line(line, command):
    assert refused(command(*line.split()))
    assert RunStore().all() == []


@pytest.mark.parametrize(
    "line",
    [
        "--count 0 --out x.csv",
        "--count -5 --out x.csv",
        "--count many --out x.csv",
        "--seed -1 --out x.csv",
        "--format exe --out x.csv",
        "--out missing/x.csv",
        "--out .",
        "--out ..",
        "--out /",
        "",
    ],
)
def test_a_wrong_request_for_signals_is_refused_in_a_line(line, command, run, tmp_path):
    assert refused(command("generate", "--run", run.id, *line.split()))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"nonsense": 1}',
        b'{"training": {"steps": 0}}',
        b'{"training": {"steps": "many"}}',
        b'{"source": {"amplitude": {"minimum": 2, "maximum": 1, "step": 1}}}',
        b'{"network": {"latent_dim": 4, "sequence_length": 3}}',
        b'{"network": {"architecture": "quantum"}}',
        b"[" * 5000,
    ],
    ids=lambda content: content.decode(errors="replace")[:30] or "empty",
)
def test_a_wrong_settings_file_is_refused_in_a_line(content, command, tmp_path):
    (tmp_path / "wrong.json").write_bytes(content)
    assert refused(command("train", "--config", tmp_path / "wrong.json"))
    assert RunStore().all() == []


def test_an_empty_id_starts_no_new_training(command):
    assert refused(command("train", "--resume", "", "--steps", 1))
    assert RunStore().all() == []


def test_a_run_without_a_twin_gives_no_signals(command, tiny_config):
    run = RunStore().create(tiny_config)
    assert refused(command("generate", "--run", run.id, "--out", "x.csv"))


@pytest.mark.parametrize("name", ["config.json", "surrogate.safetensors"])
def test_a_broken_run_gives_no_signals(name, command, tiny_config):
    run = RunStore().create(tiny_config)
    (run.path / name).write_bytes(b"{")
    assert refused(command("generate", "--run", run.id, "--out", "x.csv"))


def test_a_run_that_another_process_trains_cannot_be_resumed(command, tiny_config):
    run = RunStore().create(tiny_config)
    run.claim()
    assert refused(command("train", "--resume", run.id))
    run.release()


def test_a_data_directory_that_cannot_be_written_is_said(command, data_dir):
    (data_dir / "runs").write_text("a file where the folder should be")
    assert refused(command("train", "--steps", 1))
    assert command("runs") == (0, "There are no runs yet; train one.\n", "")


def test_help_is_no_mistake(command):
    code, out, err = command("--help")
    assert code == 0
    assert "export-config" in out
    assert err == ""
