"""Units of values, time and frequency, and how axes name them."""

import pytest

from core.units import PLAIN, Units, axis_title


def test_axes_name_quantity_and_unit():
    units = Units("V")
    assert units.value_title == "value / V"
    assert units.time_title == "time / s"
    assert units.frequency_title == "frequency / Hz"
    assert units.power_title == "PSD / (V²/Hz)"


def test_without_a_unit_of_values_only_the_quantity_is_named():
    assert PLAIN.value_title == "value"
    assert PLAIN.power_density == "unit²/Hz"


def test_where_the_rate_is_not_known_time_counts_samples():
    units = Units.of("V", False)
    assert units.time_title == "time / samples"
    assert units.frequency_title == "frequency / (cycles/sample)"
    assert units.power_density == "V²/(cycles/sample)"
    assert not units.is_timed
    assert Units.of("V", True) == Units("V")


@pytest.mark.parametrize(
    ("unit", "title"),
    [
        ("", "value"),
        ("°C", "value / °C"),
        ("m/s²", "value / (m/s²)"),
        ("N·m", "value / (N·m)"),
        ("mm Hg", "value / (mm Hg)"),
    ],
)
def test_a_unit_of_several_parts_stands_in_brackets(unit, title):
    assert axis_title("value", unit) == title


def test_a_power_density_squares_the_whole_unit():
    assert Units("m/s²").power_density == "(m/s²)²/Hz"
