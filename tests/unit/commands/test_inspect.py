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
