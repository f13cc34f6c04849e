"""Classifier two-sample tests: how often a classifier tells held-out reals from fakes; 0.5 is indistinguishable.

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests" (ICLR, arXiv:1610.06545). Three classifiers that see
different things: boosted trees on features, a linear one on random convolutions, and a small convolutional network;
`core.fidelity.measures.timegan` has a fourth. Each trains on two thirds of either kind and is tested on the rest; the smaller
set decides how many of each are used, so that the two are in balance. Compute on one thread: sums then come out the
same to the last bit.
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import binomtest
from sklearn.ensemble import HistGradientBoostingClassifier
from torch import nn
from torch.nn import functional

from core.fidelity.measures.kernels import KernelGroup, convolve, draw_kernels
from core.seeds import Purpose, numpy_rng, torch_rng

SPLIT, KERNELS, NETWORK = 0, 1, 2  # indices of the streams of random numbers
RIDGE_PENALTIES = tuple(10.0**power for power in range(-5, 2))  # ÷ number of training signals
BATCH_SIZE = 128
N_EPOCHS = 6
FEWEST_STEPS = 200
CHANNELS = (16, 32, 48, 48)
N_DIGITS = 5  # of a feature: more are the rounding of the signals


class C2ST(NamedTuple):
    """What a classifier made of the signals that were held out from it."""

    accuracy: float  # 0.5 is guessing
    real_index: np.ndarray  # which reals were held out, (n_test,)
    fake_index: np.ndarray  # which fakes, (n_test,)
    real_scores: np.ndarray  # (n_test,): above 0 it takes the signal for real, the larger the surer
    fake_scores: np.ndarray

    def interval(self, confidence: float = 0.95) -> tuple[float, float]:
        """The range that holds the true accuracy with this confidence.

        Wilson 1927, "Probable inference, the law of succession, and statistical inference" (JASA 22).
        """
        n = len(self.real_scores) + len(self.fake_scores)
        found = binomtest(round(self.accuracy * n), n).proportion_ci(confidence, method="wilson")
        return float(found.low), float(found.high)


def boosted_trees(real_features: np.ndarray, fake_features: np.ndarray, seed: int, n_test: int | None = None) -> C2ST:
    """Gradient-boosted trees on features (n, n_features); `n_test` of each kind are held out.

    Features count with N_DIGITS significant digits: trees would tell signals by how single precision was rounded.
    """
    split = divided(_rounded(real_features), _rounded(fake_features), seed, n_test)
    trees = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=150, early_stopping=True, n_iter_no_change=10, random_state=seed
    )
    trees.fit(split.train, split.train_is_real)
    return judged(trees.decision_function(split.test), split)


def _rounded(features: np.ndarray) -> np.ndarray:
    """`features` with N_DIGITS significant digits."""
    unit = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(features), 1e-30))) - N_DIGITS + 1)
    return np.round(features / unit) * unit


def random_kernels(
    real: np.ndarray, fake: np.ndarray, seed: int, n_kernels: int = 512, n_test: int | None = None
) -> C2ST:
    """A ridge classifier on random convolutions (core/fidelity/measures/kernels.py) of signals (n, n_channels, n_samples)."""
    split = divided(real, fake, seed, n_test)
    return judged(kernel_classifier(split, seed, n_kernels).scores(split.test), split)


class KernelClassifier(NamedTuple):
    """A ridge classifier on random convolutions that has learned and can judge any signals."""

    signals_mean: np.ndarray  # (n_channels, 1), of the reals it learned from
    signals_scale: np.ndarray
    groups: list[KernelGroup]
    mean: torch.Tensor  # (n_features,)
    scale: torch.Tensor
    solution: torch.Tensor

    def scores(self, signals: np.ndarray) -> np.ndarray:
        """Of signals (n, n_channels, n_samples) scores (n,): the larger, the surer that they are real; 0 is undecided."""
        standard = _standard(signals, self.signals_mean, self.signals_scale)
        features = (convolve(standard, self.groups) - self.mean) / self.scale
        return (features @ self.solution).numpy()


def kernel_classifier(split: "Split", seed: int, n_kernels: int = 512) -> KernelClassifier:
    """The classifier of `random_kernels` after it learned from the training part of signals as they are."""
    signals_mean, signals_scale = _mean_and_scale(split.train[split.train_is_real])
    train = _standard(split.train, signals_mean, signals_scale)
    groups = draw_kernels(train[split.train_is_real], n_kernels, numpy_rng(seed, Purpose.CLASSIFIERS, KERNELS))
    features = convolve(train, groups)
    mean, std = features.mean(dim=0), features.std(dim=0)
    scale = torch.where(std > 1e-6, std, torch.inf)
    solution = _ridge((features - mean) / scale, torch.from_numpy(2.0 * split.train_is_real - 1))
    return KernelClassifier(signals_mean, signals_scale, groups, mean, scale, solution)


def small_cnn(
    real: np.ndarray, fake: np.ndarray, seed: int, n_epochs: int = N_EPOCHS, n_test: int | None = None
) -> C2ST:
    """A small convolutional network on signals (n, n_channels, n_samples)."""
    split = standardised(divided(real, fake, seed, n_test))
    # The differences show noise that is small beside the signal.
    steps_std = np.diff(split.train[split.train_is_real], axis=2).std(axis=(0, 2))
    inputs, test = (_network_inputs(signals, steps_std) for signals in (split.train, split.test))
    rng = torch_rng(seed, Purpose.CLASSIFIERS, NETWORK)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=rng)))
        network = _network(inputs.shape[1], inputs.shape[2])
    _train(network, inputs, torch.from_numpy(split.train_is_real.astype(np.float32)), n_epochs, rng)
    with torch.no_grad():
        logits = torch.cat([network(batch) for batch in test.split(BATCH_SIZE)])[:, 0]
    return judged(logits.numpy(), split)


class Split(NamedTuple):
    """What a classifier learns from and what it is tested on, reals and fakes in equal numbers."""

    train: np.ndarray
    train_is_real: np.ndarray  # bool
    test: np.ndarray  # the reals, then as many fakes
    real_index: np.ndarray  # which reals those of the test are
    fake_index: np.ndarray


def judged(scores: np.ndarray, split: Split) -> C2ST:
    """The result of scores (2 · n_test,) of the held-out reals and then fakes; a score above 0 says real."""
    real_scores, fake_scores = np.split(scores, 2)
    accuracy = float(np.mean(np.concatenate([real_scores > 0, fake_scores <= 0])))
    return C2ST(accuracy, split.real_index, split.fake_index, real_scores, fake_scores)


def divided(real: np.ndarray, fake: np.ndarray, seed: int, n_test: int | None) -> Split:
    """As many reals as fakes, in random order; a third of each, or `n_test`, is held out."""
    rng = numpy_rng(seed, Purpose.CLASSIFIERS, SPLIT)
    n = min(len(real), len(fake))
    n_held_out = n // 3 if n_test is None else n_test
    real_order, fake_order = (rng.permutation(len(values))[:n] for values in (real, fake))
    n_train = n - n_held_out
    order = rng.permutation(2 * n_train)
    return Split(
        np.concatenate([real[real_order[n_held_out:]], fake[fake_order[n_held_out:]]])[order],
        (np.arange(2 * n_train) < n_train)[order],
        np.concatenate([real[real_order[:n_held_out]], fake[fake_order[:n_held_out]]]),
        real_order[:n_held_out],
        fake_order[:n_held_out],
    )


def standardised(split: Split) -> Split:
    """Signals with mean 0 and deviation 1 in each channel of the training part's reals."""
    mean, scale = _mean_and_scale(split.train[split.train_is_real])
    return split._replace(train=_standard(split.train, mean, scale), test=_standard(split.test, mean, scale))


def _mean_and_scale(reals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean and deviation of each channel, (n_channels, 1); 1 where it never deviates."""
    mean = reals.mean(axis=(0, 2), dtype=np.float64)[:, None]
    std = reals.std(axis=(0, 2), dtype=np.float64)[:, None]
    return mean, np.where(std > 0, std, 1)


def _standard(signals: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    return ((signals - mean) / scale).astype(np.float32)


def _ridge(train: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The weights (n_features,) of ridge regression; a fifth of the training part chooses the penalty."""
    n_choose = len(train) // 5
    fitted, chosen_on = train[n_choose:], train[:n_choose]
    eigenvalues, vectors = torch.linalg.eigh((fitted.T @ fitted).double() / len(fitted))
    projected = vectors.T @ (fitted.T @ targets[n_choose:].float()).double() / len(fitted)
    solutions = [vectors @ (projected / (eigenvalues.clamp(min=0) + penalty)) for penalty in RIDGE_PENALTIES]
    errors = [(chosen_on @ solution.float() - targets[:n_choose]).square().mean() for solution in solutions]
    return solutions[int(torch.stack(errors).argmin())].float()


def _network_inputs(signals: np.ndarray, steps_std: np.ndarray) -> torch.Tensor:
    """The signals, their standardised differences, and time from −1 to 1, as channels."""
    values = torch.from_numpy(signals)
    scale = torch.from_numpy(np.where(steps_std > 0, steps_std, 1).astype(np.float32))[:, None]
    steps = functional.pad(values.diff(dim=2) / scale, (1, 0))
    # Pooling forgets where something happened; the time channel lets a late fault differ from an early one.
    time = torch.linspace(-1, 1, values.shape[2]).expand(len(values), 1, -1)
    return torch.cat([values, steps, time], dim=1)


def _network(n_inputs: int, n_samples: int) -> nn.Sequential:
    """Strided convolutions, the mean over time, and a dense head with one logit."""
    first = max(2, n_samples // 256)  # long signals cost little more than short ones
    sizes = [(max(9, 2 * first + 1), first), (5, 2), (5, 2), (5, 2)]
    layers: list[nn.Module] = []
    for width, (kernel, stride) in zip(CHANNELS, sizes, strict=True):
        layers += [nn.Conv1d(n_inputs, width, kernel, stride, kernel // 2), nn.BatchNorm1d(width), nn.ReLU()]
        n_inputs = width
    head = [nn.AdaptiveAvgPool1d(1), nn.Flatten(), nn.Linear(n_inputs, 64), nn.ReLU(), nn.Linear(64, 1)]
    return nn.Sequential(*layers, *head)


def _train(
    network: nn.Sequential, inputs: torch.Tensor, targets: torch.Tensor, n_epochs: int, rng: torch.Generator
) -> None:
    batch_size = min(BATCH_SIZE, len(inputs))
    n_steps = max(n_epochs * len(inputs) // batch_size, FEWEST_STEPS)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, n_steps)
    order = torch.empty(0, dtype=torch.long)
    for _ in range(n_steps):
        if len(order) < batch_size:
            order = torch.randperm(len(inputs), generator=rng)
        batch, order = order[:batch_size], order[batch_size:]
        loss = functional.binary_cross_entropy_with_logits(network(inputs[batch])[:, 0], targets[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    network.eval()
