"""Spoiled files of instruments are read, or refused in a sentence; python -m benchmarks.mutations tries many more."""

import pytest

from benchmarks.mutations import outcomes


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_spoiled_files_are_read_or_refused(kind):
    found = [outcome.what for outcome in outcomes(kind, range(80), seed=1)]
    assert set(found) == {"read", "refused"}
