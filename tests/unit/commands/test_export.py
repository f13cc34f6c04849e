import zipfile

import pytest

from core.generation.portable.draw import draw
from tests.unit.commands.outcomes import last_line, refused


@pytest.mark.slow
def test_the_twin_is_written_with_a_page_that_gives_its_signals(run, command, tmp_path):
    code, out, _ = command("export", "--run", run.id, "--onnx", tmp_path / "twin.zip", "--json")
    assert code == 0
    assert last_line(out)["bytes"] == (tmp_path / "twin.zip").stat().st_size
    zipfile.ZipFile(tmp_path / "twin.zip").extractall(tmp_path)
    signals, _ = draw(20, seed=3, folder=tmp_path)
    assert signals == pytest.approx(run.load_surrogate().sample(20, seed=3), abs=1e-4)
    assert run.id in (tmp_path / "card.md").read_text("utf-8")


def test_a_run_that_is_not_there_has_no_twin(command, tmp_path):
    assert refused(command("export", "--run", "20200101-000000-dead", "--onnx", tmp_path / "twin.zip"))
