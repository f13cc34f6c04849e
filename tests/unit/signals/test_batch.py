from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.seeds import BLOCK
from core.signals.batch import Batch, blocks, collect


def numbered(start: int, stop: int) -> Batch:
    """Signals of one channel and one sample, which is their number; the condition is its negative."""
    numbers = np.arange(start, stop, dtype=np.float32)
    return Batch(numbers[:, None, None], -numbers[:, None])


def numbered_block(index: int) -> Batch:
    return numbered(index * BLOCK, (index + 1) * BLOCK)


def assert_equal(first: Batch, second: Batch) -> None:
    np.testing.assert_array_equal(first.signals, second.signals)
    np.testing.assert_array_equal(first.conditions, second.conditions)


def test_signals_keep_the_recordings_that_they_are_windows_of():
    windows = replace(numbered(0, 10), recordings=np.arange(10) // 3)
    assert windows[np.array([9, 0])].recordings.tolist() == [3, 0]
    assert collect(iter([windows[:4], windows[4:]]), 10).recordings.tolist() == windows.recordings.tolist()
    assert collect(iter([numbered(0, 4)]), 4).recordings is None


@given(n=st.integers(0, 5 * BLOCK))
def test_blocks_give_just_the_first_n(n):
    pieces = list(blocks(numbered_block, n))
    assert all(len(piece) <= BLOCK for piece in pieces)
    assert_equal(collect(iter(pieces), n), numbered(0, n))


def test_blocks_are_drawn_one_by_one():
    drawn = []
    pieces = blocks(lambda index: drawn.append(index) or numbered_block(index), 10 * BLOCK)
    next(pieces)
    next(pieces)
    assert drawn == [0, 1]


@given(cuts=st.lists(st.integers(0, 100), max_size=5))
def test_pieces_of_any_size_are_collected_in_their_order(cuts):
    edges = [0, *sorted(cuts), 100]
    pieces = (numbered(start, stop) for start, stop in pairwise(edges))
    assert_equal(collect(pieces, 100), numbered(0, 100))


def test_collecting_keeps_types_and_shapes():
    whole = collect(blocks(numbered_block, 3), 3)
    assert whole.signals.shape == (3, 1, 1)
    assert whole.conditions.shape == (3, 1)
    assert whole.signals.dtype == whole.conditions.dtype == np.float32


def test_what_was_collected_is_no_view_of_a_piece():
    piece = numbered(0, 5)
    collect(iter([piece]), 5).signals[:] = 7
    assert_equal(piece, numbered(0, 5))


@pytest.mark.parametrize("rows", [slice(2, 4), np.array([2, 3]), np.arange(5) // 2 == 1])
def test_rows_are_taken_of_signals_and_conditions_alike(rows):
    assert_equal(numbered(0, 5)[rows], numbered(2, 4))
    assert len(numbered(0, 5)[rows]) == 2


def test_signals_alone_have_conditions_without_columns():
    batch = Batch.unconditional(np.zeros((4, 1, 16), np.float32))
    assert batch.conditions.shape == (4, 0)
    assert batch.conditions.dtype == np.float32
    assert batch[1:].conditions.shape == (3, 0)
