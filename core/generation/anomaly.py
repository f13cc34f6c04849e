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
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import uniform_filter1d
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
SMOOTHED = 16  # stretches of a signal, in each of which the usual residual counts as steady
PEAK = 32  # stretches of a signal: the worst of such a length counts for itself
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
                f"Only {len(usual) + len(calibration)} recordings are left that the twin did not learn from and that say what "
                f"is usual; train it on more recordings, so that at least {MIN_USUAL + MIN_CALIBRATION} are."
            )
        self.twin = twin
        self.discriminator = discriminator
        self._search = _Search(twin.generator)
        share = len(usual) / (len(usual) + len(calibration))
        left_over, logits, _ = self._left_over(usual, lambda done: tell(share * done))
        self._usual, self._usual_change = _usual_size(left_over), _usual_size(np.diff(left_over, axis=2))
        self._normal = {name: _Normal.of(values) for name, values in self._parts(left_over, logits).items()}
        self._calibration = self(calibration, lambda done: tell(share + (1 - share) * done)).scores

    def __call__(self, signals: np.ndarray, tell: Tell = lambda share: None) -> Anomalies:
        """Score signals in physical units."""
        left_over, logits, nearest = self._left_over(signals, tell)
        parts = {name: self._normal[name](values) for name, values in self._parts(left_over, logits).items()}
        scores = np.max(list(parts.values()), axis=0)
        return Anomalies(scores, _local(left_over, self._usual), nearest, parts)

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

    def _left_over(self, signals: np.ndarray, tell: Tell) -> tuple[np.ndarray, np.ndarray | None, np.ndarray]:
        """What the nearest fakes leave of signals, in network units; the discriminator's logits; the fakes in physical units."""
        left_over, logits, nearest = [], [], []
        for start in range(0, len(signals), CHUNK):
            tell(start / len(signals))
            targets = torch.from_numpy(self.twin.scaling.to_network(signals[start : start + CHUNK]))
            made, conditions = self._search(targets)
            left_over.append((targets - made).numpy())
            nearest.append(self.twin.scaling.to_physical(made.numpy()))
            if self.discriminator is not None:
                with torch.no_grad():
                    logits.append(self.discriminator(targets, conditions).numpy())
        return np.concatenate(left_over), np.concatenate(logits) if logits else None, np.concatenate(nearest)

    def _parts(self, left_over: np.ndarray, logits: np.ndarray | None) -> dict[str, np.ndarray]:
        """Each way of being unlike the source, (n,) each, larger is more unlike."""
        changes = np.diff(left_over, axis=2)  # faults that are small beside an error of the twin may still be rough
        parts = {
            "distance": np.sqrt(((left_over / self._usual) ** 2).mean(axis=(1, 2))),
            "worst stretch": _local(left_over, self._usual).max(axis=(1, 2)),
            "roughness": _local(changes, self._usual_change).max(axis=(1, 2)),
        }
        return parts if logits is None else parts | {"discriminator": -logits}


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

    def __call__(self, targets: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest signals to targets (n, n_channels, n_samples), and their conditions; in network units."""
        first = torch.cdist(targets.flatten(1), self.starts).argmin(1)
        latents, conditions = self.latents[first].clone(), self.conditions[first]
        shape = self.generator.layout.shape
        moved = latents[:, shape].clone().requires_grad_()
        optimizer = torch.optim.Adam([moved], STEP_SIZE)
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, N_STEPS)
        best, best_error = self.starts[first].view_as(targets).clone(), torch.full((len(targets),), math.inf)
        for _ in range(N_STEPS):
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


def _local(left_over: np.ndarray, usual: np.ndarray) -> np.ndarray:
    """Root mean squares over a short stretch around each sample, in units of what is usual there."""
    squares = (left_over / usual) ** 2
    means = uniform_filter1d(squares, max(3, squares.shape[2] // PEAK), axis=2, mode="nearest")
    return np.sqrt(np.maximum(means, 0))  # running sums round


def _usual_size(left_over: np.ndarray) -> np.ndarray:
    """The usual size of what is left over at each sample, (n_channels, n_samples)."""
    squares = np.median(left_over**2, axis=0) / MEDIAN_SQUARE
    smooth = uniform_filter1d(squares, max(3, squares.shape[1] // SMOOTHED), axis=1, mode="nearest")
    least = np.maximum(LEAST_RESIDUAL * smooth.mean(axis=1, keepdims=True), TINY)
    return np.sqrt(np.maximum(smooth, least))
