import math
import re
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.config import SimulatorConfig, ValueRange, validated
from tests.unit.config.settings import sentence


@pytest.mark.parametrize(
    ("minimum", "maximum", "step", "words"),
    [
        (2, 1, 0.1, ["minimum (2)", "above the maximum (1)"]),
        (1, 2, 0, ["step is 0", "above 0"]),
        (1, 2, -0.5, ["step is -0.5", "above 0"]),
        (math.nan, 2, 0.1, ["minimum", "finite"]),
        (1, math.nan, 0.1, ["maximum", "finite"]),
        (1, 2, math.nan, ["step", "finite"]),
        (-math.inf, 2, 0.1, ["minimum", "finite"]),
        (1, math.inf, 0.1, ["maximum", "finite"]),
        (1, 2, math.inf, ["step", "finite"]),
        (1, 1e7, 0.1, ["maximum", "1000000"]),
        (-1e7, 1, 0.1, ["minimum", "-1000000"]),
        ("a", 2, 0.1, ["minimum", "number", "'a'"]),
        (0, 10, 1e-9, ["step (1e-09)", "too fine", "at least 1"]),
        (0, 1e6, 1e-310, ["step (1e-310)", "at least"]),
    ],
)
def test_an_impossible_range_is_refused_in_one_sentence(minimum, maximum, step, words):
    message = sentence(SimulatorConfig, {"amplitude": {"minimum": minimum, "maximum": maximum, "step": step}})
    assert message.startswith("Amplitude")
    assert all(word in message for word in words), message


@pytest.mark.parametrize(("maximum", "step"), [(10, 1e-9), (1234.5, 1e-5), (1e6, 0.1), (0.3, 1e-12)])
def test_the_step_that_a_refusal_advises_is_accepted(maximum, step):
    message = sentence(ValueRange, {"minimum": 0, "maximum": maximum, "step": step})
    advised = float(re.search(r"at least (.+)\.$", message)[1])
    assert validated(ValueRange, {"minimum": 0, "maximum": maximum, "step": advised}).step == advised


def test_a_missing_half_of_a_range_is_named():
    message = sentence(SimulatorConfig, {"bias": {"minimum": 0, "maximum": 1}})
    assert "bias → step" in message
    assert "missing" in message


thousandths = st.integers(-100_000, 100_000).map(lambda n: Decimal(n) / 1000)
steps = st.integers(1, 500).map(lambda n: Decimal(n) / 1000)


@given(minimum=thousandths, step=steps, n_steps=st.integers(0, 200), beyond=st.floats(0, 0.9))
def test_values_are_exactly_on_the_grid(minimum, step, n_steps, beyond):
    maximum = float(minimum + n_steps * step) + beyond * float(step)
    span = ValueRange(minimum=float(minimum), maximum=maximum, step=float(step))
    grid = [float(minimum + k * step) for k in range(n_steps + 1)]
    assert span.count == len(grid)
    assert set(span.draw(100, np.random.default_rng(0))) <= set(grid)


@given(minimum=st.floats(-1e3, 1e3), width=st.floats(0, 1e3), step=st.floats(1e-3, 1e3))
def test_values_are_inside_the_range(minimum, width, step):
    span = ValueRange(minimum=minimum, maximum=minimum + width, step=step)
    values = span.draw(100, np.random.default_rng(0))
    assert values.shape == (100,)
    assert values.min() >= span.minimum
    assert values.max() <= span.maximum


def test_every_value_is_drawn_equally_often():
    values = ValueRange(minimum=0, maximum=1, step=0.1).draw(110_000, np.random.default_rng(0))
    found, counts = np.unique(values, return_counts=True)
    np.testing.assert_array_equal(found, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1])
    assert np.abs(counts / 10_000 - 1).max() < 0.05


def test_a_range_of_one_value_gives_that_value():
    assert set(ValueRange(minimum=3, maximum=3, step=1).draw(10, np.random.default_rng(0))) == {3.0}


def test_a_range_may_be_as_small_as_picoamperes():
    span = ValueRange(minimum=1e-12, maximum=1e-11, step=1e-13)
    values = span.draw(10_000, np.random.default_rng(0))
    assert span.count == len(set(values)) == 91
    np.testing.assert_allclose(np.unique(values), 1e-13 * np.arange(10, 101))
