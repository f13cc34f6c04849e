"""Runs that somebody changed by hand are read, or refused in a sentence; python -m benchmarks.spoiled_runs tries many more."""

from benchmarks.spoiled_runs import failures


def test_spoiled_runs_are_read_or_refused():
    wrong, n_refused = failures(6, seed=3)
    assert not wrong
    assert n_refused
