from collections.abc import Generator as Steps
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from torch import Tensor, nn

from core.config import PRESETS, ArticleConfig, Model, RunConfig
from core.generation.surrogate import Surrogate
from core.jobs.training import execute
from core.networks import GENERATORS, Discriminator, Generator, Known, Networks
from core.networks.article import ArticleGenerator, article_networks
from core.networks.base import encoder_like
from core.networks.twin.generators import TwinGenerator
from core.seeds import Purpose, torch_rng
from core.store.datasets import open_source
from core.store.runs import RunStore
from core.store.status import State
from core.training.events import Phase, StepLogged
from core.training.initialization.warm_start import STARTS
from core.training.trainer import Trainer
from tests.unit.planted import networks_of, sines, unknown

SMALL = ArticleConfig(latent_dim=6, sequence_length=3, hidden_size=8, discriminator_sizes=(16, 4))
UNKNOWN = unknown(torch.empty(64, 1, 32))
SETTINGS = {preset.network.architecture: preset.network for preset in PRESETS.values()}


def reals(n_channels: int = 1, n_samples: int = 32) -> Tensor:
    return sines(64, n_samples, n_channels).signals


def latents(generator: Generator, n: int) -> Tensor:
    return generator.draw_latents(n, torch_rng(0, Purpose.TRAINING_LATENTS))


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    a, b = dict(first.named_parameters()), dict(second.named_parameters())
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_every_architecture_that_can_be_set_has_a_start_and_a_generator():
    assert SETTINGS.keys() == STARTS.keys() == GENERATORS.keys()


@pytest.mark.parametrize("architecture", STARTS)
@pytest.mark.parametrize("n_channels", [1, 2])
def test_signals_and_logits_have_their_shapes(architecture, n_channels):
    generator, discriminator = networks_of(SETTINGS[architecture], reals(n_channels, 48))
    fakes = generator(latents(generator, 5))
    assert fakes.shape == (5, n_channels, 48)
    assert fakes.dtype == torch.float32
    assert discriminator(fakes).shape == (5,)
    assert discriminator(fakes[:1]).shape == (1,)


@pytest.mark.parametrize("architecture", STARTS)
def test_the_same_seed_gives_the_same_weights(architecture):
    first, second = (networks_of(SETTINGS[architecture], reals(), seed=1) for _ in range(2))
    other = networks_of(SETTINGS[architecture], reals(), seed=2)
    assert same_weights(first.generator, second.generator)
    assert same_weights(first.discriminator, second.discriminator)
    assert not same_weights(first.generator, other.generator)
    assert not same_weights(first.discriminator, other.discriminator)


@pytest.mark.parametrize("architecture", STARTS)
def test_building_and_drawing_leave_the_global_random_state_alone(architecture, tiny_config, few_reals):
    before = torch.random.get_rng_state()
    config = tiny_config.model_copy(update={"network": SETTINGS[architecture]})
    trainer = Trainer(config, open_source(config))
    trainer.prepare()
    latents(trainer.generator, 4)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("architecture", STARTS)
def test_a_blueprint_of_plain_json_rebuilds_the_generator(architecture):
    generator = networks_of(SETTINGS[architecture], reals()).generator.eval()
    blueprint = orjson.loads(orjson.dumps(generator.blueprint))
    again = GENERATORS[architecture](**blueprint).eval()
    again.load_state_dict(generator.state_dict())
    drawn = latents(generator, 5)
    assert torch.equal(latents(again, 5), drawn)
    assert torch.equal(again(drawn), generator(drawn))


@pytest.mark.parametrize("architecture", STARTS)
def test_latents_are_random_and_depend_on_their_generator_alone(architecture):
    generator = networks_of(SETTINGS[architecture], reals()).generator
    first = latents(generator, 64)
    assert len(first) == 64
    assert len(first.unique(dim=0)) == 64
    assert torch.equal(latents(generator, 64), first)


@pytest.mark.parametrize(("architecture", "kind"), [("article", ArticleGenerator), ("twin", TwinGenerator)])
def test_an_architecture_has_the_generator_of_its_name(architecture, kind):
    assert isinstance(networks_of(SETTINGS[architecture], reals()).generator, kind)


def test_the_article_reads_its_latent_vector_as_a_sequence():
    generator = article_networks(SMALL, 1, 32, UNKNOWN).generator
    drawn = latents(generator, 5)
    assert drawn.shape == (5, 6)
    outputs, _ = generator.lstm(drawn.reshape(5, 3, 2))
    expected = generator.dense(outputs[:, -1]).reshape(5, 1, 32)
    torch.testing.assert_close(generator(drawn), expected)


def test_the_article_has_the_widths_of_its_settings():
    generator, discriminator = article_networks(SMALL, 1, 32, UNKNOWN)
    assert generator.lstm.hidden_size == 8
    dense = [layer for layer in discriminator.modules() if isinstance(layer, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in dense] == [(32, 16), (16, 4), (4, 1)]


def test_a_discriminator_judges_its_views_of_the_signals():
    discriminator, signals = article_networks(SMALL, 2, 16, UNKNOWN).discriminator, reals(2, 16)
    views = discriminator.views(signals)
    assert torch.equal(views, signals.flatten(1))
    assert torch.equal(discriminator.judge(views), discriminator(signals))


# A second architecture: its file would hold what follows, and nothing else would have to change.


class DenseConfig(Model):
    architecture: str = "dense"


class DenseGenerator(Generator):
    def __init__(self, n_classes: list[int], n_known: int, n_channels: int, n_samples: int) -> None:
        super().__init__(n_classes, n_known, n_channels=n_channels, n_samples=n_samples)
        self.layers = nn.Sequential(nn.Linear(7, n_channels * n_samples), nn.Unflatten(1, (n_channels, n_samples)))

    def draw_latents(self, n: int, rng: torch.Generator) -> Tensor:
        return torch.rand(n, 7, generator=rng)

    def forward(self, drawn: Tensor, conditions: Tensor | None = None) -> Tensor:
        return self.layers(drawn)


def dense_start(
    config: object, signals: Tensor, known: Known, distance: object, rng: torch.Generator
) -> Steps[Phase, None, Networks]:
    yield Phase.SHAPES
    _, n_channels, n_samples = signals.shape
    generator = DenseGenerator(known.n_classes, 0, n_channels, n_samples)
    discriminator = Discriminator(nn.Flatten(), nn.Linear(n_channels * n_samples, 1), encoder_like(generator))
    return Networks(generator, discriminator)


def test_a_new_architecture_trains_under_its_name(tiny_config, monkeypatch):
    monkeypatch.setitem(STARTS, "dense", dense_start)
    config = RunConfig.model_construct(**dict(tiny_config) | {"network": DenseConfig()})
    trainer = Trainer(config, open_source(config))
    last = list(trainer.events())[-1]
    assert isinstance(last, StepLogged)
    assert last.step == 60
    assert isinstance(trainer.generator, DenseGenerator)


def test_a_new_architecture_runs_and_is_kept_as_a_surrogate(tiny_config, store: RunStore, monkeypatch, tmp_path: Path):
    # A name that settings on disk may have.
    monkeypatch.setitem(STARTS, "article", dense_start)
    monkeypatch.setitem(GENERATORS, "article", DenseGenerator)
    run = store.create(tiny_config)
    assert execute(run).state is State.FINISHED
    surrogate = run.load_surrogate()
    assert isinstance(surrogate.generator, DenseGenerator)
    file = tmp_path / "dense.safetensors"
    file.write_bytes(surrogate.to_bytes())
    np.testing.assert_array_equal(Surrogate.load(file).sample(9, seed=4), surrogate.sample(9, seed=4))
