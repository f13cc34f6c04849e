"""Context-FID: the Fréchet distance between embeddings of reals and fakes.

Jeha et al. 2022, "PSA-GAN: progressive self attention GANs for synthetic time series" (ICLR). The embedding is learned
from reals without labels by the triplet loss of Franceschi, Dieuleveut & Jaggi 2019, "Unsupervised scalable
representation learning for multivariate time series" (NeurIPS): crops of the same signal should be alike, and unlike
crops of other signals. TSGBench uses a larger embedding (TS2Vec), so values compare with their own
floor and not with another paper's table.
"""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from core.fidelity.comparison import Comparison
from core.fidelity.measure import CHECK_SHAPES, Group, Measure
from core.interruption import interrupted
from core.seeds import Purpose, torch_rng

EMBEDDING_STREAM = 5  # index of the stream of random numbers; c2st.py and timegan.py have the others
N_STEPS = 150
BATCH_SIZE = 128
WIDTH = 32
MIN_CROP_SHARE = 0.5  # of a signal


class Embedding:
    """An embedding of signals (n, n_channels, n_samples) that is learned from reals."""

    def __init__(self, real: np.ndarray, seed: int, n_steps: int = N_STEPS) -> None:
        self._mean = real.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
        std = real.std(axis=(0, 2), keepdims=True, dtype=np.float64)
        self._std = np.where(std > 0, std, 1)
        rng = torch_rng(seed, Purpose.CLASSIFIERS, EMBEDDING_STREAM)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(torch.randint(2**31, (1,), generator=rng)))
            self._network = _encoder(real.shape[1], real.shape[2])
        _train(self._network, self._inputs(real), n_steps, rng)

    def __call__(self, signals: np.ndarray) -> np.ndarray:
        """Embeddings, float64 of shape (n, WIDTH)."""
        with torch.no_grad():
            parts = [self._network(batch) for batch in interrupted(self._inputs(signals).split(BATCH_SIZE))]
        return torch.cat(parts).double().numpy()

    def _inputs(self, signals: np.ndarray) -> Tensor:
        return torch.from_numpy(((signals - self._mean) / self._std).astype(np.float32))


def frechet_distance(real: np.ndarray, fake: np.ndarray) -> float:
    """‖Δμ‖² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½) of embeddings (n, width); Heusel et al. 2017 (NeurIPS)."""
    covariances = [np.cov(values, rowvar=False) for values in (real, fake)]
    # The product of two such matrices has real eigenvalues that are not negative, but for rounding.
    eigenvalues = np.linalg.eigvals(covariances[0] @ covariances[1]).real
    root_trace = np.sqrt(np.maximum(eigenvalues, 0)).sum()
    shift = real.mean(axis=0) - fake.mean(axis=0)
    return float(shift @ shift + np.trace(covariances[0] + covariances[1]) - 2 * root_trace)


def _encoder(n_channels: int, n_samples: int) -> nn.Sequential:
    """Strided convolutions and the largest response over time; long signals cost little more than short ones."""
    first = max(2, n_samples // 128)
    return nn.Sequential(
        nn.Conv1d(n_channels, WIDTH, 2 * first + 5, first, first + 2),
        nn.LeakyReLU(),
        nn.Conv1d(WIDTH, WIDTH, 5, 2, 2),
        nn.LeakyReLU(),
        nn.Conv1d(WIDTH, WIDTH, 5, 2, 2),
        nn.AdaptiveMaxPool1d(1),
        nn.Flatten(),
        nn.Linear(WIDTH, WIDTH),
    )


def _train(network: nn.Module, signals: Tensor, n_steps: int, rng: torch.Generator) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=1e-3)
    for _ in interrupted(range(n_steps)):
        batch = signals[torch.randint(len(signals), (min(BATCH_SIZE, len(signals)),), generator=rng)]
        anchors, others = network(_crop(batch, rng)), network(_crop(batch, rng))
        # On the diagonal are two crops of one signal, which should be alike; all others should differ.
        likeness = anchors @ others.T / WIDTH**0.5
        own = torch.eye(len(batch), dtype=torch.bool)
        loss = -functional.logsigmoid(likeness[own]).mean() - functional.logsigmoid(-likeness[~own]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def _crop(signals: Tensor, rng: torch.Generator) -> Tensor:
    """The same random crop of all signals, at least half as long as they are."""
    n_samples = signals.shape[2]
    length = int(torch.randint(max(1, int(MIN_CROP_SHARE * n_samples)), n_samples + 1, (1,), generator=rng))
    start = int(torch.randint(n_samples - length + 1, (1,), generator=rng))
    return signals[:, :, start : start + length]


def _context_fid(comparison: Comparison) -> float:
    embedding = Embedding(comparison.real.signals, comparison.seed)
    return frechet_distance(*(embedding(signals) for signals in comparison.signals))


CONTEXT_FID = Measure(
    key="context_fid",
    title="Context-FID",
    definition="Fréchet distance of embeddings learned from reals",
    source="Jeha et al. 2022; Franceschi et al. 2019",
    group=Group.PUBLISHED,
    compute=_context_fid,
    good=2.0,
    fair=10.0,
    meaning="The embeddings of fakes and reals are {value} apart; those of two sets of reals, {floor}.",
    fault="gives itself away in an embedding learned from reals",
    advice=CHECK_SHAPES,
    in_multiples=True,
    in_quick=False,
    cost=6.0,
)
