from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from torch import Tensor, nn

from core.config import PRESETS, ArticleConfig, Model, RunConfig
from core.jobs import execute
from core.networks import ARCHITECTURES, Architecture, Generator, Networks, build
from core.runs import RunStore, State
from core.seeds import Purpose, torch_rng
from core.signals import open_source
from core.surrogate import Surrogate
from core.training import Trainer
from core.training.events import StepLogged

SMALL = ArticleConfig(latent_dim=6, sequence_length=3, hidden_size=8, discriminator_sizes=(16, 4))
SETTINGS = {preset.network.architecture: preset.network for preset in PRESETS.values()}


def reals(n_channels: int = 1, n_samples: int = 32) -> Tensor:
    return torch.randn(16, n_channels, n_samples, generator=torch.Generator().manual_seed(0))


def latents(generator: Generator, n: int) -> Tensor:
    return generator.draw_latents(n, torch_rng(0, Purpose.GENERATOR_LATENTS))


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    a, b = first.state_dict(), second.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("n_channels", [1, 2])
def test_signals_and_logits_have_their_shapes(architecture, n_channels):
    generator, discriminator = build(SETTINGS[architecture], reals(n_channels, 48), seed=0)
    fakes = generator(latents(generator, 5))
    assert fakes.shape == (5, n_channels, 48)
    assert fakes.dtype == torch.float32
    assert discriminator(fakes).shape == (5,)
    assert discriminator(fakes[:1]).shape == (1,)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_gives_the_same_weights(architecture):
    first, second = (build(SETTINGS[architecture], reals(), seed=1) for _ in range(2))
    other = build(SETTINGS[architecture], reals(), seed=2)
    assert same_weights(first.generator, second.generator)
    assert same_weights(first.discriminator, second.discriminator)
    assert not same_weights(first.generator, other.generator)
    assert not same_weights(first.discriminator, other.discriminator)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_building_and_drawing_leave_the_global_random_state_alone(architecture):
    before = torch.random.get_rng_state()
    generator = build(SETTINGS[architecture], reals(), seed=1).generator
    latents(generator, 4)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_blueprint_of_plain_json_rebuilds_the_generator(architecture):
    generator = build(SETTINGS[architecture], reals(), seed=0).generator.eval()
    blueprint = orjson.loads(orjson.dumps(generator.blueprint))
    again = ARCHITECTURES[architecture].generator(**blueprint).eval()
    again.load_state_dict(generator.state_dict())
    drawn = latents(generator, 5)
    assert torch.equal(latents(again, 5), drawn)
    assert torch.equal(again(drawn), generator(drawn))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_latents_are_random_and_depend_on_their_generator_alone(architecture):
    generator = build(SETTINGS[architecture], reals(), seed=0).generator
    first = latents(generator, 64)
    assert len(first) == 64
    assert len(first.unique(dim=0)) == 64
    assert torch.equal(latents(generator, 64), first)


def test_the_article_reads_its_latent_vector_as_a_sequence():
    generator = build(SMALL, reals(), seed=0).generator
    drawn = latents(generator, 5)
    assert drawn.shape == (5, 6)
    outputs, _ = generator.lstm(drawn.reshape(5, 3, 2))
    expected = generator.dense(outputs[:, -1]).reshape(5, 1, 32)
    torch.testing.assert_close(generator(drawn), expected)


def test_the_article_has_the_widths_of_its_settings():
    generator, discriminator = build(SMALL, reals(), seed=0)
    assert generator.lstm.hidden_size == 8
    dense = [layer for layer in discriminator if isinstance(layer, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in dense] == [(32, 16), (16, 4), (4, 1)]


# A second architecture: its file would hold what follows, and nothing else would have to change.


class DenseConfig(Model):
    architecture: str = "dense"


class DenseGenerator(Generator):
    def __init__(self, n_channels: int, n_samples: int) -> None:
        super().__init__(n_channels=n_channels, n_samples=n_samples)
        self.layers = nn.Sequential(nn.Linear(7, n_channels * n_samples), nn.Unflatten(1, (n_channels, n_samples)))

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.rand(n, 7, generator=rng)

    def forward(self, drawn: Tensor) -> Tensor:
        return self.layers(drawn)


def build_dense(config: object, signals: Tensor) -> Networks:
    _, n_channels, n_samples = signals.shape
    discriminator = nn.Sequential(nn.Flatten(), nn.Linear(n_channels * n_samples, 1), nn.Flatten(0))
    return Networks(DenseGenerator(n_channels, n_samples), discriminator)


DENSE = Architecture(build=build_dense, generator=DenseGenerator)


def test_a_new_architecture_trains_under_its_name(tiny_config, monkeypatch):
    monkeypatch.setitem(ARCHITECTURES, "dense", DENSE)
    config = RunConfig.model_construct(**dict(tiny_config) | {"network": DenseConfig()})
    trainer = Trainer(config, open_source(config.source))
    last = list(trainer.events())[-1]
    assert isinstance(last, StepLogged)
    assert last.step == 60
    assert isinstance(trainer.generator, DenseGenerator)


def test_a_new_architecture_runs_and_is_kept_as_a_surrogate(tiny_config, store: RunStore, monkeypatch, tmp_path: Path):
    monkeypatch.setitem(ARCHITECTURES, "article", DENSE)  # a name that settings on disk may have
    run = store.create(tiny_config)
    assert execute(run).state is State.FINISHED
    surrogate = run.load_surrogate()
    assert isinstance(surrogate.generator, DenseGenerator)
    file = tmp_path / "dense.safetensors"
    file.write_bytes(surrogate.to_bytes())
    np.testing.assert_array_equal(Surrogate.load(file).sample(9, seed=4), surrogate.sample(9, seed=4))
