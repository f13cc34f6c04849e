"""The course of noise: how loud it is from part to part of a signal, where that differs from signal to signal.

A signal's own energies in parts are mostly chance. Those of the signals that are most like it have the same course and a
chance of their own, so their mean is the course (nearest-neighbour regression; Stone 1977, "Consistent nonparametric
regression").
"""

import math

import torch
from torch import Tensor

from core.interruption import interrupted

MAX_PARTS = 32
MIN_SAMPLES = 4  # of a part
MIN_PARTS = 8
MAX_COURSE_VALUES = 2**18  # in a twin: 1 MiB
MAX_COURSES = 4096
MIN_ALIKE, MAX_ALIKE = 8, 32  # signals whose energies are averaged
ALIKE_SHARE = 1 / 64  # of all signals
MAX_NEAR_VALUES = 2**23  # of signals and those like them at a time
CLEAR = 4.0  # standard errors of a variance by which courses differ by more than chance


def n_parts_of(n_samples: int) -> int:
    """How many values describe the course of a signal's noise."""
    return min(MAX_PARTS, n_samples // MIN_SAMPLES)


def hats(n_parts: int, n_samples: int, device: torch.device | None = None) -> Tensor:
    """What turns `n_parts` values into `n_samples`, by linear interpolation between equally spaced ones."""
    places = torch.linspace(0, n_parts - 1, n_samples, device=device)
    return (1 - (places - torch.arange(n_parts, device=device)[:, None]).abs()).clamp(min=0)


def find_courses(noise: Tensor, fake_noise: Tensor) -> Tensor | None:
    """The logarithmic course of each noise of (n, n_channels, n_samples), (n, n_channels, n_parts); 0 in the mean square.

    None where courses differ by no more than those of `fake_noise`, (m, n_channels, n_samples), which all have the same.
    """
    n, _, n_samples = noise.shape
    if n_parts_of(n_samples) < MIN_PARTS:
        return None
    energies = _relative_energies(noise)
    differences = _differences(energies.log() / 2)
    by_chance = torch.cov(_differences(_relative_energies(fake_noise).log() / 2).T)
    variances, axes = torch.linalg.eigh(torch.cov(differences.T))
    clear = variances > (1 + CLEAR * math.sqrt(2 / n)) * torch.linalg.eigvalsh(by_chance)[-1]
    if not clear.any():
        return None
    places = differences @ axes[:, clear]
    k = max(MIN_ALIKE, min(MAX_ALIKE, int(ALIKE_SHARE * n)))
    size = max(1, MAX_NEAR_VALUES // max(n, k * energies[0].numel()))
    alike = [
        energies[torch.cdist(part, places).topk(k, largest=False).indices].mean(1)
        for part in interrupted(places.split(size))
    ]
    courses = torch.cat(alike).log() / 2
    return courses - loudness(courses, n_samples)[:, None, None]


def kept_courses(courses: Tensor, loudness: Tensor) -> Tensor:
    """As many of the courses of noise (n, n_channels, n_parts) as a twin keeps, by the loudness (n,) of their signals."""
    n_kept = min(len(courses), MAX_COURSES, max(1, MAX_COURSE_VALUES // courses[0].numel()))
    return courses[loudness[:n_kept].argsort()].contiguous()


def at_samples(courses: Tensor, n_samples: int) -> Tensor:
    """How loud noise of logarithmic courses (n, n_channels, n_parts) is at each sample, (n, n_channels, n_samples)."""
    return (courses @ hats(courses.shape[2], n_samples, courses.device)).exp()


def loudness(courses: Tensor, n_samples: int) -> Tensor:
    """The logarithmic root mean square, over channels and samples, of courses (n, n_channels, n_parts); (n,)."""
    return at_samples(courses, n_samples).square().mean((1, 2)).log() / 2


def _relative_energies(noise: Tensor) -> Tensor:
    """Mean squares around `n_parts` equally spaced samples of (n, n_channels, n_samples); their logarithms are 0 on average."""
    weights = hats(n_parts_of(noise.shape[2]), noise.shape[2])
    energies = (noise.square() @ weights.T / weights.sum(1)).clamp(min=1e-20)
    return energies / energies.log().mean((1, 2), keepdim=True).exp()


def _differences(courses: Tensor) -> Tensor:
    """Courses (n, n_channels, n_parts) less their mean, of which those of one signal are 0 on average; (n, values)."""
    flat = courses.flatten(1)
    flat = flat - flat.mean(1, keepdim=True)
    return flat - flat.mean(0)
