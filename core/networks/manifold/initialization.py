"""How a generator of the manifold architecture is initialized: what can be measured on reals is not left to the training.

From stage to stage a generator knows more of the reals. The last candidates are on a principal manifold, with smooth shapes or
with sharp edges, or blend neighbouring signals; which of them the adversarial phase takes up is decided by how well a
classifier tells their fakes from held-out reals, never by the user. Once one cannot be told, no other is tried.
"""

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from core.config import MIN_REALS, ManifoldConfig
from core.errors import ConfigError
from core.networks.architecture import Draft, Judge, Stage
from core.networks.conditions import Conditions
from core.networks.manifold.alignment import has_no_phase
from core.networks.manifold.dependence import independent_channels
from core.networks.manifold.gaussian import gaussian_generator, white_noise
from core.networks.manifold.generators import BlendGenerator, CorrectedGenerator
from core.networks.manifold.jumps import with_jumps
from core.networks.manifold.latents import ManifoldFit, blend_generator
from core.networks.manifold.shapes import learn_shapes, principal_axes

MAX_REACH = 6  # a signal's length ÷ the most that it is shifted: what then lacks at an end is another's
HANDICAP = 0.02  # of a classifier's accuracy, by which blends must be harder to tell than signals on a manifold
UNBEATABLE = 0.5 + HANDICAP  # accuracy up to which blends cannot be preferred, not even if a classifier can only guess

STAGES = {
    "scale": Stage(
        "Scale",
        "It measures how large the values are. Nothing else is known yet, so the fakes are white noise.",
    ),
    "axes": Stage(
        "Principal axes",
        "It finds the directions in which signals vary more than noise does, and how far they vary along each.",
    ),
    "shapes": Stage(
        "Shapes",
        "It finds the few coordinates on which the shape of a clean signal depends, and lays out all shapes along them.",
    ),
    "latents": Stage(
        "Latents",
        "It counts how often each shape, strength and level occurs.",
    ),
    "noise": Stage(
        "Noise",
        "It measures the noise, and how loud it is in which part of a signal. Where a classifier still tells the fakes from "
        "reals that were held back, it also tries shapes with sharp edges and blends of neighbouring signals, and goes on with "
        "what is hardest to tell.",
    ),
}


def initialize(
    config: ManifoldConfig, reals: Tensor, conditions: Conditions, judge: Judge, rng: torch.Generator
) -> Iterator[Draft]:
    """What is known of the reals after each of STAGES. Raises ConfigError where there are too few of them."""
    if len(reals) < MIN_REALS:
        raise ConfigError(
            f"There are {len(reals)} signals to learn from; a twin needs at least {MIN_REALS}. Add more recordings."
        )
    yield Draft("scale", white_noise(*reals.shape[1:]))
    axes = principal_axes(reals)
    yield Draft("axes", gaussian_generator(reals, axes.basis))
    shapes = learn_shapes(reals, axes, rng)
    if shapes is None:
        yield Draft("noise", _best(_blends(reals, conditions, config.width, rng), judge))
        return
    fit = ManifoldFit(reals, conditions, axes, shapes, config.width)
    yield Draft("shapes", fit.shapes_alone())
    yield Draft("latents", fit.matched(rng))
    on_manifold = _best(fit.calibrated(rng), judge)
    sharp = None if _is_unbeatable(on_manifold, judge) else with_jumps(shapes, reals)
    if sharp is not None:
        fit = ManifoldFit(reals, conditions, axes, sharp, config.width)
        fit.matched(rng)
        on_manifold = _best([on_manifold, *fit.calibrated(rng)], judge)
    if _is_unbeatable(on_manifold, judge):
        yield Draft("noise", on_manifold)
        return
    blend = _best(_blends(reals, conditions, config.width, rng), judge)
    yield Draft("noise", min(on_manifold, blend, key=lambda one: judge.rank(one, HANDICAP * (one is blend))))


def _is_unbeatable(draft: CorrectedGenerator, judge: Judge) -> bool:
    return judge.rank(draft)[0] <= UNBEATABLE


def _blends(reals: Tensor, conditions: Conditions, width: int, rng: torch.Generator) -> list[BlendGenerator]:
    """All kinds of blends that may suit these signals; which of them does is for the judge to say."""
    blends = [blend_generator(reals, conditions, width, rng, reach) for reach in _reaches(reals)]
    groups = [] if conditions.n_classes else independent_channels(reals)
    if len(groups) > 1:
        blends.append(blend_generator(reals, conditions, width, rng, groups=groups))
    return blends


def _best(drafts: Sequence[CorrectedGenerator], judge: Judge) -> CorrectedGenerator:
    return min(drafts, key=judge.rank) if len(drafts) > 1 else drafts[0]


def _reaches(reals: Tensor) -> list[int]:
    """By how many samples signals may be shifted towards each other before they are blended."""
    reach = reals.shape[2] // MAX_REACH
    return [0, reach] if reach and has_no_phase(reals) else [0]
