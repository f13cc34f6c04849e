import numpy as np
import pytest
import torch
from torch import Tensor

from core.config import RunConfig, SimulatorConfig, TwinConfig, ValueRange, changed
from core.errors import ConfigError
from core.fidelity.measures.distance import DistanceToReal
from core.networks import Generator, Networks
from core.networks.twin.generators import BlendGenerator, ManifoldGenerator
from core.signals.batch import Batch
from core.signals.source import Source
from core.store.datasets import open_source
from core.training.events import EvaluationDone, Phase, SnapshotTaken
from core.training.initialization import warm_start as starts
from core.training.initialization.warm_start import MIN_REALS, Distance, told, warm_start
from core.training.trainer import Trainer
from tests.unit.planted import IS_RING, LAWS, finish, sines, unknown, white

SMALL = TwinConfig(width=8, discriminator_width=8)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def distance_to(reals: Tensor) -> Distance:
    measure = DistanceToReal(reals.numpy(), seed=0)

    @torch.no_grad()
    def distance(generator: Generator) -> float:
        return measure(generator(generator.draw_latents(len(reals) // 2, seeded(1))).numpy())

    return distance


def started(signals: Tensor, distance: Distance) -> tuple[list[Phase], Networks]:
    return finish(warm_start(SMALL, signals, unknown(signals), distance, seeded()))


def preferring(kind: type[Generator]) -> Distance:
    return lambda generator: 1.0 if isinstance(generator, kind) else 2.0


# Which generator it is


@pytest.mark.parametrize("law", LAWS)
def test_sines_lie_on_a_manifold(law):
    planted = {"n_samples": 300, "noise": 0.1} | LAWS[law]
    distance = distance_to(sines(1024, seed=9, **planted).signals)
    phases, (generator, _) = started(sines(400, **planted).signals, distance)
    assert phases == [Phase.SHAPES, Phase.LATENTS]
    assert isinstance(generator, ManifoldGenerator)
    assert sorted(generator.blueprint["is_ring"]) == IS_RING[law]
    assert distance(generator) < 1.3


def many_waves(n: int, seed: int) -> Tensor:
    """Six sines a signal, each with an amplitude and a phase of its own."""
    waves = [sines(n, cycles=(c, c), phase=(0, 1), gain=(-1, 1), noise=0.01, seed=10 * seed + c) for c in range(1, 7)]
    return sum(wave.signals for wave in waves)


def test_signals_without_a_manifold_are_blended():
    distance = distance_to(many_waves(1024, seed=9))
    _, (generator, _) = started(many_waves(800, seed=0), distance)
    assert isinstance(generator, BlendGenerator)
    assert distance(generator) < 2


@pytest.fixture
def are_many(monkeypatch):
    """Lets reals count as so many that the distance to those held out is to be trusted."""
    monkeypatch.setattr(starts, "FEW_REALS", 0)


@pytest.mark.parametrize("kind", [ManifoldGenerator, BlendGenerator])
@pytest.mark.usefixtures("are_many")
def test_the_distance_decides(kind):
    _, (generator, _) = started(sines(200).signals, preferring(kind))
    assert isinstance(generator, kind)


@pytest.mark.parametrize("kind", [ManifoldGenerator, BlendGenerator])
def test_of_few_reals_what_is_harder_to_tell_decides_whatever_the_distance(kind, monkeypatch):
    other = {ManifoldGenerator: BlendGenerator, BlendGenerator: ManifoldGenerator}[kind]
    monkeypatch.setattr(starts, "told", lambda generator, reals, rng: 0.6 if isinstance(generator, kind) else 0.8)
    _, (generator, _) = started(sines(200).signals, preferring(other))
    assert isinstance(generator, kind)


def test_fakes_are_told_as_often_as_they_differ():
    reals = sines(400, seed=1).signals
    (alike, louder) = (started(sines(400, noise=noise, seed=2).signals, lambda _: 1.0)[1] for noise in (0.05, 1.0))
    assert told(alike.generator, reals, seeded()) < 0.75
    assert told(louder.generator, reals, seeded()) > 0.9


@pytest.mark.usefixtures("are_many")
def test_of_two_that_are_equally_good_the_one_that_the_game_can_mend_more_of_is_taken():
    _, (generator, _) = started(sines(200).signals, lambda generator: 1.0)
    assert isinstance(generator, ManifoldGenerator)


@pytest.mark.parametrize("is_varied", [False, True])
@pytest.mark.usefixtures("are_many")
def test_the_distance_decides_whether_louder_noise_is_believed(is_varied):
    clean = sines(400, noise=0).signals
    signals = clean + 0.1 * clean.std(2, keepdim=True) * torch.randn(clean.shape, generator=seeded(1))

    def distance(generator: Generator) -> float:
        if isinstance(generator, BlendGenerator):
            return 5.0
        return 1.0 if bool(generator.quantiles.table[:, -1].any()) == is_varied else 2.0

    _, (generator, _) = started(signals, distance)
    assert bool(generator.quantiles.table[:, -1].any()) == is_varied


@pytest.mark.parametrize("n", [1, MIN_REALS - 1])
def test_too_few_reals_are_refused_with_a_sentence(n):
    with pytest.raises(ConfigError, match=rf"^There are {n} signals .* at least {MIN_REALS}\. Add more recordings\.$"):
        started(sines(n).signals, preferring(Generator))


@pytest.mark.parametrize(
    ("kind", "signals"),
    [(ManifoldGenerator, sines(MIN_REALS).signals), (BlendGenerator, white(MIN_REALS))],
    ids=["sines", "white noise"],
)
def test_just_enough_reals_are_enough(kind, signals, few_reals):
    _, (generator, discriminator) = started(signals, preferring(kind))
    fakes = generator(generator.draw_latents(50, seeded()))
    assert bool(fakes.isfinite().all())
    assert bool(discriminator(fakes).isfinite().all())


@pytest.mark.parametrize("kind", [ManifoldGenerator, BlendGenerator])
def test_a_mean_that_all_reals_share_spoils_nothing(kind, few_reals):
    signals = sines(200).signals
    signals -= signals.mean(2, keepdim=True)
    _, (generator, discriminator) = started(signals, preferring(kind))
    fakes = generator(generator.draw_latents(50, seeded()))
    assert fakes.mean(2).abs().max() < 1e-5
    assert bool(discriminator(fakes).isfinite().all())


# Odd sources


def fixed(value: float) -> ValueRange:
    return ValueRange(minimum=value, maximum=value, step=1)


def looks(config: RunConfig, source: Source) -> list[EvaluationDone]:
    """What is measured before and after some steps of the game; all fakes must be numbers."""
    evaluations = []
    for event in Trainer(config, source).events():
        match event:
            case SnapshotTaken(fakes=fakes):
                assert np.isfinite(fakes).all()
            case EvaluationDone():
                evaluations.append(event)
    return evaluations


ODD = {
    "16 samples": {"n_samples": 16},
    "no noise": {"noise_amplitude": 0},
    "square waves": {"waveform": "square", "n_samples": 64},
    "pink noise": {"noise_color": "pink"},
    "one amplitude": {"amplitude": fixed(1)},
    "one frequency and phase": {"angular_frequency": fixed(1)},
    "one wave in noise": {"angular_frequency": fixed(1), "amplitude": fixed(1), "bias": fixed(1)},
    "one wave at any level": {"angular_frequency": fixed(1), "amplitude": fixed(1), "noise_amplitude": 0},
    "one wave of any strength": {"angular_frequency": fixed(1), "bias": fixed(1), "noise_amplitude": 0},
    "only noise": {"amplitude": fixed(0), "bias": fixed(0)},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_an_odd_source_gives_a_twin_that_the_game_does_not_spoil(odd, twin_config, few_reals):
    source = SimulatorConfig(**{"n_samples": 32} | odd)
    training = twin_config.training.model_dump() | {"steps": 4, "n_eval": 4}
    config = changed(twin_config, source=source, training=training)
    before, after = looks(config, open_source(config))
    assert before.distance < 5
    assert after.distance < 1.5 * before.distance


class Recordings:
    """A source of `n` recordings, a third of them held out."""

    n_channels = 2

    def __init__(self, n: int) -> None:
        recordings = Batch.unconditional(sines(n, n_samples=40, n_channels=2).signals.numpy())
        self._held_out, self._others = recordings[: n // 3], recordings[n // 3 :]
        self.times = np.arange(40) / 10

    def batch(self, n: int, rng: np.random.Generator) -> Batch:
        return self._others[rng.integers(0, len(self._others), n)]

    def distinct(self, n: int, rng: np.random.Generator) -> Batch:
        return self._others[rng.permutation(len(self._others))[:n]]

    def held_out(self, n: int, seed: int) -> Batch:
        return self._held_out[:n]


def test_forty_recordings_are_enough_to_begin_with(twin_config):
    before, after = looks(twin_config, Recordings(60))[::2]
    assert before.distance < 3
    assert after.distance < 1.5 * before.distance
