"""Spoiled files of instruments are read, or refused in a sentence; python -m benchmarks.mutations tries many more."""

from benchmarks.mutations import failures


def test_spoiled_files_are_read_or_refused():
    wrong, _, n_read = failures(80, seed=1)
    assert not wrong
    assert 0 < n_read < 80
