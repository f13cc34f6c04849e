"""Rows that are no rows of the table, and what stands beside it, are told from samples."""

import math
from datetime import datetime, timedelta

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


def test_rows_of_delimiters_below_a_table_are_no_samples():
    found = understood(table("time_s,x,", "{t:.2f},{x:.4f},") + ",,\n" * 5)
    assert (found.n_samples, found.n_missing) == (N_ROWS, 0)
    assert any("5 empty rows" in sentence for sentence in found.said)


def test_a_logger_writes_units_and_kinds_of_means_below_its_names():
    header = '"TOA5","Site","CR1","77"\n"TIMESTAMP","RECORD","T_Avg","W"\n"TS","RN","Deg C","meters/second"\n"","","Avg","Smp"'
    start = datetime(2024, 3, 5, 10)
    rows = (f'"{start + timedelta(minutes=10 * i)}",{i + 77},{x:.3f},{-x:.3f}' for i, x in enumerate(VALUES))
    found = understood("\n".join([header, *rows]))
    assert (found.channels, found.n_samples) == (("T_Avg", "W"), N_ROWS)
    assert found.rate_hz == pytest.approx(1 / 600)


def test_hours_that_come_again_each_day_are_a_clock_beside_a_date():
    start = datetime(2024, 3, 5)
    rows = (f"{start + timedelta(hours=i):%d/%m/%Y;%H.%M.%S};{x:.3f}" for i, x in enumerate(VALUES))
    found = understood("\n".join(["Date;Time;CO", *rows]))
    assert (found.channels, found.n_recordings, found.n_samples) == (("CO",), 1, N_ROWS)
    assert found.rate_hz == pytest.approx(1 / 3600)


def test_digits_of_a_clock_are_no_seconds():
    start = datetime(2024, 3, 5, 10, 59)
    rows = (f"{start + timedelta(seconds=i):%H%M%S},{x:.3f}" for i, x in enumerate(VALUES))
    found = understood("\n".join(["UTC,x", *rows]))
    assert (found.n_samples, found.n_missing) == (N_ROWS, 0)
    assert found.rate_hz == pytest.approx(1)


def test_whole_seconds_stay_seconds():
    found = understood(table("time_s,x", "{i},{x:.4f}"))
    assert (found.n_samples, found.rate_hz) == (N_ROWS, pytest.approx(1))


def test_units_may_stand_behind_each_number():
    found = understood(table("time,u", "{i} ms,{x:.3f} V"))
    assert (found.channels, found.n_samples, found.unit) == (("u",), N_ROWS, "V")
    assert found.rate_hz == pytest.approx(1000)


def test_rows_of_events_are_left_out():
    rows = table("time_s,x,event", "{t:.2f},{x:.4f},").splitlines()
    rows.insert(40, "0.385,,Logged")
    found = understood("\n".join([*rows, "1.193,,End"]) + "\n")
    assert (found.n_samples, found.n_missing, found.rate_hz) == (N_ROWS, 0, 100)
    assert any("2 rows" in sentence and "“Logged”, “End”" in sentence for sentence in found.said)
    assert "event" in found.ignored


def test_a_row_without_samples_and_words_is_a_missing_value():
    rows = table("time_s,x,event", "{t:.2f},{x:.4f},").splitlines()
    rows[40] = "0.39,,"
    assert understood("\n".join(rows) + "\n").n_missing == 1


def test_rows_of_delimiters_among_rows_of_other_lengths_are_no_samples():
    rows = table("time_s,x,y", "{t:.2f},{x:.4f},2").splitlines()
    rows[40:40] = [",,,,", ""]
    found = understood("\n".join(rows) + "\n")
    assert (found.n_samples, found.n_missing, found.rate_hz) == (N_ROWS, 0, 100)
    assert not any("no row of the table" in sentence for sentence in found.said)


def test_a_line_of_words_among_quoted_cells_is_left_out():
    rows = table("time_s,x", '"{t:.2f}",{x:.4f}').splitlines()
    found = understood("\n".join([*rows[:41], "paused", *rows[41:]]) + "\n")
    assert (found.n_samples, found.n_missing, found.rate_hz) == (N_ROWS, 0, 100)
    assert any(
        sentence == "Line 42 of “a.csv” is not a row of the table and is left out: “paused”." for sentence in found.said
    )


def test_rows_with_many_different_words_for_a_time_are_no_summaries():
    times = [f"{datetime(2024, 3, 5) + timedelta(seconds=i)}" for i in range(3_000)]
    times[5::55] = [f"gap {i}" for i in range(len(times[5::55]))]
    found = understood(
        "\n".join(["time,x", *(f"{time},{i % 7 if ':' in time else ''}" for i, time in enumerate(times))])
    )
    assert (found.n_samples, found.n_missing, found.rate_hz) == (3_000, 55, 1)
    assert any("no time in 55 rows, the first is row 6" in sentence for sentence in found.said)


def test_blanks_far_below_a_table_are_no_rows():
    assert understood(table("x", "{x:.4f}") + " \n" * 5_000).n_samples == N_ROWS


@pytest.mark.parametrize("most", [10**8, 1_000])  # bytes: above it, a column of text is kept as its different words
def test_names_that_come_again_in_one_column_cut_it_however_it_is_kept(most, monkeypatch):
    monkeypatch.setattr("core.recordings.reading.text.MAX_UNPACKED", most)
    monkeypatch.setattr("core.recordings.reading.parsing.BLOCK", 500)
    found = understood("\n".join(table("x", "{x:.1f}").rstrip() for _ in range(3)))
    assert (found.channels, found.n_recordings, found.n_samples, found.n_missing) == (("x",), 3, N_ROWS, 0)


# Channels along the rows


def along(names: list[str], above: str = "") -> str:
    cells = (",".join(f"{x + k:.4f}" for x in VALUES) for k in range(len(names)))
    return above + "\n".join(f"{name},{row}" for name, row in zip(names, cells, strict=True)) + "\n"


def test_few_long_rows_behind_a_name_each_are_channels():
    found = understood(along(["x", "y", "z"]))
    assert (found.channels, found.n_recordings, found.n_samples) == (("x", "y", "z"), 1, N_ROWS)
    assert found.last == pytest.approx(VALUES[-1], abs=1e-4)
    assert any("rows of “a.csv” are channels" in sentence for sentence in found.said)


def test_a_unit_behind_the_name_is_that_of_the_channel():
    found = understood(along(["x,V", "y,V"]))
    assert (found.channels, found.unit) == (("x", "y"), "V")


@pytest.mark.parametrize("corner", ["time", "channel", ""])
def test_times_above_the_rows_are_the_rate(corner):
    found = understood(along(["x", "y"], ",".join([corner, *(f"{i / 50:.2f}" for i in range(N_ROWS))]) + "\n"))
    assert (found.channels, found.rate_hz, found.n_samples) == (("x", "y"), 50, N_ROWS)


def test_times_in_the_first_row_are_the_rate():
    found = understood(along(["x", "y"], ",".join(["time [s]", *(f"{i / 50:.2f}" for i in range(N_ROWS))]) + "\n"))
    assert (found.channels, found.rate_hz) == (("x", "y"), 50)


def test_many_rows_with_an_id_each_are_signals():
    assert understood(along([f"beat {i}" for i in range(20)])).n_recordings == 20


def test_numbered_samples_above_names_of_channels_are_counted():
    found = understood(along(["x", "y"], ",".join(["channel", *(f"s{i}" for i in range(N_ROWS))]) + "\n"))
    assert (found.channels, found.rate_hz, found.n_samples) == (("x", "y"), None, N_ROWS)
