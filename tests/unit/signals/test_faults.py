from collections.abc import Iterator

import numpy as np
import pytest

from core.config import Column, validated
from core.errors import ConfigError
from core.seeds import BLOCK
from core.signals.batch import Batch, blocks, collect
from core.signals.faults import FAULTS, FaultSettings, plant

SHAPE = (3, 80)  # channels and samples
SCALE = np.array([1.0, 10.0, 0.1])
SIGNALS = np.random.default_rng(0).normal(5, 1, (2 * BLOCK, *SHAPE)).astype(np.float32) * SCALE[:, None].astype("f4")


def good(n: int = len(SIGNALS)) -> Iterator[Batch]:
    """Signals with one condition, their number."""
    numbers = np.arange(len(SIGNALS), dtype=np.float32)[:, None]
    return blocks(lambda index: Batch(SIGNALS, numbers)[index * BLOCK : (index + 1) * BLOCK], n)


def planted(n: int = len(SIGNALS), seed: int = 0, **settings) -> Batch:
    return collect(plant(good(n), FaultSettings(**settings), SCALE, seed), n)


def stretches(batch: Batch) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """What was there and what is there now, from the first changed sample to the last, in each signal with a fault."""
    for i in np.flatnonzero(batch.conditions[:, -1]):
        (channel,) = np.flatnonzero(batch.faulty[i].any(axis=1))
        places = np.flatnonzero(batch.faulty[i, channel])
        rows = slice(places[0], places[-1] + 1)
        yield SIGNALS[i, channel, rows], batch.signals[i, channel, rows]


@pytest.mark.parametrize("kind", FAULTS)
def test_just_the_marked_samples_are_changed(kind):
    batch = planted(kinds=(kind,), share=0.5)
    np.testing.assert_array_equal(batch.faulty, batch.signals != SIGNALS)
    labels = batch.conditions[:, -1]
    np.testing.assert_array_equal(labels > 0, batch.faulty.any(axis=(1, 2)))
    assert 0.45 < labels.mean() < 0.55
    np.testing.assert_array_equal(batch.conditions[:, 0], np.arange(len(SIGNALS)))
    assert batch.signals.dtype == np.float32


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_stays_within_a_stretch_of_one_channel(kind):
    for clean, _ in stretches(planted(300, kinds=(kind,), share=1, length=0.25)):
        assert len(clean) <= 20


@pytest.mark.parametrize("kind", FAULTS)
@pytest.mark.parametrize("n", [1, 5, BLOCK, BLOCK + 1])
def test_fewer_signals_are_the_first_of_more(kind, n):
    few, many = planted(n, kinds=(kind,)), planted(kinds=(kind,))[:n]
    np.testing.assert_array_equal(few.signals, many.signals)
    np.testing.assert_array_equal(few.conditions, many.conditions)


def test_another_seed_plants_other_faults():
    first, again, other = planted(), planted(), planted(seed=1)
    np.testing.assert_array_equal(first.signals, again.signals)
    assert (first.conditions != other.conditions).any()


def test_every_kind_comes_as_often_as_the_others():
    labels = planted(kinds=tuple(FAULTS), share=1).conditions[:, -1]
    assert np.bincount(labels.astype(int), minlength=len(FAULTS) + 1)[1:].min() > 0.7 * len(SIGNALS) / len(FAULTS)


def changes(kind: str, strength: float) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """What a fault of a whole signal adds in units of the source, what was there, and what is there now."""
    batch = planted(400, kinds=(kind,), share=1, length=1, strength=strength)
    for i in range(400):
        channel = batch.faulty[i].any(axis=1).argmax()
        clean, now = SIGNALS[i, channel].astype(float), batch.signals[i, channel].astype(float)
        yield (now - clean) / SCALE[channel], clean, now


@pytest.mark.parametrize("strength", [1, 3])
def test_faults_are_as_strong_as_they_say(strength):
    noise = np.stack([added for added, _, _ in changes("noise", strength)])
    assert noise.std() == pytest.approx(0.5 * strength, rel=0.02)
    for added, _, _ in changes("offset", strength):
        np.testing.assert_allclose(np.abs(added), strength, rtol=1e-4)
    for added, _, _ in changes("drift", strength):
        np.testing.assert_allclose(np.abs(added), strength * np.arange(1, 81) / 80, rtol=1e-2)
    for added, _, _ in changes("spikes", strength):
        spikes = np.abs(added[added != 0])
        assert len(spikes) == 4
        np.testing.assert_allclose(spikes, 2 * strength, rtol=1e-4)
    for _, clean, now in changes("clipping", strength):
        assert np.ptp(now) == pytest.approx(np.ptp(clean) / (1 + strength), rel=1e-4)


def test_faults_do_what_they_are_called():
    for _, now in stretches(planted(100, kinds=("missing",))):
        assert np.isnan(now).all()
    for _, now in stretches(planted(100, kinds=("dropout",))):
        assert not now.any()
    for _, now in stretches(planted(100, kinds=("stuck",))):
        assert np.ptp(now) == 0
    for added, _, _ in changes("bursts", 1):
        assert (np.diff(added != 0, prepend=False, append=False)).sum() == 6  # three begin and three end
    for _, clean, now in changes("jitter", 1):
        assert clean.min() <= now.min()
        assert now.max() <= clean.max()
        assert (now != clean).mean() > 0.9


def test_a_fault_that_changes_nothing_is_none():
    flat = Batch.unconditional(np.ones((BLOCK, 1, 32), np.float32))
    settings = FaultSettings(kinds=("stuck", "clipping", "jitter"), share=1)
    batch = collect(plant(iter([flat]), settings, np.ones(1), 0), BLOCK)
    assert not batch.conditions.any()
    assert not batch.faulty.any()


def test_signals_that_come_in_are_left_alone():
    before = SIGNALS.copy()
    planted(kinds=tuple(FAULTS), share=1)
    np.testing.assert_array_equal(SIGNALS, before)


def test_the_label_has_a_name_of_its_own():
    settings = FaultSettings(kinds=("spikes", "noise", "spikes"))
    assert settings.column() == Column(name="fault", classes=("none", "noise", "spikes"))
    assert settings.column((Column(name="fault"),)).name == "planted fault"


@pytest.mark.parametrize(
    "values", [{"kinds": []}, {"kinds": ["rust"]}, {"share": 0}, {"strength": -1}, {"length": 2}], ids=str
)
def test_impossible_settings_are_refused_in_words(values):
    with pytest.raises(ConfigError):
        validated(FaultSettings, values)


@pytest.mark.parametrize(
    ("kinds", "says"), [(["rust"], "no fault “rust”; choose among: noise"), ([], "no fault to plant"), ("", "no fault")]
)
def test_faults_that_are_none_are_named(kinds, says):
    with pytest.raises(ConfigError, match=says):
        validated(FaultSettings, {"kinds": kinds})
