import base64

import numpy as np
import pytest

from core.presentation.faults_plot import Example, planted_faults
from core.units import Units

TIMES = np.arange(50) / 10
GOOD = np.sin(TIMES)


def example(title: str = "Offset", value: float = 1.0) -> Example:
    faulty = np.zeros(50, bool)
    faulty[[10, 11]] = True
    return Example(title, GOOD, np.where(faulty, GOOD + value, GOOD), faulty)


def unpacked(values: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(values["bdata"]), "<f4")


def test_a_panel_shows_before_after_and_the_marks():
    figure = planted_faults(TIMES, [example()], Units("mV"))
    before, now, marks = figure["data"]
    np.testing.assert_allclose(unpacked(before["y"]), GOOD, rtol=1e-6)
    np.testing.assert_allclose(unpacked(now["y"])[[9, 10, 12]], GOOD[[9, 10, 12]] + [0, 1, 0], rtol=1e-6)
    np.testing.assert_allclose(unpacked(marks["x"]), [1.0, 1.1], rtol=1e-6)
    np.testing.assert_allclose(unpacked(marks["y"]), GOOD[[10, 11]] + 1, rtol=1e-6)
    assert figure["layout"]["yaxis"]["title"]["text"] == "value / mV"


def test_a_missing_value_is_marked_where_it_was():
    _, now, marks = planted_faults(TIMES, [example(value=np.nan)])["data"]
    assert np.isnan(unpacked(now["y"])[[10, 11]]).all()
    np.testing.assert_allclose(unpacked(marks["y"]), GOOD[[10, 11]], rtol=1e-6)
    assert marks["marker"]["symbol"] == "x-thin"


@pytest.mark.parametrize("n", [1, 3, 4, 10])
def test_every_example_has_a_panel_of_its_own(n):
    figure = planted_faults(TIMES, [example(f"fault {i}") for i in range(n)])
    assert [note["text"] for note in figure["layout"]["annotations"]] == [f"fault {i}" for i in range(n)]
    for layout in (figure["layout"], figure["narrow"]):
        places = {
            (*layout[f"xaxis{i or ''}"]["domain"], *layout[f"yaxis{i or ''}"]["domain"]) for i in [0, *range(2, n + 1)]
        }
        assert len(places) == n
        for ends in places:
            assert ends[0] < ends[1]
            assert ends[2] < ends[3]
