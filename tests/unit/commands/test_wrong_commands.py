import pytest

from core.store.runs import RunStore
from tests.unit.commands.outcomes import refused


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
    ("line", "named"),
    [
        ("--preset quick --window 64 --hop 3", "--window, --hop"),
        ("--rate 100 --unit V --skip 0", "--rate, --unit, --skip"),
        ("--role a=condition --time-unit ms --skip-unreadable", "--skip-unreadable, --role, --time-unit"),
        ("--resume 20200101-000000-dead --layout rows", "--layout"),
    ],
)
def test_how_recordings_are_read_without_any_is_refused(line, named, command):
    outcome = command("train", *line.split())
    assert refused(outcome)
    assert outcome[2].endswith(f"add --data with their files, or leave out {named}.\n")
    assert RunStore().all() == []


@pytest.mark.parametrize("port", [99999, 65536, 0, -1])
def test_a_port_that_cannot_be_is_refused(port, command):
    outcome = command("dashboard", "--no-browser", "--port", port)
    assert refused(outcome)
    assert outcome[2] == f"The port is {port}; give one from 1 to 65535.\n"


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


def test_ctrl_c_while_a_command_is_loaded_says_nothing(command, monkeypatch):
    def interrupt(_name: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.__main__.import_module", interrupt)
    assert command("runs") == (130, "", "")
