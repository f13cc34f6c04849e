import os
from pathlib import Path

import pytest

from core.store.metrics_log import MetricsLog


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "metrics.jsonl"


def append(file: Path, text: str) -> None:
    with file.open("a") as opened:
        opened.write(text)


def series(log: MetricsLog, name: str = "a") -> list[tuple[int, float]]:
    steps, values = log.read()[name]
    return list(zip(steps.tolist(), values.tolist(), strict=True))


def test_a_missing_file_is_empty_until_it_comes(file):
    log = MetricsLog(file)
    assert series(log) == []
    assert log.read().last("a") is None
    append(file, '{"step":1,"a":2}\n')
    assert series(log) == [(1, 2.0)]


def test_figures_are_read_by_name(file):
    append(file, '{"step":10,"a":1.5,"b":2}\n{"step":20,"b":3}\n')
    log = MetricsLog(file)
    assert series(log, "a") == [(10, 1.5)]
    assert series(log, "b") == [(10, 2.0), (20, 3.0)]
    assert log.read().last("b") == 3.0
    assert series(log, "step") == []


def test_what_is_added_is_read(file):
    log = MetricsLog(file)
    for step in range(1, 5):
        append(file, f'{{"step":{step},"a":{step}}}\n')
        assert series(log) == [(n, float(n)) for n in range(1, step + 1)]


def test_what_was_read_is_not_read_again(file):
    log = MetricsLog(file)
    append(file, '{"step":1,"a":1}\n')
    log.read()
    with file.open("r+b") as opened:
        opened.write(b"#" * 16)  # in the same file, where a second reading would stumble
    append(file, '{"step":2,"a":2}\n')
    assert series(log) == [(1, 1.0), (2, 2.0)]


def test_figures_once_read_do_not_change(file):
    append(file, '{"step":1,"a":1}\n')
    log = MetricsLog(file)
    before = log.read()
    append(file, '{"step":2,"a":2}\n')
    log.read()
    assert before["a"][0].tolist() == [1]


def test_an_unterminated_last_line_waits_for_its_end(file):
    append(file, '{"step":1,"a":1}\n{"step":2,"a":1')
    log = MetricsLog(file)
    assert series(log) == [(1, 1.0)]
    append(file, '23}\n{"step":3,"a":3}\n')
    assert series(log) == [(1, 1.0), (2, 123.0), (3, 3.0)]


@pytest.mark.parametrize("line", ["garbage", "", "[1,2]", "5", '{"a":1}', '{"step":"x","a":1}', '{"step":2,"a":', "\0"])
def test_a_broken_line_is_passed_over(file, line):
    append(file, f'{{"step":1,"a":1}}\n{line}\n{{"step":3,"a":3}}\n')
    assert series(MetricsLog(file)) == [(1, 1.0), (3, 3.0)]


@pytest.mark.parametrize("value", ["null", '"x"', "[1]"])
def test_a_figure_that_is_no_number_is_passed_over(file, value):
    append(file, f'{{"step":1,"a":{value},"b":1}}\n')
    assert series(MetricsLog(file), "a") == []
    assert series(MetricsLog(file), "b") == [(1, 1.0)]


def test_rewinding_drops_later_and_broken_lines(file):
    append(file, '{"step":1,"a":1}\n{"step":2,"a":2}\ngarbage\n{"step":2,"b":2}\n{"step":3,"a":3}\n{"step":')
    log = MetricsLog(file)
    log.read()
    log.rewind(2)
    assert file.read_text() == '{"step":1,"a":1}\n{"step":2,"a":2}\n{"step":2,"b":2}\n'
    assert series(log) == [(1, 1.0), (2, 2.0)]
    append(file, '{"step":3,"a":33}\n')
    assert series(log) == [(1, 1.0), (2, 2.0), (3, 33.0)]


def test_rewinding_a_missing_file_does_nothing(file):
    MetricsLog(file).rewind(0)
    assert not file.exists()


def test_a_rewinding_by_someone_else_is_noticed(file):
    append(file, '{"step":1,"a":1}\n{"step":2,"a":2}\n{"step":3,"a":3}\n')
    mine, theirs = MetricsLog(file), MetricsLog(file)
    assert len(series(mine)) == 3
    theirs.rewind(1)
    append(file, '{"step":2,"a":22}\n{"step":3,"a":33}\n{"step":4,"a":44}\n')
    assert series(mine) == [(1, 1.0), (2, 22.0), (3, 33.0), (4, 44.0)]


def test_a_file_cut_short_in_place_is_noticed(file):
    append(file, '{"step":1,"a":1}\n{"step":2,"a":2}\n')
    log = MetricsLog(file)
    log.read()
    os.truncate(file, 17)
    assert series(log) == [(1, 1.0)]


def test_a_file_that_vanished_is_empty(file):
    append(file, '{"step":1,"a":1}\n')
    log = MetricsLog(file)
    log.read()
    file.unlink()
    assert series(log) == []


def test_a_file_has_one_reader_in_a_process(file, tmp_path):
    assert MetricsLog.of(file) is MetricsLog.of(tmp_path / "metrics.jsonl")
    assert MetricsLog.of(file) is not MetricsLog.of(tmp_path / "other.jsonl")
