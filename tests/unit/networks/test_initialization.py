from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from core.config import ManifoldConfig, RunConfig, SimulatorConfig, ValueRange, changed
from core.errors import ConfigError
from core.fidelity.measures.distance import DistanceToReal
from core.networks import ARCHITECTURES, Draft, Generator, Judge, Networks
from core.networks.manifold.dependence import FEWEST
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.networks.manifold.initialization import MAX_REACH, MIN_REALS, STAGES, initialize
from core.signals.batch import Batch
from core.signals.source import Source
from core.store.datasets import open_source
from core.training.evaluation import Evaluation
from core.training.events import EvaluationDone, SnapshotTaken
from core.training.training import Training
from tests.unit.planted import IS_RING, LAWS, Preferring, sines, unknown, white

SMALL = ManifoldConfig(width=8, discriminator_width=8)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


class Nearest(Preferring):
    """A judge that measures the distance to held-out reals."""

    def __init__(self, reals: Tensor) -> None:
        self.measure, self.n = DistanceToReal(reals.numpy(), seed=0), len(reals) // 2

    @torch.no_grad()
    def distance(self, generator: Generator) -> float:
        return self.measure(generator(generator.draw_latents(self.n, seeded(1))).numpy())

    def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
        return self.distance(generator), handicap


def drafts(signals: Tensor, judge: Judge) -> list[Draft]:
    return list(initialize(SMALL, signals, unknown(signals), judge, seeded()))


def initialized(signals: Tensor, judge: Judge) -> Networks:
    generator = drafts(signals, judge)[-1].generator
    return ARCHITECTURES["manifold"].complete(SMALL, generator, signals)


# Which generator it is


@pytest.mark.parametrize("law", LAWS)
def test_sines_lie_on_a_manifold(law, monkeypatch):
    for name in ("MAX_ANCHORS", "MAX_ALIGNED"):  # of the blends, which are no match for it
        monkeypatch.setattr(f"core.networks.manifold.latents.{name}", 64)
    planted = {"n_samples": 300, "noise": 0.1} | LAWS[law]
    judge = Nearest(sines(1024, seed=9, **planted).signals)
    found = drafts(sines(400, **planted).signals, judge)
    generator = found[-1].generator
    assert [draft.stage for draft in found] == list(STAGES)
    assert isinstance(generator, ManifoldGenerator)
    assert sorted(generator.blueprint["is_ring"]) == IS_RING[law]
    assert judge.distance(generator) < 1.3
    scale, *stages, last = (judge.distance(draft.generator) for draft in found)
    assert scale > 10 * max(stages)
    assert last < 1.1 * min(stages)


def many_waves(n: int, seed: int) -> Tensor:
    """Six sines a signal, each with an amplitude and a phase of its own."""
    waves = [sines(n, cycles=(c, c), phase=(0, 1), gain=(-1, 1), noise=0.01, seed=10 * seed + c) for c in range(1, 7)]
    return sum(wave.signals for wave in waves)


def test_signals_without_a_manifold_are_blended(few_reals):
    judge = Nearest(many_waves(1024, seed=9))
    generator, _ = initialized(many_waves(800, seed=0), judge)
    assert isinstance(generator, BlendGenerator)
    assert judge.distance(generator) < 2


@pytest.mark.parametrize("kind", [ManifoldGenerator, BlendGenerator])
def test_the_judge_decides(kind, few_reals):
    generator, _ = initialized(sines(200).signals, Preferring(kind))
    assert isinstance(generator, kind)


def test_of_two_that_are_equally_good_the_one_of_which_training_can_correct_more_is_taken(few_reals):
    class Undecided(Preferring):
        def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
            return 0.6 + handicap, 0.0

    generator, _ = initialized(sines(200).signals, Undecided())
    assert isinstance(generator, ManifoldGenerator)


@pytest.mark.parametrize(("accuracy", "n_blends"), [(0.52, 0), (0.53, 1)])
def test_blends_are_tried_where_they_could_be_better(accuracy, n_blends, few_reals):
    class Asked(Preferring):
        blends: ClassVar[list[Generator]] = []

        def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
            self.blends += [generator] * isinstance(generator, BlendGenerator)
            return accuracy, 0.0

    drafts(sines(200).signals, asked := Asked())
    assert len(asked.blends) == n_blends


def test_signals_without_a_phase_may_be_shifted_also_where_they_seem_to_lie_on_a_manifold(few_reals):
    class Asked(Preferring):
        reaches: ClassVar[set[int]] = set()

        def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
            if isinstance(generator, BlendGenerator):
                self.reaches.add(generator.blend.reach)
            return super().rank(generator, handicap)

    drafts(sines(400, **LAWS["ring"]).signals, asked := Asked(BlendGenerator))
    assert asked.reaches == {0, 48 // MAX_REACH}


def test_channels_that_are_independent_may_be_blended_each_by_itself(few_reals):
    class Separating(Preferring):
        def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
            return (-float(len(generator.blends())) if isinstance(generator, BlendGenerator) else 1.0), 0.0

    waves = [many_waves(FEWEST, seed=seed)[:, :, ::4] for seed in (1, 2)]
    generator, _ = initialized(torch.cat(waves, 1), Separating())
    assert [channels for _, channels in generator.blends()] == [[0], [1]]


@pytest.mark.parametrize("is_varied", [False, True])
def test_the_judge_decides_whether_louder_noise_is_believed(is_varied, few_reals):
    clean = sines(400, noise=0).signals
    signals = clean + 0.1 * clean.std(2, keepdim=True) * torch.randn(clean.shape, generator=seeded(1))

    class Judging:
        def rank(self, generator: Generator, handicap: float = 0.0) -> tuple[float, float]:
            if isinstance(generator, BlendGenerator):
                return 5.0, 0.0
            return (1.0 if bool(generator.quantiles.table[:, -1].any()) == is_varied else 2.0), 0.0

    generator, _ = initialized(signals, Judging())
    assert bool(generator.quantiles.table[:, -1].any()) == is_varied


@pytest.mark.parametrize("n", [1, MIN_REALS - 1])
def test_too_few_reals_are_refused_with_a_sentence(n):
    with pytest.raises(ConfigError, match=rf"^There are {n} signals .* at least {MIN_REALS}\. Add more recordings\.$"):
        drafts(sines(n).signals, Preferring())


@pytest.mark.parametrize(
    ("kind", "signals"),
    [(ManifoldGenerator, sines(MIN_REALS).signals), (BlendGenerator, white(MIN_REALS))],
    ids=["sines", "white noise"],
)
def test_just_enough_reals_are_enough(kind, signals, few_reals):
    generator, discriminator = initialized(signals, Preferring(kind))
    fakes = generator(generator.draw_latents(50, seeded()))
    assert bool(fakes.isfinite().all())
    assert bool(discriminator(fakes).isfinite().all())


@pytest.mark.parametrize("kind", [ManifoldGenerator, BlendGenerator])
def test_a_mean_that_all_reals_share_spoils_nothing(kind, few_reals):
    signals = sines(200).signals
    signals -= signals.mean(2, keepdim=True)
    generator, discriminator = initialized(signals, Preferring(kind))
    fakes = generator(generator.draw_latents(50, seeded()))
    assert fakes.mean(2).abs().max() < 1e-5
    assert bool(discriminator(fakes).isfinite().all())


# Odd sources


def fixed(value: float) -> ValueRange:
    return ValueRange(minimum=value, maximum=value, step=1)


def evaluations(config: RunConfig, source: Source) -> list[Evaluation]:
    """What is measured from step 0 on; all fakes must be numbers."""
    found = []
    for event in Training(config, source).events():
        match event:
            case SnapshotTaken(fakes=fakes):
                assert np.isfinite(fakes).all()
            case EvaluationDone(evaluation=evaluation, stage=""):
                found.append(evaluation)
    return found


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
def test_an_odd_source_gives_a_twin_that_training_does_not_spoil(odd, manifold_config, few_reals):
    source = SimulatorConfig(**{"n_samples": 32} | odd)
    training = manifold_config.training.model_dump() | {"steps": 4, "n_eval": 4}
    config = changed(manifold_config, source=source, training=training)
    before, after = evaluations(config, open_source(config))
    assert before.distance < 6.5  # where there is no noise, it sees how single precision was rounded
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


def test_forty_recordings_are_enough_to_begin_with(manifold_config, few_reals):
    before, after = evaluations(manifold_config, Recordings(60))[::2]
    assert before.distance < 3
    assert after.distance < 1.5 * before.distance
