import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from core.config import Column, RecordingsConfig
from core.errors import ConfigError
from core.seeds import BLOCK
from core.signals.batch import Batch, collect
from core.signals.dataset import DataSet
from core.signals.recordings import FEWEST, SELECTION_SHARE, Recordings

COLUMNS = (Column(name="load", maximum=100.0), Column(name="state", classes=("good", "worn")))
ALL = 1_000_000  # signals; more than there are


def source(recordings: np.ndarray, share: float = 0.2, conditions: tuple[str, ...] = ("number",)) -> Recordings:
    """A source of signals that all have their row's number as values and as condition `number`."""
    n = len(recordings)
    numbers = np.arange(n)
    signals = np.broadcast_to(numbers[:, None, None], (n, 2, 16)).astype(np.float32)
    columns = (Column(name="number", maximum=n), *COLUMNS)
    data = DataSet(
        name="Numbered",
        signals=signals,
        recordings=recordings,
        conditions=np.stack([numbers, numbers * 0.1, numbers % 2], axis=1),
        columns=columns,
        sampling_rate=100.0,
    )
    config = RecordingsConfig(
        dataset="0" * 16,
        name="Numbered",
        n_signals=n,
        n_recordings=len(np.unique(recordings)),
        n_channels=2,
        n_samples=16,
        sampling_rate=100.0,
        columns=columns,
        held_out_share=share,
    )
    return Recordings(config, data, conditions)


def rows(batch: Batch) -> np.ndarray:
    """Which rows of the data set a batch holds, in order."""
    return batch.signals[:, 0, 0].astype(int)


def parts(reals: Recordings) -> list[np.ndarray]:
    """All rows for training, for the choice of the best state, and for fidelity."""
    batches = reals.distinct(ALL, rng()), reals.held_out(ALL, seed=0), reals.fresh(ALL, seed=0)
    return [rows(batch) for batch in batches]


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


shares = st.floats(0.05, 0.5)
many_recordings = hnp.arrays(np.int64, st.integers(FEWEST, 80), elements=st.integers(-3, 40)).filter(
    lambda numbers: len(np.unique(numbers)) >= FEWEST
)


@given(recordings=many_recordings, share=shares)
def test_no_recording_stands_on_two_sides(recordings, share):
    sides = [set(recordings[part]) for part in parts(source(recordings, share))]
    assert all(sides)
    assert sum(len(side) for side in sides) == len(set.union(*sides))


@given(recordings=many_recordings, share=shares)
def test_every_signal_is_in_one_part(recordings, share):
    np.testing.assert_array_equal(np.sort(np.concatenate(parts(source(recordings, share)))), np.arange(len(recordings)))


@given(n=st.integers(FEWEST, 300), share=shares)
def test_the_parts_have_their_share_of_the_recordings(n, share):
    training, selection, fidelity = (len(part) for part in parts(source(np.arange(n), share)))
    assert fidelity == pytest.approx(share * n, abs=1)
    assert selection == pytest.approx(SELECTION_SHARE * (n - fidelity), abs=1)
    assert training >= 1


def test_the_division_follows_from_the_data_set_and_the_share_alone():
    recordings = np.arange(100) // 5
    reals = source(recordings)
    for seed in (1, 2):
        assert set(rows(reals.fresh(ALL, seed))) == set(rows(reals.fresh(ALL, 0)))
        assert set(rows(reals.held_out(ALL, seed))) == set(rows(reals.held_out(ALL, 0)))
    for first, second in zip(parts(reals), parts(source(recordings)), strict=True):
        np.testing.assert_array_equal(first, second)


def test_batches_and_distinct_signals_are_of_the_training_part():
    reals = source(np.arange(100) // 2)
    training, selection, fidelity = (set(part) for part in parts(reals))
    drawn = rows(reals.batch(2_000, rng()))
    assert len(drawn) == 2_000
    assert set(drawn) == training
    assert not training & (selection | fidelity)


@pytest.mark.parametrize("n", [1, 10, ALL])
def test_distinct_signals_come_once_each(n):
    reals = source(np.arange(100))
    given = rows(reals.distinct(n, rng()))
    assert len(given) == len(set(given)) == min(n, len(parts(reals)[0]))


def test_a_seed_repeats_its_signals():
    reals, again = source(np.arange(200)), source(np.arange(200))
    for first, second, other in (
        (reals.held_out(20, 1), again.held_out(20, 1), reals.held_out(20, 2)),
        (reals.fresh(20, 1), again.fresh(20, 1), reals.fresh(20, 2)),
        (collect(reals.stream(20, 1), 20), collect(again.stream(20, 1), 20), collect(reals.stream(20, 2), 20)),
    ):
        np.testing.assert_array_equal(rows(first), rows(second))
        assert not np.array_equal(rows(first), rows(other))


@given(n=st.integers(0, 3 * BLOCK))
def test_a_shorter_stream_is_the_beginning_of_a_longer_one(n):
    reals = source(np.arange(50))
    longer = collect(reals.stream(3 * BLOCK, seed=4), 3 * BLOCK)
    np.testing.assert_array_equal(rows(collect(reals.stream(n, seed=4), n)), rows(longer)[:n])


def test_a_stream_is_of_the_whole_data_set():
    reals = source(np.arange(50))
    assert set(rows(collect(reals.stream(2_000, seed=0), 2_000))) == set(range(50))


def test_signals_come_with_the_conditions_that_were_chosen():
    reals = source(np.arange(100), conditions=("state", "number"))
    for batch in (reals.batch(50, rng()), reals.distinct(50, rng()), reals.held_out(5, 0), reals.fresh(5, 0)):
        assert batch.signals.dtype == batch.conditions.dtype == np.float32
        np.testing.assert_array_equal(batch.conditions, np.stack([rows(batch) % 2, rows(batch)], axis=1))
    assert source(np.arange(100), conditions=()).batch(3, rng()).conditions.shape == (3, 0)


def test_a_source_says_what_its_signals_are():
    reals = source(np.arange(4))
    assert reals.n_channels == 2
    assert reals.sines is None
    np.testing.assert_allclose(reals.times, np.arange(16) / 100.0)


@pytest.mark.parametrize(("n", "quantity"), [(1, "1 recording"), (FEWEST - 1, "3 recordings")])
def test_too_few_recordings_are_said_in_a_sentence(n, quantity):
    with pytest.raises(ConfigError, match=f"comes from {quantity}; give at least {FEWEST}"):
        source(np.arange(60) % n)


def test_the_fewest_recordings_are_enough_for_all_parts():
    assert [len(part) > 0 for part in parts(source(np.arange(FEWEST), 0.5))] == [True] * 3
