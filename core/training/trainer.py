"""The training itself, as a generator of events: no disk, no threads, no screen.

While `Trainer.events()` is suspended its state is whole, so whoever drains it may call `state_dict()` at any event.
Every random number is a function of the seed and the step (core/seeds.py): a resumed run goes on bit for bit.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import NamedTuple

import numpy as np
import orjson
import torch
from torch import Tensor, nn
from torch.optim import Adam

from core.config import RunConfig
from core.errors import TrainingError
from core.fidelity.measures.distance import DistanceToReal
from core.networks import Discriminator, Generator, Known, Networks, rebuilt
from core.seeds import Purpose, numpy_rng, torch_rng
from core.signals.scaling import Scaling
from core.signals.source import Source
from core.signals.training_set import first_reals
from core.training.device import pick_device
from core.training.events import CheckpointDue, EvaluationDone, Event, Phase, PhaseBegun, SnapshotTaken, StepLogged
from core.training.initialization.warm_start import N_VIEWED, STARTS
from core.training.losses import certainty, d_loss, g_loss, gradient_penalty

LOG_EVERY = 10  # steps
N_SNAPSHOT = 64  # fixed latents, and as many fixed reals to show beside them
N_SCHEDULED = 240  # snapshots besides those of the evaluations
N_EVALUATION = 2048  # fakes per evaluation
N_FAKED = 512  # at a time, which the cache holds


class Deal(NamedTuple):
    """What one step is played with: the discriminator's views of as many reals as fakes, and their conditions."""

    real_views: Tensor
    known: Tensor
    fake_views: Tensor
    asked: Tensor


class Trainer:
    """Trains one generator against one discriminator on the signals of `source`.

    Raises ConfigError where the source has nothing to learn or the device is missing, TrainingError where a loss stops
    being a number.
    """

    generator: Generator
    generator_ema: Generator
    discriminator: Discriminator
    optimizers: dict[str, Adam]

    def __init__(self, config: RunConfig, source: Source) -> None:
        self.config = config.training
        self.network = config.network
        self.source = source
        self.step = 0
        self.is_prepared = False
        self.device = pick_device(self.config.device)
        seed = self.config.seed
        self._n_classes = [len(column.classes) for column in config.columns]
        held_out = source.held_out(2 * N_EVALUATION, seed).signals
        self.shown_reals = held_out[:N_SNAPSHOT]
        self._first_reals = first_reals(source, seed)
        self.scaling = Scaling.fit(self._first_reals.signals)
        self._distance = DistanceToReal(held_out, seed)
        self._since_log: list[Tensor] = []
        self._snapshot_steps = snapshot_steps(self.config.steps)

    def events(self) -> Iterator[Event]:
        """Train to the last step, reporting on the way; the first snapshot is of the generator before step 1."""
        for phase in self._phases():
            yield PhaseBegun(phase)
        yield PhaseBegun(Phase.ADVERSARIAL)
        if self.step == 0:
            yield from self._look()
        while self.step < self.config.steps:
            self._since_log.append(self._train_step())
            self.step += 1
            last = self.step == self.config.steps
            if last or self.step % self.config.n_eval == 0:
                yield from self._look()
            elif self.step in self._snapshot_steps:
                yield self._snapshot()
            if last or self.step % self.config.checkpoint_every == 0:
                self._check_health()  # a checkpoint must be worth going on from
                yield CheckpointDue(self.step)
            if last or self.step % LOG_EVERY == 0:
                self._check_health()
                yield StepLogged(self.step, self._mean_metrics())

    def prepare(self) -> None:
        """Build the networks, which takes the twin some seconds; `events` does it where it was not done before."""
        for _ in self._phases():
            pass

    def _phases(self) -> Iterator[Phase]:
        """The phases that build the networks, none where they are built."""
        if self.is_prepared:
            return
        seed = self.config.seed
        rng = torch_rng(seed, Purpose.WARM_START)
        known = Known(torch.from_numpy(self._first_reals.conditions), self._n_classes)
        start = STARTS[self.network.architecture](self.network, self._network_reals(), known, self._distance_of, rng)
        while True:
            # A consumer may draw random numbers of its own between two phases.
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                try:
                    phase = next(start)
                except StopIteration as end:
                    self._take(end.value)
                    return
            yield phase

    def _network_reals(self) -> Tensor:
        return torch.from_numpy(self.scaling.to_network(self._first_reals.signals))

    def _take(self, networks: Networks) -> None:
        self.generator = networks.generator.to(self.device)
        self.discriminator = networks.discriminator.to(self.device)
        self.generator_ema = deepcopy(self.generator).requires_grad_(False).eval()
        self.optimizers = {
            "generator_optimizer": self._adam(self.generator, self.config.generator_rate),
            "discriminator_optimizer": self._adam(self.discriminator, self.config.discriminator_rate),
        }
        del self._first_reals
        self._fix_draws()
        self.is_prepared = True

    def _fix_draws(self) -> None:
        """Draw what all snapshots and evaluations are made of; conditions are those that the generator knows by now."""
        seed = self.config.seed
        rngs = [torch_rng(seed, purpose) for purpose in (Purpose.SNAPSHOT_LATENTS, Purpose.EVALUATION_LATENTS)]
        self._snapshot_draw = _drawn(self.generator, N_SNAPSHOT, rngs[0])
        self._evaluation_draw = _drawn(self.generator, N_EVALUATION, rngs[1])

    def _train_step(self) -> Tensor:
        """One update of each network, on the same fakes; returns the figures of METRICS."""
        deal = self.deal()
        d, real_logits, fake_logits = self.update_discriminator(deal)
        g = self.update_generator(deal)
        return torch.stack([d, g, *certainty(self.config.loss, real_logits, fake_logits)]).detach()

    def deal(self) -> Deal:
        """What the next step is played with; the same for the same seed and step."""
        rng = torch_rng(self.config.seed, Purpose.TRAINING_LATENTS, self.step)
        latents, asked = (part.to(self.device) for part in _drawn(self.generator, self.config.batch_size, rng))
        fakes = self.generator(latents, asked)
        reals, known = self._reals()
        with torch.no_grad():
            real_views = self.discriminator.views(reals)
        return Deal(real_views, known, self.discriminator.views(fakes), asked)

    def update_discriminator(self, deal: Deal) -> tuple[Tensor, Tensor, Tensor]:
        """(1) Reals up, fakes down; returns the loss and the logits of reals and fakes before."""
        config = self.config
        real_inputs, fake_inputs = deal.real_views.requires_grad_(), deal.fake_views.detach().requires_grad_()
        real_logits = self.discriminator.judge(real_inputs, deal.known)
        fake_logits = self.discriminator.judge(fake_inputs, deal.asked)
        d = d_loss(config.loss, real_logits, fake_logits)
        penalty = d.new_zeros(())
        if config.gamma:
            r1_penalty, r2_penalty = (
                gradient_penalty(real_logits, real_inputs),
                gradient_penalty(fake_logits, fake_inputs),
            )
            penalty = config.gamma / 2 * (r1_penalty + r2_penalty)
        self._update("discriminator_optimizer", d + penalty)
        return d, real_logits, fake_logits

    def update_generator(self, deal: Deal) -> Tensor:
        """(2) Its fakes up; returns the loss. Whoever steps by hand counts `step` up after it."""
        self.discriminator.requires_grad_(False)
        with torch.no_grad():
            new_real_logits = self.discriminator.judge(deal.real_views, deal.known)
        g = g_loss(self.config.loss, new_real_logits, self.discriminator.judge(deal.fake_views, deal.asked))
        self.discriminator.requires_grad_(True)
        self._update("generator_optimizer", g)
        self._update_ema()
        return g

    def _reals(self) -> tuple[Tensor, Tensor]:
        """A batch of reals in network units, and their conditions."""
        # Index 0 is what the scaling and the warm start were learned from.
        rng = numpy_rng(self.config.seed, Purpose.TRAINING_REALS, self.step + 1)
        reals = self.source.batch(self.config.batch_size, rng)
        signals = torch.from_numpy(self.scaling.to_network(reals.signals))
        return signals.to(self.device), torch.from_numpy(reals.conditions).to(self.device)

    def _update(self, optimizer: str, loss: Tensor) -> None:
        self.optimizers[optimizer].zero_grad()
        loss.backward()
        self.optimizers[optimizer].step()

    @torch.no_grad()
    def _update_ema(self) -> None:
        """Move the average towards the generator; a short memory at first, or it would keep the first weights."""
        decay = min(self.config.ema_decay, (self.step + 1) / (self.step + 10))
        for average, value in zip(self.generator_ema.parameters(), self.generator.parameters(), strict=True):
            average.lerp_(value, 1 - decay)

    def _look(self) -> Iterator[Event]:
        """What the averaged generator makes of the fixed latents, and how far from real that is."""
        yield self._snapshot()
        fakes = self._fakes(self.generator_ema, *self._evaluation_draw)
        yield EvaluationDone(self.step, self._distance(fakes), self._distance.diversity(fakes))

    def _snapshot(self) -> SnapshotTaken:
        return SnapshotTaken(self.step, self._fakes(self.generator_ema, *self._snapshot_draw))

    def _distance_of(self, generator: Generator) -> float:
        rng = torch_rng(self.config.seed, Purpose.EVALUATION_LATENTS)
        return self._distance(self._fakes(generator, *_drawn(generator, N_EVALUATION, rng)))

    @torch.no_grad()
    def _fakes(self, generator: Generator, latents: Tensor, conditions: Tensor) -> np.ndarray:
        device = next(generator.parameters()).device  # while the networks are prepared, not yet that of the training
        pieces = zip(latents.to(device).split(N_FAKED), conditions.to(device).split(N_FAKED), strict=True)
        parts = [generator(*piece).cpu() for piece in pieces]
        return self.scaling.to_physical(torch.cat(parts).numpy())

    def _mean_metrics(self) -> dict[str, float]:
        means = torch.stack(self._since_log).mean(dim=0)
        self._since_log.clear()
        return dict(zip(METRICS, means.tolist(), strict=True))

    def _check_health(self) -> None:
        values = [*self._since_log, *self.generator.parameters(), *self.discriminator.parameters()]
        if not all(value.isfinite().all() for value in values):
            raise TrainingError(
                f"Training broke down near step {self.step:,}: its numbers grew beyond all bounds. What was learned "
                "before is kept; start again with lower learning rates."
            )

    def _adam(self, network: nn.Module, rate: float) -> Adam:
        return Adam(network.parameters(), lr=rate, betas=(0.5, 0.999), fused=True)

    def state_dict(self) -> dict[str, Tensor]:
        """All that training needs to go on, as one flat dictionary of tensors."""
        state = {
            "step": torch.tensor(self.step),
            "design": torch.frombuffer(bytearray(self._design()), dtype=torch.uint8),
        }
        for name, network in self._networks():
            state |= {f"{name}.{key}": value for key, value in network.state_dict().items()}
        for name, optimizer in self.optimizers.items():
            for index, values in optimizer.state_dict()["state"].items():
                state |= {f"{name}.{index}.{key}": value for key, value in values.items()}
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take up a state from `state_dict`. Raises KeyError, RuntimeError or ValueError for other networks'."""
        design = orjson.loads(state["design"].numpy().tobytes())
        n_classes = design["blueprint"].get("n_classes", [])
        if design["network"] != self.network.model_dump(mode="json") or n_classes != self._n_classes:
            raise ValueError("the state is of other networks than the settings")
        if not self.is_prepared:
            with torch.random.fork_rng(devices=[]):
                self._take(rebuilt(self.network, design["blueprint"], self._network_reals()[:N_VIEWED]))
        for name, network in self._networks():
            network.load_state_dict(_below(state, name))
        self._fix_draws()
        for name, optimizer in self.optimizers.items():
            moments: dict[int, dict[str, Tensor]] = {}
            for place, value in _below(state, name).items():
                index, key = place.split(".")
                moments.setdefault(int(index), {})[key] = value.clone()
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.step = int(state["step"])
        self._since_log.clear()

    def _design(self) -> bytes:
        """What the networks are rebuilt from before they get their weights, as JSON."""
        return orjson.dumps({"network": self.network.model_dump(mode="json"), "blueprint": self.generator.blueprint})

    def _networks(self) -> list[tuple[str, nn.Module]]:
        return [
            ("generator", self.generator),
            ("generator_ema", self.generator_ema),
            ("discriminator", self.discriminator),
        ]


def snapshot_steps(n_steps: int) -> frozenset[int]:
    """Steps to take a snapshot at besides those of the evaluations: dense early, when the fakes change fastest.

    They are evenly spaced in √step.
    """
    return frozenset(round(n_steps * (index / (N_SCHEDULED - 1)) ** 2) for index in range(N_SCHEDULED))


def _drawn(generator: Generator, n: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
    """The latents of `n` signals, and conditions as they occur."""
    return generator.draw_latents(n, rng), generator.draw_conditions(n, rng)


METRICS = ("d_loss", "g_loss", "d_accuracy", "d_real", "d_fake")  # in the order of `Trainer._train_step`


def _below(state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The entries under `name.`, without that prefix."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
