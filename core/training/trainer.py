"""The training itself, as a generator of events: no disk, no threads, no screen.

While `Trainer.events()` is suspended its state is whole, so whoever drains it may call `state_dict()` at any event.
Every random number is a function of the seed and the step (core/seeds.py): a resumed run goes on bit for bit.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Adam

from core.config import RunConfig
from core.errors import TrainingError
from core.fidelity.distance import DistanceToReal
from core.networks import build
from core.seeds import Purpose, numpy_rng, torch_rng
from core.signals import Scaling, Source
from core.training.events import CheckpointDue, EvaluationDone, Event, SnapshotTaken, StepLogged
from core.training.losses import d_loss, g_loss

LOG_EVERY = 10  # steps
N_SNAPSHOT = 64  # fixed latents, and as many fixed reals to show beside them
N_EVALUATION = 512  # fakes per evaluation
N_SCALING = 4096  # reals that the scaling is learned from


class Trainer:
    """Trains one generator against one discriminator on the signals of `source`.

    Raises ConfigError where the source has nothing to learn, TrainingError where a loss stops being a number.
    """

    def __init__(self, config: RunConfig, source: Source) -> None:
        self.config = config.training
        self.source = source
        self.step = 0
        seed = self.config.seed
        reals = source.batch(N_SCALING, numpy_rng(seed, Purpose.TRAINING_REALS))
        self.scaling = Scaling.fit(reals)
        self.generator, self.discriminator = build(
            config.network, torch.from_numpy(self.scaling.to_network(reals)), seed
        )
        self.generator_ema = deepcopy(self.generator).requires_grad_(False).eval()
        self.optimizers = {
            "generator_optimizer": self._adam(self.generator, self.config.generator_rate),
            "discriminator_optimizer": self._adam(self.discriminator, self.config.discriminator_rate),
        }
        held_out = source.held_out(N_SNAPSHOT + 2 * N_EVALUATION, seed)
        self.shown_reals, evaluation_reals = held_out[:N_SNAPSHOT], held_out[N_SNAPSHOT:]
        self._distance = DistanceToReal(evaluation_reals, seed)
        self._snapshot_latents = self._latents(N_SNAPSHOT, Purpose.SNAPSHOT_LATENTS, 0)
        self._evaluation_latents = self._latents(self._distance.n_signals, Purpose.EVALUATION_LATENTS, 0)
        self._since_log: list[Tensor] = []

    def events(self) -> Iterator[Event]:
        """Train to the last step, reporting on the way; the first snapshot is of the untrained generator."""
        if self.step == 0:
            yield from self._look()
        while self.step < self.config.steps:
            self._since_log.append(self._train_step())
            self.step += 1
            last = self.step == self.config.steps
            if last or self.step % self.config.n_eval == 0:
                yield from self._look()
            if last or self.step % self.config.checkpoint_every == 0:
                self._check_health()  # a checkpoint must be worth going on from
                yield CheckpointDue(self.step)
            if last or self.step % LOG_EVERY == 0:
                self._check_health()
                yield StepLogged(self.step, self._mean_metrics())

    def _train_step(self) -> Tensor:
        """One update of each network; returns the figures of METRICS."""
        size = self.config.batch_size
        reals = self._reals()

        # (1) Update the discriminator: reals up, fakes down.
        with torch.no_grad():
            fakes = self.generator(self._latents(size, Purpose.DISCRIMINATOR_LATENTS, self.step))
        real_logits, fake_logits = self.discriminator(reals), self.discriminator(fakes)
        d = d_loss(real_logits, fake_logits)
        self._update("discriminator_optimizer", d)

        # (2) Update the generator: its fakes up.
        self.discriminator.requires_grad_(False)
        fakes = self.generator(self._latents(size, Purpose.GENERATOR_LATENTS, self.step))
        g = g_loss(self.discriminator(fakes))
        self.discriminator.requires_grad_(True)
        self._update("generator_optimizer", g)
        self._update_ema()

        with torch.no_grad():
            right = ((real_logits > 0).float().mean() + (fake_logits <= 0).float().mean()) / 2
            return torch.stack([d, g, right, real_logits.sigmoid().mean(), fake_logits.sigmoid().mean()])

    def _reals(self) -> Tensor:
        # Index 0 is what the scaling was learned from.
        rng = numpy_rng(self.config.seed, Purpose.TRAINING_REALS, self.step + 1)
        reals = self.source.batch(self.config.batch_size, rng)
        return torch.from_numpy(self.scaling.to_network(reals))

    def _latents(self, n: int, purpose: Purpose, index: int) -> Tensor:
        return self.generator.draw_latents(n, torch_rng(self.config.seed, purpose, index))

    def _update(self, optimizer: str, loss: Tensor) -> None:
        self.optimizers[optimizer].zero_grad()
        loss.backward()
        self.optimizers[optimizer].step()

    @torch.no_grad()
    def _update_ema(self) -> None:
        """Move the average towards the generator; a short memory at first, or it would keep the first weights."""
        decay = min(self.config.ema_decay, (self.step + 1) / (self.step + 10))
        pairs = zip(self.generator_ema.state_dict().values(), self.generator.state_dict().values(), strict=True)
        for average, value in pairs:
            if average.is_floating_point():
                average.lerp_(value, 1 - decay)
            else:
                average.copy_(value)

    def _look(self) -> Iterator[Event]:
        """What the averaged generator makes of the fixed latents, and how far from real that is."""
        yield SnapshotTaken(self.step, self._fakes(self._snapshot_latents))
        yield EvaluationDone(self.step, self._distance(self._fakes(self._evaluation_latents)))

    @torch.no_grad()
    def _fakes(self, latents: Tensor) -> np.ndarray:
        return self.scaling.to_physical(self.generator_ema(latents).numpy())

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
        state = {"step": torch.tensor(self.step)}
        for name, network in self._networks():
            state |= {f"{name}.{key}": value for key, value in network.state_dict().items()}
        for name, optimizer in self.optimizers.items():
            for index, values in optimizer.state_dict()["state"].items():
                state |= {f"{name}.{index}.{key}": value for key, value in values.items()}
        return state

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take up a state from `state_dict`. Raises KeyError or RuntimeError where it is of other networks."""
        for name, network in self._networks():
            network.load_state_dict(_below(state, name))
        for name, optimizer in self.optimizers.items():
            moments: dict[int, dict[str, Tensor]] = {}
            for place, value in _below(state, name).items():
                index, key = place.split(".")
                moments.setdefault(int(index), {})[key] = value.clone()
            groups = optimizer.state_dict()["param_groups"]
            optimizer.load_state_dict({"state": moments, "param_groups": groups})
        self.step = int(state["step"])
        self._since_log.clear()

    def _networks(self) -> list[tuple[str, nn.Module]]:
        return [
            ("generator", self.generator),
            ("generator_ema", self.generator_ema),
            ("discriminator", self.discriminator),
        ]


METRICS = ("d_loss", "g_loss", "d_accuracy", "d_real", "d_fake")  # in the order of `Trainer._train_step`


def _below(state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The entries under `name.`, without that prefix."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
