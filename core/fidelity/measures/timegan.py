"""Discriminative and predictive score: what a small recurrent network learns from fakes.

Yoon, Jarrett & van der Schaar 2019, "Time-series generative adversarial networks" (NeurIPS), and the names in most
papers since. Two things differ here, because the published definitions fail for one channel: the network has
N_HIDDEN units (published: half the number of channels, which is none), and it predicts all channels one sample ahead
from all of them (published: the last channel from the others, of which there are none). Of long signals it reads
random windows. Training is short: what it does not find may still be there, see docs/fidelity.md.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.fidelity.classification import ALONE, C2ST, Origins, result_of, standardised, train_test_split
from core.fidelity.measure import CHECK_SHAPES, TRAIN_LONGER, Group, Measure
from core.fidelity.minimization import minimize
from core.interruption import interrupted
from core.seeds import Purpose, torch_rng

DISCRIMINATIVE_STREAM, PREDICTIVE_STREAM = 3, 4  # indices of the streams of random numbers; 0 to 2 are for c2st.py
N_HIDDEN = 16
N_STEPS = 200
BATCH_SIZE = 128
LEARNING_RATE = 1e-2
MAX_WINDOW = 256  # samples that are read at once


class _Recurrent(nn.Module):
    """A gated recurrent unit with a linear layer on its state after each sample."""

    def __init__(self, n_channels: int, n_outputs: int) -> None:
        super().__init__()
        self.unit = nn.GRU(n_channels, N_HIDDEN, batch_first=True)
        self.output = nn.Linear(N_HIDDEN, n_outputs)

    def forward(self, signals: Tensor) -> Tensor:
        """(n, n_channels, n_samples) → (n, n_outputs, n_samples)."""
        return self.output(self.unit(signals.transpose(1, 2))[0]).transpose(1, 2)


def recurrent(real: np.ndarray, fake: np.ndarray, seed: int, n_steps: int = N_STEPS, origins: Origins = ALONE) -> C2ST:
    """The recurrent classifier on signals (n, n_channels, n_samples); the discriminative score is |accuracy − 0.5|."""
    split = standardised(train_test_split(real, fake, seed, None, origins))
    signals, is_real = torch.from_numpy(split.train), torch.from_numpy(split.train_is_real.astype(np.float32))
    rng = torch_rng(seed, Purpose.CLASSIFIERS, DISCRIMINATIVE_STREAM)
    network = _new(signals.shape[1], 1, rng)

    def loss(chosen: Tensor) -> Tensor:
        logits = network(_window(signals[chosen], rng))[:, 0, -1]
        return functional.binary_cross_entropy_with_logits(logits, is_real[chosen])

    _train(network, loss, len(signals), n_steps, rng)
    test = _window(torch.from_numpy(split.test), rng)
    with torch.no_grad():
        scores = torch.cat([network(batch)[:, 0, -1] for batch in interrupted(test.split(BATCH_SIZE))])
    return result_of(scores.numpy(), split)


def predictive_score(training: np.ndarray, test: np.ndarray, seed: int, n_steps: int = N_STEPS) -> float:
    """Mean absolute error of one-step predictions on `test` after learning from `training`.

    Both are (n, n_channels, n_samples); the error is in units of the test signals' range, each channel's its own, as
    published. Trained on fakes and tested on reals it is the predictive score; trained on other reals, its floor.
    """
    low, high = test.min(axis=(0, 2), keepdims=True), test.max(axis=(0, 2), keepdims=True)
    scale = np.where(high > low, high - low, 1)
    signals, tests = (torch.from_numpy(((values - low) / scale).astype(np.float32)) for values in (training, test))
    rng = torch_rng(seed, Purpose.CLASSIFIERS, PREDICTIVE_STREAM)
    network = _new(signals.shape[1], signals.shape[1], rng)

    def error(batch: Tensor) -> Tensor:
        return (network(batch[:, :, :-1]) - batch[:, :, 1:]).abs().mean()

    _train(network, lambda chosen: error(_window(signals[chosen], rng)), len(signals), n_steps, rng)
    batches = _window(tests, rng).split(BATCH_SIZE)
    with torch.no_grad():
        errors = torch.stack([error(batch) * len(batch) for batch in interrupted(batches)])
    return float(errors.sum() / len(tests))


def _new(n_channels: int, n_outputs: int, rng: torch.Generator) -> _Recurrent:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=rng)))
        return _Recurrent(n_channels, n_outputs)


def _window(signals: Tensor, rng: torch.Generator) -> Tensor:
    """The same random window of all signals."""
    start = int(torch.randint(max(1, signals.shape[2] - MAX_WINDOW + 1), (1,), generator=rng))
    return signals[:, :, start : start + MAX_WINDOW]


def _train(
    network: nn.Module, loss_of: Callable[[Tensor], Tensor], n_signals: int, n_steps: int, rng: torch.Generator
) -> None:
    """Minimize the loss of random batches; `loss_of` takes their indices."""
    size = (min(BATCH_SIZE, n_signals),)
    batches = (torch.randint(n_signals, size, generator=rng) for _ in range(n_steps))
    minimize(network, torch.optim.Adam(network.parameters(), lr=LEARNING_RATE), loss_of, batches, n_steps, max_norm=1.0)


RECURRENT = Measure(
    key="recurrent",
    title="Recurrent network",
    definition="the same of a small GRU; its accuracy − 0.5 is TimeGAN’s *discriminative score*",
    source="Yoon et al. 2019",
    group=Group.CLASSIFIERS,
    compute=lambda c: recurrent(*c.signals, c.seed, origins=c.origins),
    good=0.05,
    fair=0.15,
    meaning="A small network that reads sample by sample is right {value} of the time.",
    fault="gives itself away when its signals are read sample by sample",
    advice=CHECK_SHAPES,
    form="percent",
    in_quick=False,
    cost=16.0,
)
PREDICTIVE_SCORE = Measure(
    key="predictive",
    title="Predictive score",
    definition="TSTR error of a small GRU that predicts the next sample, ÷ the range",
    source="Yoon et al. 2019",
    group=Group.USEFULNESS,
    compute=lambda c: predictive_score(c.other.signals, c.real.signals, c.seed),
    good=0.1,
    fair=0.5,
    meaning="Trained on fakes, a model predicts the next sample of reals with an error of {value} of their range; trained on "
    "reals, {floor}.",
    fault="teaches a model to predict wrongly",
    advice=TRAIN_LONGER,
    in_multiples=True,
    in_quick=False,
    cost=16.0,
)
