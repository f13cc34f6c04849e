"""Tables of text: every way of writing one gives the same table."""

import gzip

import numpy as np
import pytest
from hypothesis import assume, given, strategies

from core.errors import SignalFileError
from core.generation.export import FORMATS, Content, encode
from core.recordings.reading import limits
from core.recordings.reading.files import KINDS, TEXT, read, read_signals
from core.recordings.reading.raw import Table
from core.signals.batch import Batch

NUMBERS = [[1.0, 2.5], [-3.0, 400.0]]


def table(text: str | bytes, name: str = "a.csv") -> Table:
    found = read(name, text if isinstance(text, bytes) else text.encode())
    assert isinstance(found, Table)
    return found


def cells(found: Table) -> list[list]:
    return [list(row) for row in zip(*(column.tolist() for column in found.columns), strict=True)]


@pytest.mark.parametrize("kind", TEXT)
@pytest.mark.parametrize(
    "text",
    [
        "1,2.5\n-3,4e2\n",
        "1,2.5\n-3,4e2",
        "1,2.5\r\n-3,4e2\r\n",
        "1,2.5\r-3,4e2\r",
        " 1, 2.5\n -3 ,4e2\n",
        "1,2.5\n\n-3,4e2\n\n",
        '"1","2.5"\n"-3","4e2"\n',
        "\ufeff1,2.5\n-3,4e2\n",
        "1,2.5,\n-3,4e2,\n",
        "1;2.5\n-3;4e2\n",
        "1;2,5\n-3;4e2\n",
        "1,0;2,5;\n-3,0;4e2;\n",
        '"1,0","2,5"\n"-3,0","400,0"\n',
        "1\t2.5\n-3\t4e2\n",
        "1\t2,5\n-3\t4e2\n",
        "1\t2.5\t\n-3\t4e2\t\n",
        "1 2.5\n-3 4e2\n",
        "   1    2.5\n  -3  400  \n \n",
        " 1 \t 2.5\n-3\t400\n",
        "1,0 2,5\n-3,0 400,0\n",
        "# made on Monday\n# by hand\n1,2.5\n-3,4e2\n",
        "% of a program\n\n1,2.5\n-3,4e2\n",
        "sep=;\r\n1;2,5\r\n-3;4e2\r\n",
        "+1,2.50\n-3.,+4E+2\n",
    ],
)
def test_a_table_without_names(text, kind):
    found = table(text, f"a.{kind}")
    assert cells(found) == NUMBERS
    assert not found.has_names
    assert found.names == ("column 1", "column 2")
    assert {column.dtype for column in found.columns} == {np.dtype(np.float32)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a,b\n1,2.5\n-3,4e2\n", ("a", "b")),
        ("t=0 s,t=1 s\n1,2.5\n-3,4e2\n", ("t=0 s", "t=1 s")),
        ("a,a\n1,2.5\n-3,4e2\n", ("a", "a (2)")),
        (",b\n1,2.5\n-3,4e2\n", ("column 1", "b")),
        ('"first, of two",b\n1,2.5\n-3,4e2\n', ("first, of two", "b")),
        ('"say ""a""",  b \n1,2.5\n-3,4e2\n', ('say "a"', "b")),
        ("\ufeffa,b\n1,2.5\n-3,4e2\n", ("a", "b")),
        ("a,b,\n1,2.5,\n-3,4e2,\n", ("a", "b")),
        ("a,b\n1,2.5,\n-3,4e2,\n", ("a", "b")),
        ("a,b,\n1,2.5\n-3,4e2\n", ("a", "b")),
        ("größe;länge\n1;2,5\n-3;4e2\n", ("größe", "länge")),
        ("größe;länge\n1;2,5\n-3;4e2\n".encode("latin-1"), ("größe", "länge")),
        ("größe\tlänge\r\n1\t2.5\r\n-3\t4e2\r\n".encode("utf-16"), ("größe", "länge")),
        ("a  b\n1  2.5\n-3 4e2\n", ("a", "b")),
        ("# a b\n1 2.5\n-3 4e2\n", ("a", "b")),
        ("# of Monday\na b\n1 2.5\n-3 4e2\n", ("a", "b")),
        ("time,force\n(s),N\n1,2.5\n-3,4e2\n", ("time (s)", "force (N)")),
        ("time,force\ns,\n1,2.5\n-3,4e2\n", ("time (s)", "force")),
    ],
)
def test_a_table_with_names(text, names):
    found = table(text)
    assert cells(found) == NUMBERS
    assert found.has_names
    assert found.names == names


def test_names_that_are_only_numbers_are_known_by_their_order():
    names = ",".join(str(i) for i in range(10))
    found = table(f"{names}\n{'0.5,' * 9}1\n")
    assert found.names == tuple(str(i) for i in range(10))
    assert len(found.columns[0]) == 1
    assert len(table(f"{names}\n{'5,' * 9}1\n").columns[0]) == 2


def test_rows_may_have_names_where_their_column_has_none():
    found = table("a b\nx 1 2\ny 3 4\n", "a.txt")
    assert found.names == ("column 1", "a", "b")
    assert cells(found) == [["x", 1, 2], ["y", 3, 4]]


@pytest.mark.parametrize(
    "text",
    ["1,\n,3\n", "1,NaN\nnan,3\n", "1,NA\nN/A,3\n", "1, NA\n ,3\n", "1,null\n-,3\n", "a,b\n1,?\n  ,3\n", "1;\n;3,0\n"],
)
def test_what_is_missing_is_not_a_number(text):
    assert str(cells(table(text))) == "[[1.0, nan], [nan, 3.0]]"


def test_an_empty_line_in_one_column_is_a_missing_value():
    np.testing.assert_array_equal(table("v\n1\n\n3\n\n").columns[0], [1, np.nan, 3])


def test_a_column_of_nothing_stays_where_it_has_a_name():
    found = table("a,b,c\n1,,2\n3,,4\n")
    assert found.names == ("a", "b", "c")
    assert np.isnan(found.columns[1]).all()


def test_infinite_values_are_read():
    assert cells(table("inf,-inf\n1,2\nInfinity,-Infinity\n")) == [[np.inf, -np.inf], [1, 2], [np.inf, -np.inf]]


@pytest.mark.parametrize(
    "words", [("normal", "sick"), ("true", "false"), ("1a", "2a"), ("10:00:00.5", "x"), ("ü", "ö")]
)
def test_text_stays_text(words):
    found = table(f"{words[0]},1\n{words[1]} ,2\n{words[0]},3\n")
    assert found.columns[0].dtype == object
    assert found.columns[0].tolist() == [words[0], words[1], words[0]]
    assert not found.has_names


def test_long_identifiers_stay_text():
    assert cells(table("id,a\n1234567890123456789,1\n1234567890123456788,2\n")) == [
        ["1234567890123456789", 1],
        ["1234567890123456788", 2],
    ]


@pytest.mark.parametrize(
    "moments",
    [
        ("2026-01-31 10:00:00", "2026-01-31 10:00:01"),
        ("2026-01-31T10:00:00Z", "2026-01-31T10:00:01Z"),
        ("2026-01-31 10:00:00.250", "2026-01-31 10:00:01.250"),
    ],
)
def test_moments_stay_times(moments):
    found = table(f"{moments[0]},1\n{moments[1]},2\n")
    assert np.diff(found.columns[0]) == np.timedelta64(1, "s")


def test_dates_stay_times_and_a_missing_one_is_none():
    np.testing.assert_array_equal(
        table("day,a\n1970-01-02,1\n,2\n").columns[0], np.array(["1970-01-02", "NaT"], "datetime64[ns]")
    )


def test_times_keep_their_precision_and_measurements_do_not_need_it():
    times = 1_700_000_000 + np.arange(500) / 1000
    found = table("t,x\n" + "".join(f"{t:.3f},{np.sin(k):.6f}\n" for k, t in enumerate(times)))
    assert [column.dtype for column in found.columns] == [np.float64, np.float32]
    np.testing.assert_array_equal(found.columns[0], np.round(times, 3))


def test_times_that_start_again_keep_their_precision():
    times = np.tile(np.arange(1000) / 1000, 3)
    found = table("t\n" + "".join(f"{t:.3f}\n" for t in times))
    np.testing.assert_array_equal(found.columns[0], np.round(times, 3))


def test_numbers_too_large_or_small_for_single_precision_survive():
    assert cells(table("1e300,1\n-1e-300,2\n5,3\n")) == [[1e300, 1], [-1e-300, 2], [5, 3]]


def test_a_word_far_below_marks_a_missing_value_and_is_told(monkeypatch):
    monkeypatch.setattr("core.recordings.reading.parsing.SAMPLE", 100)
    found = table("a,b\n" + "1.5,2\n" * 1000 + "oops,3\n")
    assert found.columns[0][:1000].tolist() == [1.5] * 1000
    assert np.isnan(found.columns[0][1000])
    assert found.columns[1].tolist() == [2.0] * 1000 + [3.0]
    assert "“oops” in 1 of 1,001 cells" in found.findings[0].sentence


def test_decimal_commas_may_come_late():
    assert table("a;b\n" + "0;1\n" * 50 + "0,5;1\n").columns[0].tolist() == [0.0] * 50 + [0.5]


def test_blanks_are_taken_out_piece_by_piece(monkeypatch):
    text = "a   b\n" + "  1   2.5 \n\t-3\t\t4e2\n" * 200
    monkeypatch.setattr("core.recordings.reading.parsing.BLOCK", 64)
    monkeypatch.setattr("core.recordings.reading.parsing.SAMPLE", 10)
    assert cells(table(text)) == NUMBERS * 200


@pytest.mark.parametrize("name", ["a.csv.gz", "A.CSV.GZ", "../../a.tsv.gz", "a b.txt.GZ", "a.dat.gz"])
def test_packed_text_is_read_as_the_text(name):
    assert cells(table(gzip.compress(b"1,2\n") + gzip.compress(b"3,4\n"), name)) == [[1, 2], [3, 4]]


@pytest.mark.parametrize("kind", [name for name, form in FORMATS.items() if not form.ending.endswith(".zip")])
def test_what_wavetwin_writes_comes_back_to_the_last_bit(kind):
    signals = np.random.default_rng(0).normal(3, 5, (600, 1, 32)).astype(np.float32)
    content = Content(np.linspace(0, 1, 32))
    written = b"".join(encode(iter([Batch.unconditional(signals)]), 600, content, kind))
    np.testing.assert_array_equal(read_signals(f"a.{kind}", written).reshape(signals.shape), signals)


def test_signals_are_the_rows_of_a_table():
    found = read_signals("a.csv", b"a,b\n1,2.5\n-3,4e2\n")
    assert found.dtype == np.float32
    assert found.tolist() == NUMBERS


def test_signals_cannot_be_text():
    with pytest.raises(SignalFileError, match=r"Column “kind” of “a.csv” does not hold plain numbers"):
        read_signals("a.csv", b"kind,a\nx,1\ny,2\n")


def test_a_table_may_be_no_wider_than_the_limit(monkeypatch):
    monkeypatch.setattr(limits, "MAX_COLUMNS", 3)
    assert len(table("1,2,3\n").columns) == 3
    with pytest.raises(SignalFileError, match=r"“a.csv” has 4 columns; at most 3 can be read"):
        table("1,2,3,4\n")


def test_a_file_may_be_no_larger_than_the_limit(monkeypatch):
    monkeypatch.setattr(limits, "MAX_BYTES", 7)
    table("1\n2\n3\n")
    with pytest.raises(SignalFileError, match="can be read, so split it"):
        table("1\n2\n3\n4\n")


def test_a_packed_file_that_never_ends_is_refused(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED", 10_000)
    assert len(table(gzip.compress(b"1.0000000,2.0000000\n" * 490), "a.csv.gz").columns[0]) == 490
    whole = gzip.compress(b"1.0000000,2.0000000\n" * 505)
    for content in (whole, whole + gzip.compress(b"1")):
        with pytest.raises(SignalFileError, match="more than 0 MB when unpacked"):
            table(content, "a.csv.gz")


def test_cells_that_take_more_memory_than_text_are_counted(monkeypatch):
    monkeypatch.setattr(limits, "MAX_UNPACKED", 10_000)
    assert len(table(b"1,2\n" * 625).columns[0]) == 625
    with pytest.raises(SignalFileError, match="when unpacked"):
        table(b"1,2\n" * 627)


def test_every_kind_has_a_reader():
    for kind in KINDS:
        with pytest.raises(SignalFileError, match=r"is empty|holds no kind"):
            read(f"a.{kind}", b"")


# Any table, written in any way

numbers = strategies.floats(-1e6, 1e6, width=32).filter(lambda value: value == 0 or abs(value) > 1e-6)
matrices = strategies.integers(1, 6).flatmap(
    lambda width: strategies.lists(strategies.lists(numbers, min_size=width, max_size=width), min_size=1, max_size=12)
)


@given(
    matrices,
    strategies.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ","), (" ", "."), ("   ", ",")]),
    strategies.sampled_from(["\n", "\r\n", "\r"]),
    strategies.booleans(),
    strategies.booleans(),
    strategies.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]),
    strategies.sampled_from(["", "# more words than any of the tables has columns", "% 1 2 3"]),
)
def test_any_table_reads_back_the_same(matrix, marks, newline, has_names, has_end, encoding, comment):
    delimiter, decimal = marks
    assume(len(matrix[0]) > 1 or decimal == ".")  # one column with commas is two columns
    names = [f"größe{i}" for i in range(len(matrix[0]))]
    lines = [delimiter.join(names)] if has_names else []
    lines += [delimiter.join(repr(value).replace(".", decimal) for value in row) for row in matrix]
    lines = [comment, *lines] if comment else lines
    found = table((newline.join(lines) + newline * has_end).encode(encoding))
    assert found.has_names == has_names
    assert cells(found) == matrix
    if has_names:
        assert list(found.names) == names


@given(
    strategies.text(max_size=60) | strategies.text(alphabet="0123456789.,;\t \n\r\"'#-+eENa", max_size=200),
    strategies.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_any_text_is_a_table_or_refused_in_a_sentence(text, encoding):
    found, sentence = None, "."
    try:
        found = table(text.encode(encoding, errors="replace"))
    except SignalFileError as error:
        sentence = str(error)
    assert sentence.endswith(".")
    assert len(sentence) < 320
    if found is None:
        return
    lengths = {len(column) for column in found.columns}
    assert len(lengths) == 1
    assert lengths != {0}
    assert len(set(found.names)) == len(found.names) == len(found.columns)
