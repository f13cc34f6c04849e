import numpy as np
import pytest

from core.store.stages import Stages


def fakes(value: float) -> np.ndarray:
    return np.full((2, 1, 16), value, np.float32)


@pytest.fixture
def stages(tmp_path) -> Stages:
    return Stages(tmp_path / "stages")


def test_stages_come_back_in_their_order(stages):
    stages.save(1, "axes", fakes(1))
    stages.save(0, "scale", fakes(0))
    stages.save_figures(0, "scale", {"distance": 9.5, "accuracy": 1})
    first, second = stages.all()
    assert (first.key, first.figures) == ("scale", {"distance": 9.5, "accuracy": 1})
    assert (second.key, second.figures) == ("axes", {})
    np.testing.assert_array_equal(second.fakes, fakes(1))


def test_a_stage_that_is_repeated_waits_for_its_figures_again(stages):
    stages.save(0, "scale", fakes(0))
    stages.save_figures(0, "scale", {"distance": 9.5})
    stages.save(0, "scale", fakes(2))
    (found,) = stages.all()
    assert found.figures == {}
    assert found.fakes.max() == 2


def test_a_run_from_before_has_none(stages):
    assert stages.all() == []


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"distance": "far"}'])
def test_what_cannot_be_read_is_passed_over(stages, content):
    stages.save(0, "scale", fakes(0))
    stages.save(1, "axes", fakes(1))
    stages.save_figures(1, "axes", {"distance": 5})
    (stages.folder / "00-scale.npy").write_bytes(b"broken")
    (stages.folder / "01-axes.json").write_bytes(content)
    (found,) = stages.all()
    assert (found.key, found.figures) == ("axes", {})
