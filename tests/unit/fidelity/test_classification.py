import numpy as np
import pytest
from scipy.stats import spearmanr
from statsmodels.stats.proportion import proportion_confint

from core.fidelity import classification
from core.fidelity.classification import C2ST
from core.fidelity.measures import c2st, timegan

N_REAL, N_FAKE = 150, 180


def growing_scale(seed: int, n: int, lowest: float) -> np.ndarray:
    """Noise, the later a signal the louder."""
    scale = np.linspace(lowest, lowest + 1, n, dtype=np.float32)
    return scale[:, None, None] * np.random.default_rng(seed).standard_normal((n, 1, 32), dtype=np.float32)


def trees(real: np.ndarray, fake: np.ndarray, seed: int) -> C2ST:
    return c2st.boosted_trees(real.std(axis=2), fake.std(axis=2), seed)


def kernels(real: np.ndarray, fake: np.ndarray, seed: int) -> C2ST:
    return c2st.random_kernels(real, fake, seed, n_kernels=64)


def cnn(real: np.ndarray, fake: np.ndarray, seed: int) -> C2ST:
    return c2st.small_cnn(real, fake, seed, n_epochs=2)


def recurrent(real: np.ndarray, fake: np.ndarray, seed: int) -> C2ST:
    return timegan.recurrent(real, fake, seed, n_steps=40)


CLASSIFIERS = [trees, kernels, cnn, recurrent]


@pytest.fixture(scope="module")
def told() -> dict[str, C2ST]:
    """What each classifier makes of fakes that are louder than reals."""
    real, fake = growing_scale(1, N_REAL, 0.3), growing_scale(2, N_FAKE, 0.9)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(c2st, "MIN_STEPS", 40)
        return {classifier.__name__: classifier(real, fake, 0) for classifier in CLASSIFIERS}


@pytest.fixture(params=[classifier.__name__ for classifier in CLASSIFIERS])
def result(request, told) -> C2ST:
    return told[request.param]


def result_of(n_right: int, n: int) -> C2ST:
    """`n` of either kind; the first `n_right` of all are told rightly."""
    right = np.where(np.arange(2 * n) < n_right, 1.0, -1.0)
    return classification.result_of(right * np.repeat([1, -1], n), numbered(n, n, n_test=n))


def numbered(n_real: int, n_fake: int, n_test: int | None) -> classification.Split:
    """A split of signals that are their own numbers, those of fakes negative."""
    real, fake = np.arange(1.0, n_real + 1)[:, None, None], -np.arange(1.0, n_fake + 1)[:, None, None]
    return classification.train_test_split(real, fake, 0, n_test)


def test_the_accuracy_is_the_share_of_scores_on_the_right_side_of_0(result):
    right = (result.real_scores > 0).sum() + (result.fake_scores <= 0).sum()
    assert result.accuracy == right / (len(result.real_scores) + len(result.fake_scores))
    assert result.accuracy > 0.6


def test_a_third_of_the_smaller_set_is_held_out_of_either(result):
    for index, scores, n in (
        (result.real_index, result.real_scores, N_REAL),
        (result.fake_index, result.fake_scores, N_FAKE),
    ):
        assert len(index) == len(scores) == len(set(index.tolist())) == N_REAL // 3
        assert set(index.tolist()) <= set(range(n))


def test_each_index_belongs_to_the_score_at_its_place(result):
    # The later a signal the louder, and the louder the less it seems real.
    assert spearmanr(result.real_index, result.real_scores).statistic < -0.6
    assert spearmanr(result.fake_index, result.fake_scores).statistic < -0.6


@pytest.mark.parametrize(("n_real", "n_fake", "n_test"), [(30, 30, None), (30, 50, None), (50, 31, 7)])
def test_held_out_signals_are_those_of_the_indices_and_are_not_trained_with(n_real, n_fake, n_test):
    split = numbered(n_real, n_fake, n_test)
    n, n_held_out = min(n_real, n_fake), n_test or min(n_real, n_fake) // 3
    expected = np.concatenate([split.real_index + 1.0, -(split.fake_index + 1.0)])
    assert split.test.ravel().tolist() == expected.tolist()
    assert not set(split.test.ravel()) & set(split.train.ravel())
    assert len(set(split.train.ravel())) == len(split.train) == 2 * (n - n_held_out)
    assert (split.train.ravel() > 0).tolist() == split.train_is_real.tolist()
    assert split.train_is_real.sum() == n - n_held_out


def split_by(recordings: np.ndarray, n_test: int | None = None) -> tuple[set, set]:
    """The recordings of the reals that are tested on and learned from; there are as many fakes, each alone."""
    n = len(recordings)
    numbers = np.arange(n)[:, None, None]
    split = classification.train_test_split(numbers, -1 - numbers, 0, n_test, (recordings, None))
    learned = split.train[split.train_is_real].ravel()
    assert len(split.real_index) == len(split.fake_index) > 0
    assert 2 * len(learned) == len(split.train) > 0
    return set(recordings[split.real_index].tolist()), set(recordings[learned].tolist())


@pytest.mark.parametrize("recordings", [np.repeat(np.arange(20), 6), np.repeat([0, 1], [110, 10]), np.arange(120) % 7])
def test_no_recording_is_both_learned_from_and_tested_on(recordings):
    for order in (recordings, recordings[::-1], recordings.max() - recordings):
        tested, learned = split_by(order)
        assert not tested & learned


def test_windows_of_the_only_recording_are_split_all_the_same():
    assert split_by(np.zeros(120, int)) == ({0}, {0})


def test_a_third_is_tested_on_also_by_recording():
    recordings = np.repeat(np.arange(30), 4)
    split = classification.train_test_split(*[np.zeros((120, 1, 8))] * 2, 0, None, (recordings, recordings))
    assert len(split.real_index) == len(split.fake_index) == 40
    assert len(split.train) == 160


@pytest.mark.parametrize("recordings", [None, np.arange(60)])
def test_signals_that_are_each_alone_all_count(recordings):
    split = classification.train_test_split(*[np.zeros((60, 1, 8))] * 2, 0, 30, (recordings, recordings))
    assert classification.result_of(np.linspace(-1, 2, 60), split).n_effective == 60


def test_windows_that_are_right_or_wrong_together_count_as_one():
    recordings = np.repeat(np.arange(20), 30)
    split = classification.train_test_split(*[np.zeros((600, 1, 8))] * 2, 0, 300, (recordings, recordings))
    scores = np.where(split.clusters % 2, 1.0, -1.0)  # of each recording all or none
    found = classification.result_of(scores, split)
    assert 12 < found.n_effective < 28
    low, high = found.interval()
    assert high - low > 0.3
    by_chance = np.random.default_rng(0).choice([-1.0, 1.0], 600)
    assert classification.result_of(by_chance, split).n_effective > 300


def test_recordings_that_are_known_by_heart_tell_nothing():
    rng = np.random.default_rng(0)
    recordings = np.repeat(np.arange(30), 20)

    def people(seed: int) -> np.ndarray:
        paths = np.random.default_rng(seed).standard_normal((30, 1, 32)).cumsum(axis=2)
        return (paths[recordings] + 0.3 * rng.standard_normal((600, 1, 32))).astype(np.float32)

    first, second = people(1), people(2)
    assert c2st.random_kernels(first, second, 0, 64).accuracy > 0.8
    assert c2st.random_kernels(first, second, 0, 64, origins=(recordings, recordings)).accuracy < 0.65


def test_a_score_of_0_says_fake():
    split = numbered(3, 3, n_test=3)
    result = classification.result_of(np.array([1.0, -1, 0, -2, 0, 0]), split)
    assert result.accuracy == 4 / 6
    assert (result.real_scores.tolist(), result.fake_scores.tolist()) == ([1, -1, 0], [-2, 0, 0])


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.999])
@pytest.mark.parametrize(("n_right", "n"), [(0, 20), (20, 20), (23, 20), (40, 20), (1, 1), (1203, 1111), (5127, 5000)])
def test_the_interval_is_that_of_wilson(n_right, n, confidence):
    result = result_of(n_right, n)
    assert result.accuracy == n_right / (2 * n)
    expected = proportion_confint(n_right, 2 * n, 1 - confidence, method="wilson")
    assert result.interval(confidence) == pytest.approx(expected, abs=1e-9)


def test_the_interval_is_of_95_percent_unless_asked_otherwise():
    assert result_of(31, 25).interval() == result_of(31, 25).interval(0.95)


def test_chance_is_within_the_interval_and_a_certain_classifier_above_it():
    low, high = result_of(205, 200).interval()
    assert low < 0.5 < high
    assert result_of(300, 200).interval(0.999)[0] > 0.5
