"""Classifier two-sample tests: how often a classifier tells held-out reals from fakes; 0.5 is indistinguishable.

Lopez-Paz & Oquab 2017, "Revisiting classifier two-sample tests" (ICLR, arXiv:1610.06545). Three classifiers that see
different things: boosted trees on features, a linear one on random convolutions, and a small convolutional network;
`core.fidelity.measures.timegan` has a fourth. Compute on one thread: sums then come out the same to the last bit.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import torch
from sklearn.ensemble import HistGradientBoostingClassifier
from torch import nn
from torch.nn import functional

from core.fidelity.classification import (
    ALONE,
    C2ST,
    Origins,
    Split,
    mean_and_scale,
    result_of,
    scaled,
    standardised,
    train_test_split,
)
from core.fidelity.comparison import Comparison
from core.fidelity.measure import CHECK_SHAPES, TRAIN_LONGER, Group, Measure
from core.fidelity.measures.kernels import KernelGroup, convolve, draw_kernels
from core.fidelity.minimization import minimize
from core.fidelity.pictures import Rows, signals_by_channel
from core.interruption import interrupted
from core.seeds import Purpose, numpy_rng, torch_rng

KERNELS_STREAM, NETWORK_STREAM = 1, 2  # indices of the streams of random numbers
RIDGE_PENALTIES = tuple(10.0**power for power in range(-5, 2))  # ÷ number of training signals
N_KERNELS_ON_SCORECARD = 256
BATCH_SIZE = 128
N_EPOCHS = 6
MIN_STEPS = 200
CHANNELS = (16, 32, 48, 48)
N_DIGITS = 5  # of a feature: more are the rounding of the signals
N_EASIEST = 4  # signals of each kind, in the picture


def boosted_trees(
    real_features: np.ndarray,
    fake_features: np.ndarray,
    seed: int,
    n_test: int | None = None,
    origins: Origins = ALONE,
) -> C2ST:
    """Gradient-boosted trees on features (n, n_features); `n_test` of each kind are held out.

    Features are rounded to N_DIGITS significant digits, or the trees would tell signals apart by single-precision rounding.
    """
    split = train_test_split(rounded(real_features), rounded(fake_features), seed, n_test, origins)
    trees = HistGradientBoostingClassifier(
        learning_rate=0.1, max_iter=150, early_stopping=True, n_iter_no_change=10, random_state=seed
    )
    trees.fit(split.train, split.train_is_real)
    return result_of(trees.decision_function(split.test), split)


def rounded(features: np.ndarray) -> np.ndarray:
    """`features` with N_DIGITS significant digits."""
    unit = 10.0 ** (np.floor(np.log10(np.maximum(np.abs(features), 1e-30))) - N_DIGITS + 1)
    return np.round(features / unit) * unit


def random_kernels(
    real: np.ndarray,
    fake: np.ndarray,
    seed: int,
    n_kernels: int = 512,
    n_test: int | None = None,
    origins: Origins = ALONE,
) -> C2ST:
    """A ridge classifier on random convolutions (core/fidelity/measures/kernels.py) of signals (n, n_channels, n_samples)."""
    split = train_test_split(real, fake, seed, n_test, origins)
    return result_of(kernel_classifier(split, seed, n_kernels).scores(split.test), split)


class KernelClassifier(NamedTuple):
    """A trained ridge classifier on random convolutions, which can score any signals."""

    signals_mean: np.ndarray  # (n_channels, 1), of the reals it learned from
    signals_scale: np.ndarray
    groups: list[KernelGroup]
    mean: torch.Tensor  # (n_features,)
    scale: torch.Tensor
    solution: torch.Tensor

    def scores(self, signals: np.ndarray) -> np.ndarray:
        """Of signals (n, n_channels, n_samples) scores (n,): the larger, the surer that they are real; 0 is undecided."""
        standard = scaled(signals, self.signals_mean, self.signals_scale)
        features = (convolve(standard, self.groups) - self.mean) / self.scale
        return (features @ self.solution).numpy()


def kernel_classifier(split: Split, seed: int, n_kernels: int = 512) -> KernelClassifier:
    """The classifier of `random_kernels`, trained on the training part of signals as they are."""
    signals_mean, signals_scale = mean_and_scale(split.train[split.train_is_real])
    train = scaled(split.train, signals_mean, signals_scale)
    groups = draw_kernels(train[split.train_is_real], n_kernels, numpy_rng(seed, Purpose.CLASSIFIERS, KERNELS_STREAM))
    features = convolve(train, groups)
    mean, std = features.mean(dim=0), features.std(dim=0)
    scale = torch.where(std > 1e-6, std, torch.inf)
    solution = ridge((features - mean) / scale, torch.from_numpy(2.0 * split.train_is_real - 1))
    return KernelClassifier(signals_mean, signals_scale, groups, mean, scale, solution)


def small_cnn(
    real: np.ndarray,
    fake: np.ndarray,
    seed: int,
    n_epochs: int = N_EPOCHS,
    n_test: int | None = None,
    origins: Origins = ALONE,
) -> C2ST:
    """A small convolutional network on signals (n, n_channels, n_samples)."""
    split = standardised(train_test_split(real, fake, seed, n_test, origins))
    # The differences show noise that is small beside the signal.
    steps_std = np.diff(split.train[split.train_is_real], axis=2).std(axis=(0, 2))
    inputs, test = (_network_inputs(signals, steps_std) for signals in (split.train, split.test))
    rng = torch_rng(seed, Purpose.CLASSIFIERS, NETWORK_STREAM)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=rng)))
        network = _network(inputs.shape[1], inputs.shape[2])
    _train(network, inputs, torch.from_numpy(split.train_is_real.astype(np.float32)), n_epochs, rng)
    with torch.no_grad():
        logits = torch.cat([network(batch) for batch in interrupted(test.split(BATCH_SIZE))])[:, 0]
    return result_of(logits.numpy(), split)


def ridge(train: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
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
    n_steps = max(n_epochs * len(inputs) // batch_size, MIN_STEPS)

    def loss(batch: torch.Tensor) -> torch.Tensor:
        return functional.binary_cross_entropy_with_logits(network(inputs[batch])[:, 0], targets[batch])

    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3, weight_decay=1e-2)
    minimize(network, optimizer, loss, _whole_batches(len(inputs), batch_size, rng), n_steps)
    network.eval()


def _whole_batches(n: int, batch_size: int, rng: torch.Generator) -> Iterator[torch.Tensor]:
    """Indices of `n` signals in one random order after the other, without end; what is left over of each is passed over."""
    while True:
        for batch in torch.randperm(n, generator=rng).split(batch_size):
            if len(batch) == batch_size:
                yield batch


def _easiest(comparison: Comparison) -> list[Rows]:
    """The reals and the fakes that the best classifier was surest of, the surest first."""
    title, best = max(comparison.classified.items(), key=lambda item: item[1].accuracy)
    reals, fakes = np.argsort(-best.real_scores)[:N_EASIEST], np.argsort(best.fake_scores)[:N_EASIEST]
    real, fake = comparison.signals
    return [
        Rows(
            key="easiest",
            title="Easiest to tell apart",
            caption=f"The reals and the fakes that the best classifier ({title.lower()}) was surest of.",
            **comparison.time_axis,
            reference_name="Real",
            channels=signals_by_channel(real[best.real_index[reals]], fake[best.fake_index[fakes]]),
        )
    ]


BOOSTED_TREES = Measure(
    key="boosted_trees",
    title="Boosted trees",
    definition="held-out accuracy of gradient-boosted trees that tell fakes from reals by measured features (C2ST)",
    source="Lopez-Paz & Oquab 2017",
    group=Group.CLASSIFIERS,
    compute=lambda c: boosted_trees(c.real.features, c.other.features, c.seed, origins=c.origins),
    good=0.05,
    fair=0.15,
    meaning="From measured features of a signal, it is right {value} of the time; guessing is right 50 % of the time.",
    fault="gives itself away in the measured features of its signals",
    advice=TRAIN_LONGER,
    form="percent",
    pictures=_easiest,  # of all classifiers; this one is always there
)
RANDOM_KERNELS = Measure(
    key="random_kernels",
    title="Random kernels",
    definition="the same of a ridge classifier on random convolutions",
    source="Dempster et al. 2020, 2021",
    group=Group.CLASSIFIERS,
    compute=lambda c: random_kernels(*c.signals, c.seed, N_KERNELS_ON_SCORECARD, origins=c.origins),
    good=0.05,
    fair=0.15,
    meaning="From hundreds of random patterns in a signal, it is right {value} of the time.",
    fault="gives itself away in patterns within its signals",
    advice=CHECK_SHAPES,
    form="percent",
    cost=6.0,
)
SMALL_CNN = Measure(
    key="small_cnn",
    title="Convolutional network",
    definition="the same of a small convolutional network on the signals",
    group=Group.CLASSIFIERS,
    compute=lambda c: small_cnn(*c.signals, c.seed, origins=c.origins),
    good=0.05,
    fair=0.15,
    meaning="A small network that looks at the whole curve is right {value} of the time.",
    fault="gives itself away in the shape of its signals",
    advice=CHECK_SHAPES,
    form="percent",
    in_quick=False,
    cost=16.0,
)
