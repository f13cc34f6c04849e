"""The adversarial training itself, as a generator of events: no disk, no threads, no screen.

While `Trainer.events()` is suspended its state is whole, so whoever drains it may save it at any event.
Every random number is a function of the seed and the step (core/seeds.py): a resumed run goes on bit for bit.
"""

from collections.abc import Iterator
from copy import deepcopy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.optim import Adam

from core.config import RunConfig
from core.errors import TrainingError
from core.networks import Networks
from core.seeds import Purpose, numpy_rng, torch_rng
from core.signals.source import Source
from core.training.device import pick_device
from core.training.evaluator import Evaluator, drawn
from core.training.events import CheckpointDue, Ended, EvaluationDone, Event, SnapshotTaken, StepLogged
from core.training.losses import certainty, d_loss, g_loss, gradient_penalty
from core.training.peers import ALONE, Peers
from core.training.selection import Selection, StopReason

LOG_EVERY = 10  # steps
N_SCHEDULED = 240  # snapshots besides those of the evaluations


class TrainingBatch(NamedTuple):
    """What one step learns from: the discriminator's views of as many reals as fakes, and their conditions."""

    real_views: Tensor
    real_conditions: Tensor
    fake_views: Tensor
    fake_conditions: Tensor


class DiscriminatorUpdate(NamedTuple):
    """What an update of the discriminator saw before it changed anything."""

    loss: Tensor
    penalty: Tensor  # γ/2 · (r1_penalty + r2_penalty)
    real_logits: Tensor
    fake_logits: Tensor


class Trainer:
    """Trains a generator against a discriminator on the signals of `source`, from step 0.

    Where there are `peers`, this is one of several such trainers, each in a process of its own, with the same networks.
    Raises ConfigError where the device is missing, TrainingError where training diverges, PeerError where peers are gone.
    """

    def __init__(
        self, networks: Networks, source: Source, config: RunConfig, evaluator: Evaluator, peers: Peers = ALONE
    ) -> None:
        self.config = config.training
        self.network = config.network
        self.source = source
        self.evaluator = evaluator
        self.peers = peers
        self.step = 0
        self.selection = Selection()
        self.device = pick_device(self.config.device)
        self.generator = networks.generator.to(self.device)
        self.discriminator = networks.discriminator.to(self.device)
        self.generator_ema = deepcopy(self.generator).requires_grad_(False).eval()
        self.optimizers = {
            "generator_optimizer": self._adam(self.generator, self.config.generator_rate),
            "discriminator_optimizer": self._adam(self.discriminator, self.config.discriminator_rate),
        }
        self._since_log: list[Tensor] = []
        self._snapshot_steps = snapshot_steps(self.config.steps)

    def events(self) -> Iterator[Event]:
        """Train until nothing is left to learn, reporting on the way; step 0 is the generator as it was initialized.

        Where it goes on and no best state is known, the present one is evaluated first.
        """
        if self.step == 0:
            self.selection = Selection()
        if self.selection.begins_at(self.step):
            yield from self._evaluate()
        while self._reason_to_stop() is None:
            with self.peers.step():
                self._since_log.append(self.take_step())
            if self.step == self.config.steps or self.step % self.config.n_eval == 0:
                yield from self._evaluate()
            elif self.step in self._snapshot_steps:
                yield self._snapshot()
            is_last = self._reason_to_stop() is not None
            if is_last or self.step % self.config.checkpoint_every == 0:
                self._check_health()  # a checkpoint must be worth going on from
                yield CheckpointDue(self.step)
            if is_last or self.step % LOG_EVERY == 0:
                self._check_health()
                yield StepLogged(self.step, self._mean_metrics())
        yield Ended(self.step, self._reason_to_stop() or StopReason.LAST_STEP)

    def _reason_to_stop(self) -> StopReason | None:
        if reason := self.selection.reason_to_stop(self.step, self.config.patience):
            return reason
        return StopReason.LAST_STEP if self.step >= self.config.steps else None

    def take_step(self) -> Tensor:
        """One update of each network, on the same fakes; returns the figures of METRICS, of this process's batch."""
        batch = self.batch()
        d = self.update_discriminator(batch)
        g = self.update_generator(batch)
        self.step += 1
        sure = certainty(self.config.loss, d.real_logits, d.fake_logits)
        return torch.stack([d.loss, g, *sure, d.penalty]).detach()

    def batch(self) -> TrainingBatch:
        """What the next step learns from; the same for the same seed and step, and for each of the peers another."""
        rng = torch_rng(self.config.seed, Purpose.TRAINING_LATENTS, self._batch_number)
        latents, conditions = (part.to(self.device) for part in drawn(self.generator, self.config.batch_size, rng))
        fakes = self.generator(latents, conditions)
        reals, real_conditions = self._reals()
        with torch.no_grad():
            real_views = self.discriminator.views(reals)
        return TrainingBatch(real_views, real_conditions, self.discriminator.views(fakes), conditions)

    def update_discriminator(self, batch: TrainingBatch) -> DiscriminatorUpdate:
        """(1) Reals up, fakes down."""
        config = self.config
        real_inputs, fake_inputs = batch.real_views.requires_grad_(), batch.fake_views.detach().requires_grad_()
        real_logits = self.discriminator.judge(real_inputs, batch.real_conditions)
        fake_logits = self.discriminator.judge(fake_inputs, batch.fake_conditions)
        d = d_loss(config.loss, real_logits, fake_logits)
        penalty = d.new_zeros(())
        if config.gamma:
            r1_penalty, r2_penalty = (
                gradient_penalty(real_logits, real_inputs),
                gradient_penalty(fake_logits, fake_inputs),
            )
            gamma = config.gamma * self.discriminator.views.penalty_factor
            penalty = gamma / 2 * (r1_penalty + r2_penalty)
        self._update("discriminator_optimizer", d + penalty)
        return DiscriminatorUpdate(d, penalty, real_logits, fake_logits)

    def update_generator(self, batch: TrainingBatch) -> Tensor:
        """(2) Its fakes up; returns the loss. Whoever steps by hand counts `step` up after it."""
        self.discriminator.requires_grad_(False)
        with torch.no_grad():
            new_real_logits = self.discriminator.judge(batch.real_views, batch.real_conditions)
        new_fake_logits = self.discriminator.judge(batch.fake_views, batch.fake_conditions)
        g = g_loss(self.config.loss, new_real_logits, new_fake_logits)
        self.discriminator.requires_grad_(True)
        self._update("generator_optimizer", g)
        self._update_ema()
        return g

    @property
    def _batch_number(self) -> int:
        """Of the next step's batch: each step takes as many batches as there are processes, one after the other."""
        return self.step * self.peers.size + self.peers.rank

    def _reals(self) -> tuple[Tensor, Tensor]:
        """A batch of reals in network units, and their conditions."""
        # Index 0 is what the scaling and the initialization were learned from.
        rng = numpy_rng(self.config.seed, Purpose.TRAINING_REALS, self._batch_number + 1)
        reals = self.source.batch(self.config.batch_size, rng)
        signals = torch.from_numpy(self.evaluator.scaling.to_network(reals.signals))
        return signals.to(self.device), torch.from_numpy(reals.conditions).to(self.device)

    def _update(self, optimizer: str, loss: Tensor) -> None:
        self.optimizers[optimizer].zero_grad()
        loss.backward()
        self.peers.average(self.optimizers[optimizer].param_groups[0]["params"])
        self.optimizers[optimizer].step()

    @torch.no_grad()
    def _update_ema(self) -> None:
        """Move the average towards the generator; a short memory at first, or it would keep the first weights."""
        decay = min(self.config.ema_decay, (self.step + 1) / (self.step + 10))
        for average, value in zip(self.generator_ema.parameters(), self.generator.parameters(), strict=True):
            average.lerp_(value, 1 - decay)

    def _evaluate(self) -> Iterator[Event]:
        """What the averaged generator makes of the fixed latents, and how that compares with reals."""
        self._check_health()
        yield self._snapshot()
        evaluation = self.evaluator.evaluate(self.generator_ema)
        yield EvaluationDone(self.step, evaluation, self.selection.add(self.step, evaluation))

    def _snapshot(self) -> SnapshotTaken:
        return SnapshotTaken(self.step, self.evaluator.snapshot(self.generator_ema))

    def _mean_metrics(self) -> dict[str, float]:
        means = torch.stack(self._since_log).mean(dim=0)
        self._since_log.clear()
        return dict(zip(METRICS, means.tolist(), strict=True))

    def _check_health(self) -> None:
        values = [*self._since_log, *self.generator.parameters(), *self.discriminator.parameters()]
        if not all(value.isfinite().all() for value in values):
            raise TrainingError(
                f"Training diverged (NaN or infinite values) near step {self.step:,}. What was learned before is kept; "
                "start again with lower learning rates."
            )

    def _adam(self, network: nn.Module, rate: float) -> Adam:
        return Adam(network.parameters(), lr=rate, betas=(0.5, 0.999), fused=True)


def snapshot_steps(n_steps: int) -> frozenset[int]:
    """Steps to take a snapshot at besides those of the evaluations: dense early, when the fakes change fastest.

    They are evenly spaced in √step.
    """
    return frozenset(round(n_steps * (index / (N_SCHEDULED - 1)) ** 2) for index in range(N_SCHEDULED))


METRICS = ("d_loss", "g_loss", "d_accuracy", "d_real", "d_fake", "d_penalty")  # in the order of `Trainer.take_step`
