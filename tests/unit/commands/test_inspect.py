"""How files are read by hand, on the command line."""

import numpy as np
import pytest

from tests.unit.commands.outcomes import last_line, refused


@pytest.fixture
def table(tmp_path):
    """Sixty rows of a table whose separator, decimal sign, notes and columns have to be told."""
    rows = [f"{i / 10:.1f};{i // 20};{np.sin(i):.4f};{np.cos(i):.4f}".replace(".", ",") for i in range(60)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["a note", "time;run;x;y", *rows]), encoding="utf-8")
    return path


def test_what_is_said_by_hand_stands(command, table):
    options = ["--skip", 1, "--separator", "semicolon", "--decimal", ",", "--encoding", "utf-8", "--layout", "long"]
    roles = ["--role", "run=recording", "--role", "y=ignore"]
    code, out, _ = command("inspect", table, *options, *roles, "--json")
    found = last_line(out)
    assert code == 0
    assert (found["n_recordings"], found["n_samples"], found["channels"]) == (3, 20, ["x"])
    assert set(found["ignored"]) == {"time", "run", "y"}


def test_the_unit_of_times_can_be_given(command, table):
    options = ["--skip", 1, "--layout", "channels", "--role", "run=ignore", "--time-unit", "us", "--json"]
    code, out, _ = command("inspect", table, *options)
    assert code == 0
    assert last_line(out)["rate_hz"] == pytest.approx(1e7)


@pytest.mark.parametrize("role", ["run", "run=nothing"])
def test_what_is_no_role_is_refused(command, table, role):
    assert refused(command("inspect", table, "--role", role))


@pytest.fixture
def folder(tmp_path):
    """Four files of ten signals, one of them in a folder of its own, and one that is none."""
    folder = tmp_path / "recorded"
    for i, name in enumerate(("a.npy", "b.npy", "c.npy", "later/d.npy")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, np.random.default_rng(i).normal(size=(10, 1, 32)).astype(np.float32))
    (folder / ".hidden").write_bytes(bytes(9))
    return folder


def test_what_stands_beside_own_signals_is_passed_over(command, folder):
    for name in ("card.json", "card.md", "plan.json", "surrogate.safetensors", "entries/000000.json", "manifest.json"):
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}")
    code, out, _ = command("inspect", folder, "--json")
    assert (code, last_line(out)["n_recordings"]) == (0, 40)


@pytest.mark.parametrize("limit", [1_000_000, 2_000])
def test_folders_and_patterns_stand_for_their_files(command, folder, monkeypatch, limit):
    monkeypatch.setattr("core.recordings.one_by_one.MAX_BYTES", limit)
    monkeypatch.chdir(folder)
    for given, n in (([folder], 40), (["*.npy"], 30), ([folder / "*" / "*.npy", "a.npy"], 20), (["**/*.npy"], 40)):
        code, out, _ = command("inspect", *given, "--json")
        assert code == 0
        assert last_line(out)["n_recordings"] == n


@pytest.mark.parametrize("limit", [1_000_000, 2_000])
def test_files_that_cannot_be_read_are_refused_or_skipped(command, folder, monkeypatch, limit):
    monkeypatch.setattr("core.recordings.one_by_one.MAX_BYTES", limit)
    (folder / "notes.bin").write_bytes(bytes(100))
    code, out, _ = command("inspect", folder)
    assert code == 2
    assert "notes.bin" in out
    code, out, _ = command("inspect", folder, "--skip-unreadable", "--json")
    assert code == 0
    found = last_line(out)
    assert found["n_recordings"] == 40
    assert any(sentence.startswith("Left out: “notes.bin”") for sentence in found["said"])


@pytest.mark.parametrize("given", ["empty", "*.csv"])
def test_where_no_files_are_a_sentence_says_so(command, tmp_path, given):
    (tmp_path / "empty").mkdir()
    outcome = command("inspect", given)
    assert refused(outcome)
    assert given in outcome[2]
