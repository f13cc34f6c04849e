import numpy as np
import pytest
import torch
from torch import Tensor

from core.config import RunConfig, SimulatorConfig, changed
from core.demos.directions import MAX_DIRECTIONS, find_directions
from core.fidelity.signal_set import DescriptiveFeatures, SineFit
from core.generation.surrogate import Surrogate
from core.networks.base import Generator, LatentLayout
from core.signals.scaling import Scaling

N = 200
SOURCE = SimulatorConfig(n_samples=N)
TIMES = torch.from_numpy(SOURCE.times).float()
SINES = SineFit(1.0, 2.0)


class Waves(Generator):
    """A·sin(ω·t) + b of latents in a known order, and one latent without any effect; the last two are noise."""

    latents = LatentLayout.of(shape=4, noise=2)

    def __init__(self) -> None:
        super().__init__(self.latents, [], 0)

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        level, strength, speed, _, noise, _ = latents.T[:, :, None]
        waves = (5 - strength) * torch.sin((1.5 + 0.1 * speed) * TIMES) + 0.5 * level
        return (waves + 0.01 * noise)[:, None]


class Bump(Waves):
    """A bump around 5 s that nothing but its strength tells of, and a pick that turns its sign."""

    latents = LatentLayout.of(pick=1, shape=5)

    def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
        bump = torch.exp(-((TIMES - 5) ** 2))
        wave = torch.sin(TIMES * 1.3)
        return (wave + (latents[:, 1:2] + latents[:, 2:3]) * bump)[:, None]


def twin(generator: Generator) -> Surrogate:
    config = changed(RunConfig(), source=SOURCE.model_dump())
    return Surrogate(generator, Scaling(np.zeros(1), np.ones(1)), config, 0, 1.0)


def directions(generator: Generator, describer=SINES):
    latents = generator.draw_latents(256, torch.Generator().manual_seed(0))
    return find_directions(twin(generator), latents, torch.empty(256, 0), describer)


def test_directions_are_named_after_what_follows_them_the_strongest_first():
    found = directions(Waves())
    assert {one.label for one in found} == {"bias", "amplitude", "angular frequency"}
    assert all(one.explained_variance > 0.95 for one in found)
    changes = [one.change for one in found]
    assert changes == sorted(changes, reverse=True)


def test_a_quantity_grows_along_its_direction():
    vectors = {one.quantity: one.vector for one in directions(Waves())}
    assert vectors["amplitude"].tolist() == [0, -1, 0, 0]
    assert vectors["bias"].tolist() == [1, 0, 0, 0]


def test_latents_without_an_effect_and_noise_are_no_directions():
    assert len(directions(Waves())) == 3


def test_where_a_latent_picks_a_neighbourhood_the_directions_are_found_there():
    (direction,) = directions(Bump(), DescriptiveFeatures())
    assert direction.vector.abs().tolist() == pytest.approx([2**-0.5, 2**-0.5, 0, 0, 0], abs=1e-4)


def test_a_direction_that_no_quantity_follows_is_named_after_its_moment(monkeypatch):
    monkeypatch.setattr("core.demos.directions.MIN_EXPLAINED_VARIANCE", 1.1)
    (direction,) = directions(Bump(), DescriptiveFeatures())
    assert direction.label.startswith("the signal around")
    assert direction.moment == pytest.approx(5, abs=0.5)


def test_a_direction_that_changes_everything_says_so():
    class Mixed(Waves):
        def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
            turn = torch.eye(6)
            turn[:3, :3] = torch.tensor([[2.0, -1, 2], [2, 2, -1], [-1, 2, 2]]) / 3
            return super().forward(latents @ turn)

    labels = [one.label for one in directions(Mixed())]
    assert "several things at once" in labels
    assert len(labels) == 3


def test_a_phase_is_followed_round_its_circle():
    class Phases(Waves):
        def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
            phase = 2 * torch.pi * torch.special.ndtr(latents[:, :1]) + 2.5  # begins anywhere on the circle
            return (5 * torch.sin(1.5 * TIMES + phase) + 0.01 * latents[:, 1:2])[:, None]

    found = directions(Phases())
    assert found[0].label == "phase"
    assert found[0].explained_variance > 0.95


def test_there_are_never_too_many():
    class Many(Waves):
        latents = LatentLayout.of(shape=40)

        def forward(self, latents: Tensor, conditions: Tensor | None = None) -> Tensor:
            return (latents @ torch.eye(40, N))[:, None]

    assert len(directions(Many(), DescriptiveFeatures())) == MAX_DIRECTIONS
