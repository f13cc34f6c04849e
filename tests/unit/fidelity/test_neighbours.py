import numpy as np

from core.fidelity.measures import neighbours


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


def test_distances_are_the_smallest_of_all(monkeypatch):
    signals, training = noise(1, 23, 2, 9), noise(2, 31, 2, 9)
    expected = np.sqrt(((signals[:, None] - training[None]) ** 2).sum(axis=(2, 3))).min(axis=1)
    monkeypatch.setattr(neighbours, "CHUNK_SIGNALS", 8)
    np.testing.assert_allclose(neighbours.nearest_distances(signals, training), expected, rtol=1e-5)


def test_a_copy_is_at_0_also_at_a_high_level():
    training = noise(1, 40, 1, 50) + 1000
    assert neighbours.nearest_distances(training[7:9], training).tolist() == [0, 0]


def test_copies_with_a_little_noise_are_nearer_than_fresh_signals():
    training = noise(1, 200, 1, 50)
    copies = training[:20] + np.float32(0.1) * noise(2, 20, 1, 50)
    nearest = neighbours.nearest_distances(copies, training)
    np.testing.assert_allclose(nearest, np.linalg.norm((copies - training[:20])[:, 0], axis=1), rtol=1e-4)
    assert nearest.max() < neighbours.nearest_distances(noise(3, 20, 1, 50), training).min()
