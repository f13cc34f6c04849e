"""What is understood of files is told whole: what was read, what was left out, and whether a data set comes of it."""

import orjson
import pytest

from core.__main__ import main
from core.recordings.understanding import as_text, understand

TABLE = b"time,u,v\n" + b"".join(b"%.2f,%d.5,%d.5\n" % (i / 100, i % 7, i % 5) for i in range(1000))


def test_a_table_is_understood():
    found = understand([("a.csv", TABLE)])
    assert (found.expect, found.then, found.channels) == ("read", "made", ("u", "v"))
    assert (found.n_recordings, found.n_samples, found.n_missing, found.last) == (1, 1000, 0, 5.5)
    assert found.rate_hz == pytest.approx(100)
    assert found.first == (0.5, 1.5, 2.5)
    assert found.ignored == ("time",)
    assert "time" in as_text(found)


def test_a_refusal_is_an_answer():
    found = understand([("a.csv", b"")])
    assert (found.expect, found.then, found.n_channels) == ("refuse", "refused", 0)
    assert as_text(found) == f"Refused: {found.said[0]}"


def test_too_little_for_a_data_set_is_read_and_said():
    found = understand([("a.csv", b"\n".join(TABLE.split(b"\n")[:40]))])
    assert (found.expect, found.then) == ("read", "refused")
    assert "data set" in found.said[-1]


def test_the_command_line_tells_the_same(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_bytes(TABLE)
    assert main(["inspect", str(path), "--json"]) == 0
    found = orjson.loads(capsys.readouterr().out)
    assert found["channels"] == ["u", "v"]
    assert main(["inspect", str(path)]) == 0
    assert "100 Hz" in capsys.readouterr().out
