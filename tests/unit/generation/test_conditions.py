import csv

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import Column
from core.errors import ConfigError
from core.generation.conditions import (
    N_NEIGHBOURS,
    checked_conditions,
    format_conditions,
    fulfil,
    out_of_range,
    parse_conditions,
)

LOAD = Column(name="load", unit="N", minimum=2, maximum=8)
SPEED = Column(name="speed", unit="rpm", minimum=-1000, maximum=1000)
STATE = Column(name="state", classes=("calm", "wild", "wild, and loud"))
COLUMNS = (LOAD, SPEED, STATE)

finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def known(n: int = 4000, seed: int = 0) -> np.ndarray:
    """Conditions as they occur: the speed follows from the load, and a wild state is rare and fast."""
    load = rng(seed).uniform(2, 8, n)
    state = rng(seed + 1).choice(3, n, p=[0.9, 0.02, 0.08])
    speed = 100 * load + 10 * rng(seed + 2).normal(size=n) - 1000 * (state == 1)
    return np.stack([load, speed, state], axis=1).astype(np.float32)


# Text


@pytest.mark.parametrize(
    ("text", "requested"),
    [
        ("5", (5, 5)),
        (" 5 ", (5, 5)),
        ("2..4", (2, 4)),
        ("-4.5 .. -2e-1", (-4.5, -0.2)),
        ("3..3", (3, 3)),
        ("1e9", (1e9, 1e9)),
    ],
)
def test_a_number_is_asked_for_by_a_value_or_a_range(text, requested):
    assert parse_conditions(COLUMNS, {"load": text}) == {"load": requested}


@pytest.mark.parametrize(
    ("text", "requested"),
    [
        ("calm", ("calm",)),
        ("calm,wild", ("calm", "wild")),
        ("wild , calm", ("wild", "calm")),
        ("wild, and loud", ("wild, and loud",)),
        ('calm, "wild, and loud"', ("calm", "wild, and loud")),
    ],
)
def test_some_classes_are_asked_for_by_their_names(text, requested):
    assert parse_conditions(COLUMNS, {"state": text}) == {"state": requested}


def test_several_conditions_are_asked_for_at_once():
    assert parse_conditions(COLUMNS, {"state": "wild", "load": "3"}) == {"state": ("wild",), "load": (3, 3)}
    assert parse_conditions(COLUMNS, {}) == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ({"load": "much"}, "“much” is not a value of “load”; give a number or a range, such as 2..4."),
        ({"load": ""}, "“” is not a value of “load”"),
        ({"load": "1..2..3"}, "“1..2..3” is not a value of “load”"),
        ({"load": "1.."}, "“1..” is not a value of “load”"),
        ({"load": "nan"}, "“nan” is not a value of “load”"),
        ({"load": "1..inf"}, "“1..inf” is not a value of “load”"),
        ({"load": "4..2"}, "The range of “load” runs from 4 down to 2; swap its limits."),
        ({"state": "odd"}, "“state” has no class “odd”; choose one of: calm, wild, wild, and loud."),
        ({"state": "calm,"}, "“state” has no class “”"),
        ({"state": ""}, "“state” has no class “”"),
        ({"state": "calm\nwild"}, "“state” has no class “calm\nwild”"),
        ({"weight": "3"}, "This twin has no condition “weight”; choose one of: load, speed, state."),
    ],
)
def test_what_cannot_be_asked_for_is_said(text, says):
    with pytest.raises(ConfigError) as error:
        parse_conditions(COLUMNS, text)
    assert str(error.value).startswith(says)
    assert str(error.value).endswith(".")


def test_a_twin_without_conditions_cannot_be_asked_for_any():
    with pytest.raises(ConfigError, match=r"^This twin has no condition “load”; it was trained without conditions\.$"):
        parse_conditions((), {"load": "3"})


@pytest.mark.parametrize("text", ["x" * 10_000, "9" * 400, "calm," * 5000, '"' + "x" * 200_000], ids=len)
@pytest.mark.parametrize("name", ["load", "state"])
def test_a_long_text_makes_a_short_sentence(name, text):
    with pytest.raises(ConfigError) as error:
        parse_conditions(COLUMNS, {name: text})
    assert len(str(error.value)) < 200


# From programs


@pytest.mark.parametrize(
    ("wanted", "requested"),
    [
        ({"load": 2}, {"load": (2, 2)}),
        ({"load": np.float32(2.5)}, {"load": (2.5, 2.5)}),
        ({"load": [2, 4]}, {"load": (2, 4)}),
        ({"load": np.array([2, 4])}, {"load": (2, 4)}),
        ({"state": "wild, and loud"}, {"state": ("wild, and loud",)}),
        ({"state": ["calm", "wild"]}, {"state": ("calm", "wild")}),
        ({}, {}),
    ],
)
def test_a_program_asks_for_a_value_a_range_or_classes(wanted, requested):
    assert checked_conditions(COLUMNS, wanted) == requested


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"weight": (8, 10)}, "This twin has no condition “weight”; choose one of: load, speed, state."),
        ({"load": (3, 2)}, "The range of “load” runs from 3 down to 2; swap its limits."),
        ({"load": (1, 2, 3)}, "“(1, 2, 3)” is not a value of “load”; give a number or a range, such as (2, 4)."),
        ({"load": (1,)}, "“(1,)” is not a value of “load”"),
        ({"load": "2..4"}, "“2..4” is not a value of “load”"),
        ({"load": None}, "“None” is not a value of “load”"),
        ({"load": ("a", "b")}, "“('a', 'b')” is not a value of “load”"),
        ({"load": float("nan")}, "“nan” is not a value of “load”"),
        ({"load": (0, float("inf"))}, "“(0, inf)” is not a value of “load”"),
        ({"state": "odd"}, "“state” has no class “odd”; choose one of: calm, wild, wild, and loud."),
        ({"state": ("calm", "odd")}, "“state” has no class “odd”"),
        ({"state": 3}, "“state” has no class “3”"),
        ({"state": ()}, "No class of “state” is asked for; give one or more, or leave the condition out."),
    ],
)
def test_what_a_program_cannot_ask_for_is_said(wanted, says):
    with pytest.raises(ConfigError) as error:
        checked_conditions(COLUMNS, wanted)
    assert str(error.value).startswith(says)
    assert str(error.value).endswith(".")


@given(ends=st.lists(finite, min_size=1, max_size=2).map(sorted))
def test_a_range_that_was_written_is_read_again(ends):
    requested = {"load": (ends[0], ends[-1])}
    assert parse_conditions(COLUMNS, format_conditions(COLUMNS, requested)) == requested


@given(data=st.data(), classes=st.lists(names, min_size=1, max_size=6, unique=True))
def test_classes_that_were_written_are_read_again(data, classes):
    column = Column(name="state", classes=tuple(classes))
    requested = {"state": tuple(data.draw(st.lists(st.sampled_from(classes), min_size=1, unique=True)))}
    assert parse_conditions((column,), format_conditions((column,), requested)) == requested


def test_classes_that_read_like_others_are_told_apart():
    column = Column(name="state", classes=("a", "b", "a,b", '"a"', " a", "a, b", "a\nb"))
    for chosen in [("a", "b"), ("a,b",), ("a,b", "b"), ('"a"', "a"), (" a", "b"), ("a", " a"), ("a\nb", "a")]:
        assert parse_conditions((column,), format_conditions((column,), {"state": chosen})) == {"state": chosen}


def test_plain_classes_are_written_plainly():
    assert format_conditions(COLUMNS, {"state": ("calm", "wild"), "load": (2, 2)}) == {
        "state": "calm,wild",
        "load": "2",
    }
    assert next(csv.reader([format_conditions(COLUMNS, {"state": STATE.classes})["state"]])) == list(STATE.classes)


# Beyond what was seen


@pytest.mark.parametrize("requested", [(2, 8), (3, 3), (2 - 1e-9, 8 + 1e-9)])
def test_nothing_is_said_of_what_the_training_saw(requested):
    assert out_of_range(COLUMNS, {"load": requested, "state": ("wild",)}) == []


@pytest.mark.parametrize("requested", [(1.9, 5), (5, 8.1), (20, 20), (-5, 50)])
def test_whoever_asks_beyond_the_training_is_told(requested):
    (sentence,) = out_of_range(COLUMNS, {"load": requested})
    assert sentence.startswith("The twin was trained with “load” from 2 to 8 N.")


def test_each_condition_beyond_the_training_is_warned_of():
    assert len(out_of_range(COLUMNS, {"speed": (0, 2000), "load": (0, 1)})) == 2


# What is fulfilled


def test_without_conditions_there_is_nothing_to_grant():
    found = fulfil((), np.empty((0, 0), np.float32), {}, 5, rng())
    assert found.shape == (5, 0)
    assert found.dtype == np.float32


def test_a_value_is_fulfilled_to_every_signal():
    found = fulfil(COLUMNS, known(), {"load": (5, 5), "state": ("wild",)}, 200, rng())
    assert found.shape == (200, 3)
    assert found.dtype == np.float32
    assert set(found[:, 0]) == {5}
    assert set(found[:, 2]) == {1}


def test_a_range_and_classes_are_fulfilled_evenly():
    requested = {"load": (3, 4), "state": ("calm", "wild, and loud")}
    found = fulfil(COLUMNS, known(), requested, 4000, rng())
    assert (found[:, 0].min(), found[:, 0].max()) == (pytest.approx(3, abs=0.01), pytest.approx(4, abs=0.01))
    np.testing.assert_allclose(np.histogram(found[:, 0], 4, (3, 4))[0], 1000, atol=120)
    values, counts = np.unique(found[:, 2], return_counts=True)
    assert values.tolist() == [0, 2]
    np.testing.assert_allclose(counts, 2000, atol=150)


def test_where_nothing_is_asked_for_conditions_are_those_of_reals():
    natural = known(500)
    found = fulfil(COLUMNS, natural, {}, 3000, rng())
    rows = {row.tobytes() for row in natural}
    assert {row.tobytes() for row in found} <= rows
    assert len({row.tobytes() for row in found}) > 450
    assert found[:, 0].mean() == pytest.approx(natural[:, 0].mean(), abs=0.15)


def test_where_all_is_asked_for_nothing_is_natural():
    requested = {"load": (7, 7), "speed": (-1000, -1000), "state": ("wild",)}
    assert np.unique(fulfil(COLUMNS, known(), requested, 50, rng()), axis=0).tolist() == [[7, -1000, 1]]


@pytest.mark.parametrize("n_known", [60, 400, 4000])
@pytest.mark.parametrize("load", [2.5, 5, 7.5])
def test_what_was_not_asked_for_stays_like_that_of_reals(n_known, load):
    natural = known(n_known)
    found = fulfil(COLUMNS, natural, {"load": (load, load), "state": ("calm",)}, 300, rng())
    speed = found[:, 1]
    calm = natural[natural[:, 2] == 0]
    nearby = np.abs(calm[:, 0] - load).argsort()[: max(4, n_known // 20)]
    spread = float(np.ptp(calm[nearby, 0]))
    assert speed.mean() == pytest.approx(100 * load, abs=20 + 100 * spread)
    assert speed.std() < 25 + 100 * spread
    assert set(speed) <= set(calm[:, 1])


@pytest.mark.parametrize("n_known", [100, 400, 4000])
def test_a_rare_class_keeps_what_goes_with_it(n_known):
    natural = known(n_known)
    rare = natural[natural[:, 2] == 1]
    assert 0 < len(rare) < N_NEIGHBOURS or n_known == 4000
    found = fulfil(COLUMNS, natural, {"state": ("wild",)}, 300, rng())
    assert set(found[:, 1]) <= set(rare[:, 1])
    assert len(set(found[:, 1])) > min(len(rare), N_NEIGHBOURS) // 2


def test_whoever_is_equally_near_is_taken_as_often():
    natural = np.stack([np.full(2000, 5.0), np.arange(2000.0), np.zeros(2000)], axis=1).astype(np.float32)
    speed = fulfil(COLUMNS, natural, {"load": (5, 5)}, 4000, rng())[:, 1]
    assert len(set(speed)) > 1500
    assert speed.mean() == pytest.approx(999.5, abs=40)


def test_beyond_the_range_the_nearest_end_is_taken_with_what_goes_with_it():
    found = fulfil(COLUMNS, known(), {"load": (500, 500)}, 100, rng())
    assert set(found[:, 0]) == {8}
    assert np.median(found[:, 1]) == pytest.approx(800, abs=30)


def test_no_value_of_a_range_is_beyond_what_the_training_saw():
    found = fulfil(COLUMNS, known(), {"load": (-4, 14)}, 600, rng())[:, 0]
    assert (found.min(), found.max()) == (2, 8)
    assert np.mean((found > 2) & (found < 8)) == pytest.approx(1 / 3, abs=0.1)


def test_no_value_of_a_design_is_beyond_what_the_training_saw():
    designed = np.array([[1, 2], [5, 1], [90, 0]])
    found = fulfil(COLUMNS, known(), {"load": (1, 90), "state": STATE.classes}, 3, rng(), designed)
    assert found[:, [0, 2]].tolist() == [[2, 2], [5, 1], [8, 0]]


def test_one_known_signal_is_enough():
    natural = np.array([[3, 300, 1]], np.float32)
    found = fulfil(COLUMNS, natural, {"load": (5, 5)}, 10, rng())
    assert np.unique(found, axis=0).tolist() == [[5, 300, 1]]


def test_the_random_numbers_decide():
    requested = {"load": (3, 7)}
    first, same, other = (fulfil(COLUMNS, known(), requested, 50, rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert not np.array_equal(first, other)


def test_what_is_known_is_left_as_it_is():
    natural = known(100)
    fulfil(COLUMNS, natural, {"load": (5, 5)}, 50, rng())
    np.testing.assert_array_equal(natural, known(100))
