"""Rows that are no rows of the table, and what stands beside it, are told from samples."""

import math

import pytest

from core.recordings.understanding import Understanding, understand

N_ROWS = 120
VALUES = [math.sin(i / 9) for i in range(N_ROWS)]


def table(names: str, row: str = "{t:.2f},{x:.4f}") -> str:
    rows = (row.format(i=i, t=i / 100, x=x) for i, x in enumerate(VALUES))
    return "\n".join([names, *rows]) + "\n"


def understood(text: str) -> Understanding:
    return understand([("a.csv", text.encode())])


def test_names_that_come_again_are_left_out_even_if_they_could_mark_a_missing_value():
    found = understood("\n".join(table("time_s,x") for _ in range(3)))
    assert (found.n_recordings, found.n_samples, found.n_missing) == (3, N_ROWS, 0)
    assert any("2 lines" in sentence and "left out" in sentence for sentence in found.said)


def test_summaries_below_the_rows_are_no_samples():
    found = understood(table("time_s,x") + "Mean,0.1\nTotal,12\n")
    assert found.n_samples == N_ROWS
    assert found.last == pytest.approx(VALUES[-1], abs=1e-4)
    assert any("2 lines" in sentence and "“Mean 0.1”" in sentence for sentence in found.said)


def test_a_marker_in_the_last_row_is_a_missing_value():
    found = understood(table("time_s,x") + "1.20,OVLD\n")
    assert (found.n_samples, found.n_missing, found.last) == (N_ROWS + 1, 1, None)


def test_a_step_beside_the_columns_is_the_rate_whether_or_not_rows_are_filled_up_to_it():
    header = "X,CH1,Start,Increment,\nSequence,Volt,-1.5e-3,2e-6,"
    for row in ("{i},{x:.4f}", "{i},{x:.4f},", "{i},{x:.4f},,"):
        found = understood(table(header, row))
        assert (found.channels, found.unit) == (("CH1",), "Volt")
        assert found.rate_hz is not None
        assert math.isclose(found.rate_hz, 500_000)


def test_words_for_on_and_off_stand_beside_numbers_and_a_text_that_cuts():
    text = table("time_s,x,valve,state", "{t:.2f},{x:.4f},{i}!,{i}?")
    for i in range(N_ROWS):
        text = text.replace(f",{i}!", ",ON" if i // 20 % 2 else ",OFF").replace(f",{i}?", ",A" if i < 60 else ",B")
    found = understood(text)
    assert (found.channels, found.conditions, found.n_recordings) == (("x", "valve"), ("state",), 2)
