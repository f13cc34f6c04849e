import numpy as np

from core.generation.card import Card
from core.generation.surrogate import Surrogate
from tests.unit.commands.outcomes import last_line, refused


def test_the_twin_is_written_with_its_card(run, command, tmp_path, monkeypatch):
    given = []

    def archive(twin: Surrogate, card: Card) -> bytes:
        given.append((twin, card))
        return b"the twin"

    monkeypatch.setattr("core.commands.export.archive", archive)
    code, out, _ = command("export", "--run", run.id, "--onnx", tmp_path / "twin.zip", "--json")
    assert code == 0
    assert (tmp_path / "twin.zip").read_bytes() == b"the twin"
    assert last_line(out)["bytes"] == 8
    ((twin, card),) = given
    np.testing.assert_array_equal(twin.sample(20, seed=3), run.load_surrogate().sample(20, seed=3))
    assert run.id in card.to_markdown()
    assert card.signals.count == 1000


def test_a_run_that_is_not_there_has_no_twin(command, tmp_path):
    assert refused(command("export", "--run", "20200101-000000-dead", "--onnx", tmp_path / "twin.zip"))
