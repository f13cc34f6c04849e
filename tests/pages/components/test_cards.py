import base64

import numpy as np
import pytest

from core.demos.spot_the_fake import N_CARDS, Round
from pages.components.cards import N_LEVELS, marks_of, picture


@pytest.fixture
def shown() -> Round:
    signals = np.random.default_rng(0).normal(size=(N_CARDS, 2, 50)).astype(np.float32)
    return Round(signals, np.arange(N_CARDS) % 2 == 0)


def test_answers_are_there_once_cards_are_marked(shown):
    assert picture(shown, 0, None, "one", False)["answers"] is None
    answers = picture(shown, 0, [0, 1], "one", False)["answers"]
    assert [answer["fake"] for answer in answers] == shown.is_fake.tolist()
    assert [answer["right"] for answer in answers[:3]] == [True, False, False]


def test_curves_have_no_digits_beyond_those_of_a_screen(shown):
    curves = picture(shown, 1, None, "one", False)["curves"]
    heights = np.concatenate([np.frombuffer(base64.b64decode(curve["bdata"]), "<f4") for curve in curves])
    steps = (heights - heights.min()) / np.ptp(heights) * N_LEVELS
    np.testing.assert_allclose(steps, steps.round(), atol=1e-2)


@pytest.mark.parametrize(
    ("answer", "marks"),
    [
        ({"series": "one", "marks": [3, 1, 3]}, [1, 3]),
        ({"series": "one", "marks": []}, []),
        ({"series": "one", "marks": [8, -1, "2", None, 0]}, [0]),
        ({"series": "another", "marks": [1]}, None),
        ({"series": "one"}, None),
        ("nonsense", None),
        (None, None),
    ],
)
def test_only_marks_of_this_round_count(answer, marks):
    assert marks_of(answer, "one") == marks
