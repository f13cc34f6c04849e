"""The directions of a twin's latent space that change its signals most, each named after what it was measured to change.

Where all latents are standard normal, the candidates are their axes. Where a latent picks a neighbourhood, they depend on
that: they are the right singular vectors of what a small move of the latents does to the signals there, the largest first.

A direction is named after the quantity that follows it best over many signals in which all latents vary: the squared rank
correlation (Spearman 1904) is the share of that quantity's variance which the direction explains. A phase lies on a circle,
so for phases it is Mardia's circular rank correlation (1975, Journal of the Royal Statistical Society B 37).
"""

from typing import NamedTuple

import numpy as np
import torch
from scipy.stats import rankdata
from torch import Tensor

from core import formatting
from core.fidelity.signal_set import Describer, SignalSet
from core.generation.surrogate import Surrogate

MAX_DIRECTIONS = 6  # nobody tries more sliders
MEASURED_Z = 2.0  # standard deviations to either side, between which a change is measured
MIN_RELATIVE_CHANGE = 0.02  # of the largest change: a direction that changes less is left out
MIN_EXPLAINED_VARIANCE = 0.5  # from which on a direction is named after a quantity
SHORT_FRACTION = 0.2  # of a signal: a direction whose change lies mostly in as little is named after the moment
MAX_SIGNALS = 256  # that directions are measured on
MIN_SIGNALS = 48
MAX_VALUES = 2_000_000  # of those signals; longer ones are fewer


class LatentDirection(NamedTuple):
    """A direction in the latents that shape a signal, and what was measured along it."""

    vector: Tensor  # (n_shape,), of unit length; the quantity grows along it
    change: float  # RMS difference between −2 and 2 standard deviations, in network units
    quantity: str  # that follows the direction best
    explained_variance: float  # share of the quantity's variance that this direction explains, 0 to 1
    moment: float | None  # around which most of the change lies; None where it is spread over the signal
    time_unit: str = "s"  # of the moment

    @property
    def is_named(self) -> bool:
        """Whether a quantity follows the direction well enough to name it."""
        return self.explained_variance >= MIN_EXPLAINED_VARIANCE

    @property
    def label(self) -> str:
        """What it changes."""
        if self.is_named:
            return self.quantity
        if self.moment is None:
            return "several things at once"
        return f"the signal around {formatting.number(self.moment)} {self.time_unit}"


def n_measured_signals(twin: Surrogate) -> int:
    """How many signals the directions of a twin are measured on."""
    source = twin.config.source
    return max(MIN_SIGNALS, min(MAX_SIGNALS, MAX_VALUES // (source.n_channels * len(source.times))))


@torch.no_grad()
def find_directions(
    twin: Surrogate, latents: Tensor, conditions: Tensor, describer: Describer
) -> list[LatentDirection]:
    """The directions that matter most, the strongest first; at least one.

    latents (n, n_latents) and conditions (n, n_conditions): of the signals that they are measured on; where latents pick a
    neighbourhood, all of one. describer: of the signals.
    """
    columns = twin.generator.layout.shape
    n = columns.stop - columns.start
    vectors = (
        torch.eye(n) if twin.generator.layout.pick.stop == 0 else _local_vectors(twin, latents, conditions, columns)
    )
    profiles = [_change_profile(twin, latents, conditions, columns, vector) for vector in vectors]
    changes = np.sqrt([profile.mean() for profile in profiles])
    order = np.argsort(changes)[::-1][:MAX_DIRECTIONS]
    kept = [int(index) for index in order if changes[index] >= MIN_RELATIVE_CHANGE * changes[order[0]]]
    signals = twin.scaling.to_physical(twin.generator(latents, conditions).numpy())
    measured = SignalSet(signals, twin.config.source.times, describer)
    return [_direction(vectors[index], profiles[index], latents[:, columns], measured) for index in kept]


def _local_vectors(twin: Surrogate, latents: Tensor, conditions: Tensor, columns: slice) -> Tensor:
    """The directions (up to MAX_DIRECTIONS, n_shape) that change a neighbourhood's signals most, strongest first."""
    n = columns.stop - columns.start
    middle = latents[:1].clone()
    middle[:, columns] = 0
    moves = torch.zeros(n, latents.shape[1])
    moves[:, columns] = torch.eye(n)
    same = conditions[:1].expand(n, -1)
    slopes = (twin.generator(middle + moves, same) - twin.generator(middle - moves, same)).flatten(1)
    strongest: Tensor = torch.linalg.svd(slopes.T.double(), full_matrices=False)[2][:MAX_DIRECTIONS]
    return strongest.float()


def _change_profile(twin: Surrogate, latents: Tensor, conditions: Tensor, columns: slice, vector: Tensor) -> np.ndarray:
    """The mean squared change along a direction at each sample, (n_samples,), in squared network units."""
    few = latents[:MIN_SIGNALS].clone()
    few[:, columns] -= (few[:, columns] @ vector)[:, None] * vector
    ends = []
    for z in (-MEASURED_Z, MEASURED_Z):
        moved = few.clone()
        moved[:, columns] += z * vector
        ends.append(twin.generator(moved, conditions[: len(few)]))
    profile: np.ndarray = (ends[1] - ends[0]).double().square().mean((0, 1)).numpy()
    return profile


def _direction(vector: Tensor, profile: np.ndarray, latents: Tensor, measured: SignalSet) -> LatentDirection:
    """A direction with its quantity; turned round where the quantity falls along it."""
    z = (latents @ vector).numpy()
    found = {name: _rank_correlation(z, one.values) for name, one in measured.quantities.items() if name != "phase"}
    if "phase" in measured.quantities:
        found["phase"] = _circular_rank_correlation(z, measured.fit.phase)
    quantity, (explained, is_rising) = max(found.items(), key=lambda item: item[1][0])
    change = float(np.sqrt(profile.mean()))
    moment, unit = _moment(profile, measured.times), measured.describer.units.time
    return LatentDirection(vector if is_rising else -vector, change, quantity, explained, moment, unit)


def _moment(profile: np.ndarray, times: np.ndarray) -> float | None:
    """The middle of the short stretch in which at least half of a change lies; None where there is none."""
    width = max(1, round(SHORT_FRACTION * len(profile)))
    within = np.convolve(profile, np.ones(width), "valid")
    start = int(within.argmax())
    return float(times[start + width // 2]) if within[start] >= 0.5 * profile.sum() > 0 else None


def _rank_correlation(z: np.ndarray, values: np.ndarray) -> tuple[float, bool]:
    """Spearman's rank correlation of (n,) and (n,), squared, and whether it is positive; 0 where all values are equal."""
    ranks = rankdata(values)
    if np.ptp(ranks) == 0:
        return 0.0, True
    correlation = float(np.corrcoef(rankdata(z), ranks)[0, 1])
    return correlation**2, correlation >= 0


def _circular_rank_correlation(z: np.ndarray, angles: np.ndarray) -> tuple[float, bool]:
    """Mardia's rank correlation of z (n,) and angles (n,), squared, wherever on the circle z begins; and its sign."""
    around, along = (2j * np.pi * rankdata(values) / len(values) for values in (angles, z))
    rising, falling = (abs(np.exp(around - turn * along).mean()) ** 2 for turn in (1, -1))
    return float(max(rising, falling)), bool(rising >= falling)
