"""How unlike its source a signal is: how far from the nearest signal that the twin can make, and where.

The nearest signal without noise is searched in the space of latents, from the nearest of many fakes by gradient steps
(AnoGAN: Schlegl et al. 2017, "Unsupervised anomaly detection with generative adversarial networks to guide marker
discovery", arXiv:1703.05921). What is left of the signal is measured in units of what is usually left of real ones. As in
AnoGAN the discriminator has a say, too. The largest of these scores counts, each by how far it is beyond what is usual.

The threshold is a quantile of the scores of other reals (split conformal prediction: Vovk et al. 2005, "Algorithmic learning
in a random world"). Of new signals like them, no larger share is above it than was promised, on average over the draw of these
reals, however good or bad the score is.
"""

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
import torch
from scipy.ndimage import uniform_filter1d
from scipy.spatial.distance import cdist
from torch import Tensor

from core.errors import ConfigError
from core.generation.surrogate import Surrogate
from core.networks import Discriminator, Generator
from core.seeds import Purpose, torch_rng

N_STARTS = 4_096  # fakes from which the search begins
MAX_START_VALUES = 2**24  # of them all; of long signals there are fewer
CHUNK = 256  # signals that are searched for together
N_STEPS = 60  # of the search
STEP_SIZE = 0.1  # of latents, which have a standard deviation of 1
LARGEST_LATENT = 3.5  # the twin makes nothing beyond
N_NEIGHBOURS = 8  # reals that say what is usual of a signal like them
SMOOTHED = 16  # stretches of a signal, in each of which the usual residual counts as steady
PEAK = 32  # stretches of a signal: the worst of such a length counts for itself
SMALLEST_OWN_SIZE = 0.5  # times what is usual
LEAST_RESIDUAL = 1e-3  # of the mean one, where reals leave next to nothing
MEDIAN_SQUARE = 0.4549  # of a standard normal number
TINY = 1e-20
DEFAULT_RATE = 0.01
MIN_USUAL, MIN_CALIBRATION = 5, 10  # reals that say what is usual, and that set a threshold

Tell = Callable[[float], None]  # the share that is done; may raise to end the work


@dataclass(frozen=True)
class Anomalies:
    """What was found of signals (n, n_channels, n_samples).

    scores: (n,), 0 is usual and 1 one spread beyond. residuals: what the nearest signals leave, in units of what is usual at a
    sample, root mean squares over a short stretch around it; shaped as the signals. nearest: those signals, without noise, in
    physical units. parts: (n,) each, by name.
    """

    scores: np.ndarray
    residuals: np.ndarray
    nearest: np.ndarray
    parts: dict[str, np.ndarray]


@dataclass(frozen=True)
class Threshold:
    """Above which score a signal counts as an anomaly.

    rate: of false alarms, as promised: larger than what was asked for where there are too few reals for that.
    """

    value: float
    rate: float
    asked: float
    n_reals: int


class AnomalyDetector:
    """Scores signals by a twin. usual: reals that say what is usual; calibration: other reals, for the threshold.

    Neither may be among those that the twin learned from; both (n, n_channels, n_samples) in physical units. Raises ConfigError
    where there are too few.
    """

    def __init__(
        self,
        twin: Surrogate,
        discriminator: Discriminator | None,
        usual: np.ndarray,
        calibration: np.ndarray,
        tell: Tell = lambda share: None,
    ) -> None:
        if len(usual) < MIN_USUAL or len(calibration) < MIN_CALIBRATION:
            raise ConfigError(
                f"Only {len(usual) + len(calibration)} signals are left that the twin did not learn from and that say what is "
                f"usual; train it on more recordings, so that at least {MIN_USUAL + MIN_CALIBRATION} are."
            )
        self.twin = twin
        self.discriminator = discriminator
        self._search = _Search(twin.generator)
        share = len(usual) / (len(usual) + len(calibration))
        compared = self._compared(usual, lambda done: tell(share * done))
        self._usual = _Usual(compared)
        self._normal = {name: _Normal.of(values) for name, values in _parts(compared, self._usual.among()).items()}
        self._calibration = self(calibration, lambda done: tell(share + (1 - share) * done)).scores

    def __call__(self, signals: np.ndarray, tell: Tell = lambda share: None) -> Anomalies:
        """Score signals in physical units."""
        compared = self._compared(signals, tell)
        sizes = self._usual.near(compared.nearest)
        parts = {name: self._normal[name](values) for name, values in _parts(compared, sizes).items()}
        scores = np.max(list(parts.values()), axis=0)
        nearest = self.twin.scaling.to_physical(compared.nearest)
        return Anomalies(scores, _local(compared.left_over / sizes.of_values), nearest, parts)

    def without(self, rows: np.ndarray) -> Self:
        """The same detector, its threshold set without these of the calibration's reals, so that it may judge them."""
        other = copy(self)
        other._calibration = np.delete(self._calibration, rows)
        return other

    def threshold(self, rate: float = DEFAULT_RATE) -> Threshold:
        """The score above which at most this share of reals lies, or the smallest share that so few reals can promise."""
        n = len(self._calibration)
        rank = min(n, math.ceil((n + 1) * (1 - rate)))
        return Threshold(float(np.sort(self._calibration)[rank - 1]), max(rate, 1 / (n + 1)), rate, n)

    def p_values(self, scores: np.ndarray) -> np.ndarray:
        """For each score (n,), the share of reals that are as unlike or more, the signal itself counted among them."""
        above = len(self._calibration) - np.searchsorted(np.sort(self._calibration), scores)
        found: np.ndarray = (1 + above) / (1 + len(self._calibration))
        return found

    def _compared(self, signals: np.ndarray, tell: Tell) -> "_Compared":
        """Signals in physical units beside the nearest that the twin can make."""
        left_over, nearest, logits = [], [], []
        for start in range(0, len(signals), CHUNK):
            targets = torch.from_numpy(self.twin.scaling.to_network(signals[start : start + CHUNK]))

            def advance(share: float, done: int = start, n: int = len(targets)) -> None:
                tell((done + share * n) / len(signals))

            made, conditions = self._search(targets, advance)
            left_over.append((targets - made).numpy())
            nearest.append(made.numpy())
            if self.discriminator is not None:
                with torch.no_grad():
                    logits.append(self.discriminator(targets, conditions).numpy())
        return _Compared(np.concatenate(left_over), np.concatenate(nearest), np.concatenate(logits) if logits else None)


class _Compared(NamedTuple):
    """Signals beside the nearest that the twin can make, all in network units; the discriminator's logits, (n,)."""

    left_over: np.ndarray
    nearest: np.ndarray
    logits: np.ndarray | None


class _Sizes(NamedTuple):
    """How large what is left over of signals usually is at each sample, and how large its changes are."""

    of_values: np.ndarray  # (n, n_channels, n_samples)
    of_changes: np.ndarray  # (n, n_channels, n_samples − 1)


class _Usual:
    """What is usually left over of real signals that are near to one that the twin can make.

    Near, because a source may be louder, or the twin worse, in one state than in another.
    """

    def __init__(self, compared: _Compared) -> None:
        self._places = compared.nearest.reshape(len(compared.nearest), -1)
        self._squares = compared.left_over**2
        self._change_squares = np.diff(compared.left_over, axis=2) ** 2

    def near(self, nearest: np.ndarray) -> _Sizes:
        """By the reals whose nearest fakes are closest to these, (n, n_channels, n_samples)."""
        return self._sizes(cdist(nearest.reshape(len(nearest), -1), self._places))

    def among(self) -> _Sizes:
        """Near each of the reals themselves, by the others."""
        distances = cdist(self._places, self._places)
        np.fill_diagonal(distances, np.inf)
        return self._sizes(distances)

    def _sizes(self, distances: np.ndarray) -> _Sizes:
        rows = np.argsort(distances, axis=1)[:, : min(N_NEIGHBOURS, len(self._places) - 1)]
        return _Sizes(
            *(np.stack([_size(squares[row]) for row in rows]) for squares in (self._squares, self._change_squares))
        )


def _parts(compared: _Compared, sizes: _Sizes) -> dict[str, np.ndarray]:
    """Each way of being unlike the source, (n,) each, larger is more unlike."""
    residuals = compared.left_over / sizes.of_values
    changes = np.diff(compared.left_over, axis=2) / sizes.of_changes  # small faults may still be rough
    parts = {
        "distance": np.sqrt((residuals**2).mean(axis=(1, 2))),
        "worst stretch": _local(residuals).max(axis=(1, 2)) / _own_size(residuals),
        "roughness": _local(changes).max(axis=(1, 2)) / _own_size(changes),
    }
    return parts if compared.logits is None else parts | {"discriminator": -compared.logits}


@dataclass(frozen=True)
class _Normal:
    """What is usual of a score: its median, and how far the upper half reaches."""

    median: float
    spread: float

    @classmethod
    def of(cls, values: np.ndarray) -> "_Normal":
        median, high = np.quantile(values, [0.5, 0.9])
        return cls(float(median), max(float(high - median), 1e-6 * abs(float(median)), 1e-12))

    def __call__(self, values: np.ndarray) -> np.ndarray:
        return (values - self.median) / self.spread


class _Search:
    """Finds the nearest signals without noise that a generator can make."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        rng = torch_rng(0, Purpose.ANOMALIES)
        self.latents, self.conditions = _latents(generator, 2, rng)
        n_values = self._made(self.latents, self.conditions)[0].numel()
        n_starts = max(16, min(N_STARTS, MAX_START_VALUES // n_values))
        self.latents, self.conditions = _latents(generator, n_starts, rng)
        self.starts = self._made(self.latents, self.conditions).flatten(1)

    def __call__(self, targets: Tensor, tell: Tell) -> tuple[Tensor, Tensor]:
        """The nearest signals to targets (n, n_channels, n_samples), and their conditions; in network units."""
        first = torch.cdist(targets.flatten(1), self.starts).argmin(1)
        latents, conditions = self.latents[first].clone(), self.conditions[first]
        shape = self.generator.layout.shape
        moved = latents[:, shape].clone().requires_grad_()
        optimizer = torch.optim.Adam([moved], STEP_SIZE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, N_STEPS)
        best, best_error = self.starts[first].view_as(targets).clone(), torch.full((len(targets),), math.inf)
        for step in range(N_STEPS):
            tell(step / N_STEPS)
            whole = torch.cat([latents[:, : shape.start], moved, latents[:, shape.stop :]], 1)
            made = self._differentiable(whole, conditions)
            error = (made - targets).abs().mean((1, 2))
            with torch.no_grad():
                better = error < best_error
                best_error = torch.where(better, error, best_error)
                best = torch.where(better[:, None, None], made, best)
            optimizer.zero_grad()
            error.sum().backward()
            optimizer.step()
            schedule.step()
            with torch.no_grad():
                moved.clamp_(-LARGEST_LATENT, LARGEST_LATENT)
        return best.detach(), conditions

    def _differentiable(self, latents: Tensor, conditions: Tensor) -> Tensor:
        clean = self.generator.without_noise(latents, conditions)
        return self.generator(latents, conditions) if clean is None else clean

    def _made(self, latents: Tensor, conditions: Tensor) -> Tensor:
        parts = zip(latents.split(CHUNK), conditions.split(CHUNK), strict=True)
        with torch.no_grad():
            return torch.cat([self._differentiable(*part) for part in parts])


def _latents(generator: Generator, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """Latents of signals without noise, and conditions as they occur."""
    latents = generator.draw_latents(n, rng)
    latents[:, generator.layout.noise] = 0
    return latents, generator.draw_conditions(n, rng)


def _local(residuals: np.ndarray) -> np.ndarray:
    """Root mean squares over a short stretch around each sample."""
    means = uniform_filter1d(residuals**2, max(3, residuals.shape[2] // PEAK), axis=2, mode="nearest")
    return np.sqrt(np.maximum(means, 0))  # running sums round


def _own_size(residuals: np.ndarray) -> np.ndarray:
    """How large residuals are in most of their own signal, (n,): one that is louder than others is so throughout."""
    return np.maximum(np.sqrt(np.median(residuals**2, axis=(1, 2)) / MEDIAN_SQUARE), SMALLEST_OWN_SIZE)


def _size(squares: np.ndarray) -> np.ndarray:
    """The usual size at each sample, (n_channels, n_samples), by squares of some signals, (n, n_channels, n_samples)."""
    middle = np.median(squares, axis=0) / MEDIAN_SQUARE
    smooth = uniform_filter1d(middle, max(3, middle.shape[1] // SMOOTHED), axis=1, mode="nearest")
    least = np.maximum(LEAST_RESIDUAL * smooth.mean(axis=1, keepdims=True), TINY)
    return np.sqrt(np.maximum(smooth, least))
