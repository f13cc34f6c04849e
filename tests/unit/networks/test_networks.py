from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from torch import Tensor, nn

from core.config import PRESETS, RENAMED_ARCHITECTURES, ArticleConfig, RunConfig, changed, preset_config, validated
from core.errors import ConfigError
from core.generation.surrogate import Surrogate
from core.networks import ARCHITECTURES, Generator
from core.networks.article import ArticleGenerator, article_discriminator, article_generator
from core.networks.manifold.generators import CorrectedGenerator
from core.seeds import Purpose, torch_rng
from core.store.run import Run
from core.store.runs import RunStore
from core.store.status import State
from tests.dense import DenseConfig, DenseGenerator, register
from tests.unit.planted import networks_of, sines, unknown
from tests.unit.trainings import executed, prepared

SMALL = ArticleConfig(latent_dim=6, sequence_length=3, hidden_size=8, discriminator_sizes=(16, 4))
UNKNOWN = unknown(torch.empty(64, 1, 32))
SETTINGS = {preset.network.architecture: preset.network for preset in PRESETS.values()}
pytestmark = pytest.mark.usefixtures("few_reals_throughout")


def reals(n_channels: int = 1, n_samples: int = 32) -> Tensor:
    return sines(64, n_samples, n_channels).signals


def latents(generator: Generator, n: int) -> Tensor:
    return generator.draw_latents(n, torch_rng(0, Purpose.TRAINING_LATENTS))


def same_weights(first: nn.Module, second: nn.Module) -> bool:
    a, b = dict(first.named_parameters()), dict(second.named_parameters())
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_every_architecture_has_its_settings():
    assert SETTINGS.keys() == ARCHITECTURES.keys()
    for name, architecture in ARCHITECTURES.items():
        assert isinstance(SETTINGS[name], architecture.config)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("n_channels", [1, 2])
def test_signals_and_logits_have_their_shapes(architecture, n_channels):
    generator, discriminator = networks_of(SETTINGS[architecture], reals(n_channels, 48))
    fakes = generator(latents(generator, 5))
    assert fakes.shape == (5, n_channels, 48)
    assert fakes.dtype == torch.float32
    assert discriminator(fakes).shape == (5,)
    assert discriminator(fakes[:1]).shape == (1,)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_the_same_seed_gives_the_same_weights(architecture):
    first, second = (networks_of(SETTINGS[architecture], reals(), seed=1) for _ in range(2))
    other = networks_of(SETTINGS[architecture], reals(), seed=2)
    assert same_weights(first.generator, second.generator)
    assert same_weights(first.discriminator, second.discriminator)
    assert not same_weights(first.generator, other.generator)
    assert not same_weights(first.discriminator, other.discriminator)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_building_and_drawing_leave_the_global_random_state_alone(architecture, tiny_config):
    before = torch.random.get_rng_state()
    config = tiny_config.model_copy(update={"network": SETTINGS[architecture]})
    latents(prepared(config).generator, 4)
    assert torch.equal(torch.random.get_rng_state(), before)


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_a_blueprint_of_plain_json_rebuilds_the_generator(architecture):
    generator = networks_of(SETTINGS[architecture], reals()).generator.eval()
    blueprint = orjson.loads(orjson.dumps(generator.blueprint))
    again = ARCHITECTURES[architecture].generator(**blueprint).eval()
    again.load_state_dict(generator.state_dict())
    drawn = latents(generator, 5)
    assert torch.equal(latents(again, 5), drawn)
    assert torch.equal(again(drawn), generator(drawn))


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_latents_are_random_and_depend_on_their_generator_alone(architecture):
    generator = networks_of(SETTINGS[architecture], reals()).generator
    first = latents(generator, 64)
    assert len(first) == 64
    assert len(first.unique(dim=0)) == 64
    assert torch.equal(latents(generator, 64), first)


@pytest.mark.parametrize(("architecture", "kind"), [("article", ArticleGenerator), ("manifold", CorrectedGenerator)])
def test_an_architecture_has_the_generator_of_its_name(architecture, kind):
    assert isinstance(networks_of(SETTINGS[architecture], reals()).generator, kind)


def test_the_article_reads_its_latent_vector_as_a_sequence():
    generator = article_generator(SMALL, 1, 32, UNKNOWN)
    drawn = latents(generator, 5)
    assert drawn.shape == (5, 6)
    outputs, _ = generator.lstm(drawn.reshape(5, 3, 2))
    expected = generator.dense(outputs[:, -1]).reshape(5, 1, 32)
    torch.testing.assert_close(generator(drawn), expected)


def test_the_article_has_the_widths_of_its_settings():
    generator = article_generator(SMALL, 1, 32, UNKNOWN)
    discriminator = article_discriminator(SMALL, generator)
    assert generator.lstm.hidden_size == 8
    dense = [layer for layer in discriminator.modules() if isinstance(layer, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in dense] == [(32, 16), (16, 4), (4, 1)]


def test_a_discriminator_judges_its_views_of_the_signals():
    discriminator, signals = networks_of(SMALL, reals(2, 16)).discriminator, reals(2, 16)
    views = discriminator.views(signals)
    assert torch.equal(views, signals.flatten(1))
    assert torch.equal(discriminator.judge(views), discriminator(signals))


# A third architecture


def test_a_new_architecture_trains_and_is_kept_under_its_name(
    tiny_config, store: RunStore, monkeypatch, tmp_path: Path
):
    register(monkeypatch, tiny_config.training)
    run = store.create(changed(preset_config("dense"), source=tiny_config.source))
    told = []
    assert executed(run, on_progress=told.append).state is State.FINISHED
    assert list(dict.fromkeys(status.phase for status in told)) == ["", "first", "second", "adversarial"]
    assert Run(run.path).config.network == DenseConfig()
    surrogate = run.load_surrogate()
    assert isinstance(surrogate.generator, DenseGenerator)
    file = tmp_path / "dense.safetensors"
    file.write_bytes(surrogate.to_bytes())
    np.testing.assert_array_equal(Surrogate.load(file).sample(9, seed=4), surrogate.sample(9, seed=4))


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_files_from_before_an_architecture_was_renamed_are_read(name):
    old = {new: earlier for earlier, new in RENAMED_ARCHITECTURES.items()}.get(name, name)
    assert RunConfig.model_validate({"network": {"architecture": old}}).network.architecture == name


def test_an_architecture_that_nobody_knows_is_refused_with_those_that_are():
    with pytest.raises(ConfigError, match="no architecture “lstm”; choose one of: article, manifold"):
        validated(RunConfig, {"network": {"architecture": "lstm"}})
