"""The sampling rate that a line above a table says, in many habits and languages."""

import math

import pytest

from core.recordings.reading.preamble import facts_in, rate_in


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("Sample Rate: 500", 500),
        ("Sampling rate: 10 ms", 100),
        ("Logging rate: 5 min", 1 / 300),
        ("// Update Rate: 100.0Hz", 100),
        ("Abtastrate: 2,5 kHz", 2500),
        ("Messintervall;0,01;s", 100),
        ("Fréquence d'échantillonnage : 250 Hz", 250),
        ("Période d’acquisition : 4 ms", 250),
        ("Frecuencia de muestreo: 1000 Hz", 1000),
        ("Frequenza di campionamento = 2 kHz", 2000),
        ("采样率：1000Hz", 1000),
        ("サンプリング周期,10ms", 100),
        ("0.5 msec/sample", 2000),
        ("2 kSamples per second", 2000),
        ("Abtastrate: 1.000.000 Hz", 1_000_000),
        ("Abtastrate;1 000 Hz", 1000),
        ("Sampling rate: 1,000 Hz", 1000),
        ("Sampling rate: 25.600 Hz", 25.6),
    ],
)
def test_a_rate_is_found(line, rate):
    assert rate_in(line) == pytest.approx(rate)


@pytest.mark.parametrize(
    ("line", "rate"),
    [
        ("Abtastrate;25.600 Hz", 25_600),
        ("Abtastrate [Hz];25.600,0", 25_600),
        ("Abtastrate [Hz];25600,0", 25_600),
        ("Abtastrate: 2,5 kHz", 2500),
        ("Abtastrate: 51.200 kHz", 51_200),
        ("Messintervall;0.001 s", 1000),
    ],
)
def test_above_decimal_commas_points_stand_between_thousands(line, rate):
    assert facts_in([(1, line)], decimal=",").rate == rate_in(line, decimal=",") == pytest.approx(rate)


@pytest.mark.parametrize("line", ["Baud rate: 9600", "Heart rate: 60", "Interval: 0 s", "12 samples", "5 km/sample"])
def test_other_numbers_are_no_rate(line):
    assert rate_in(line) is None


@pytest.mark.parametrize("line", ["Einheit: mV", "Unité : mV", "Unidad: mV", "单位：mV"])
def test_a_unit_is_found(line):
    assert facts_in([(1, line)]).unit == "mV"


FREQUENCIES = ["Frequency: 1000", "Frequency (Hz),1000", '"Frequency [kHz]";1', "FREQ = 1 kHz", "# Frequenz: 1,000 Hz"]


@pytest.mark.parametrize("line", FREQUENCIES)
def test_a_frequency_that_nobody_calls_that_of_sampling_is_the_rate_where_nothing_else_is(line):
    facts = facts_in([(1, "Device: 7"), (2, line)])
    assert (facts.rate, facts.source, facts.is_lone) == (pytest.approx(1000), "line 2", True)
    said = facts_in([(1, line), (2, "Sampling rate: 200")])
    assert (said.rate, said.is_lone) == (200, False)


@pytest.mark.parametrize("line", ["Line frequency: 50", "Frequency: 50 60", "Frequency response: 5", "Frequency: high"])
def test_other_frequencies_are_no_rate(line):
    assert math.isnan(facts_in([(1, line)]).rate)
