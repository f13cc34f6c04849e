from datetime import UTC, datetime, timedelta

import pytest

from core import formatting

NOW = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (0.0, "0"),
        (1, "1"),
        (1.5, "1.5"),
        (3.14159, "3.14"),
        (0.0123456, "0.0123"),
        (0.001, "0.001"),
        (0.0009876, "9.88e-04"),
        (12.345, "12.3"),
        (99.96, "100"),
        (999.4, "999"),
        (999.5, "1,000"),
        (1234.5, "1,234"),
        (1234567.8, "1,234,568"),
        (-2.345, "-2.35"),
        (-12345, "-12,345"),
        (1e-9, "1.00e-09"),
    ],
)
def test_numbers_have_three_digits_and_separators(value, text):
    assert formatting.number(value) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0"), (999, "999"), (1000, "1,000"), (10_000_000, "10,000,000")])
def test_counts_have_separators(n, text):
    assert formatting.count(n) == text


@pytest.mark.parametrize(("n", "text"), [(0, "0 signals"), (1, "1 signal"), (2, "2 signals"), (1500, "1,500 signals")])
def test_only_one_is_singular(n, text):
    assert formatting.quantity(n, "signal") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.04, "0 s"),
        (0.44, "0.4 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (60, "1 min"),
        (130, "2 min 10 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h"),
        (3600, "1 h"),
        (11_100, "3 h 5 min"),
        (11_129, "3 h 5 min"),
        (7_199, "2 h"),
        (172_740, "47 h 59 min"),
        (172_800, "2 days"),
        (6_000_000, "69.4 days"),
        (100_000_000, "1,157 days"),
    ],
)
def test_durations_are_said_in_the_two_units_that_matter(seconds, text):
    assert formatting.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "1 s"),
        (4.2, "4 s"),
        (17, "15 s"),
        (54, "55 s"),
        (58, "1 min"),
        (82, "1.5 min"),
        (167, "3 min"),
        (700, "12 min"),
        (5200, "85 min"),
        (5500, "1.5 h"),
        (47 * 3600, "45 h"),
        (49 * 3600, "2 days"),
        (1e8, "1155 days"),
    ],
)
def test_an_expected_duration_is_said_roughly(seconds, text):
    assert formatting.about(seconds) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0004, "0 %"),
        (0.0006, "0.1 %"),
        (0.003, "0.3 %"),
        (0.01, "1 %"),
        (0.0123, "1.2 %"),
        (0.0994, "9.9 %"),
        (0.0996, "10 %"),
        (0.1, "10 %"),
        (0.1049, "10 %"),
        (0.5, "50 %"),
        (0.543, "54 %"),
        (0.9, "90 %"),
        (0.9006, "90.1 %"),
        (0.999, "99.9 %"),
        (0.9996, "100 %"),
        (1, "100 %"),
        (1.234, "123 %"),
        (10, "1000 %"),
    ],
)
def test_shares_have_a_decimal_where_it_matters(share, text):
    assert formatting.percent(share) == text


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        (0, "$0"),
        (0.5, "$0.50"),
        (1.0, "$1"),
        (99.95, "$99.95"),
        (100.4, "$100"),
        (50_000.0, "$50,000"),
        (1_234_567.89, "$1,234,568"),
    ],
)
def test_money_has_cents_only_where_they_matter(dollars, text):
    assert formatting.money(dollars) == text


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (1234, "1.23 kB"),
        (98_700_000, "98.7 MB"),
        (2_500_000_000, "2.5 GB"),
        (5_000_000_000_000, "5,000 GB"),
    ],
)
def test_sizes_are_decimal(n_bytes, text):
    assert formatting.size(n_bytes) == text


@pytest.mark.parametrize(
    ("passed", "text"),
    [
        (timedelta(seconds=-5), "just now"),
        (timedelta(0), "just now"),
        (timedelta(seconds=44), "just now"),
        (timedelta(seconds=45), "1 minute ago"),
        (timedelta(seconds=150), "2 minutes ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(minutes=59, seconds=40), "1 hour ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(hours=23, minutes=40), "1 day ago"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=400), "400 days ago"),
    ],
)
def test_moments_are_said_by_how_long_ago_they_were(passed, text):
    assert formatting.ago(NOW - passed, NOW) == text


@pytest.mark.parametrize(
    ("distance", "text"),
    [
        (0.97, "about as near to real signals as other real signals are"),
        (1.29, "about as near to real signals as other real signals are"),
        (1.3, "1.3 times as far from real signals as other real signals are"),
        (24.06, "24.1 times as far from real signals as other real signals are"),
    ],
)
def test_a_distance_to_real_is_said_beside_its_floor(distance, text):
    assert formatting.nearness(distance) == text


@pytest.mark.parametrize("text", ["=1", "+a", "-a", "@a", "\t=1", "\r=1", "＝1", "'=1", "--1", "-", "-1-1", "-5 °C"])
def test_a_cell_that_a_spreadsheet_may_run_gets_an_apostrophe(text):
    assert formatting.csv_cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "a=1", "-5", "+.5e-3", "'a", "t=0 s", 3, -2.5, None])
def test_any_other_cell_stays_as_it_is(value):
    assert formatting.csv_cell(value) == value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("  a\n b\t", "a b"),
        ("\u202egpj.exe\u202c", "gpj.exe"),
        ("\u2067x\u2069\u200f\x00\ud800", "x"),
        ("<b>&amp;", "<b>&amp;"),
        ("שלום", "שלום"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("x" * 10_000, "x" * 80),
        (" \u200b ", ""),
    ],
)
def test_a_name_is_one_line_that_shows_all_of_itself(text, name):
    assert formatting.name_of(text, 80) == name
