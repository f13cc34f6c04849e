"""Adversarial training, slowly enough to be watched: on a copy that no run ever notices.

A rehearsal goes on training where a run's newest checkpoint stands, or from untrained networks. Between its half-steps it
shows how the networks judge the same few signals, and at which samples the discriminator looked: where a small change
would move its judgement most (the gradient of the logit; Simonyan et al. 2014, "Deep inside convolutional networks",
arXiv:1312.6034).
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import Tensor

from core.config import RunConfig, changed
from core.errors import RunFileError, TrainingError
from core.networks import use_one_thread
from core.seeds import Purpose, torch_rng
from core.store.datasets import open_source
from core.store.run import Run
from core.training.trainer import Trainer, TrainingBatch
from core.training.training import Training

N_SHOWN = 4  # reals, and as many fakes
N_COMPARED = 64  # of the other kind, which a relativistic discriminator compares each signal with


class Half(StrEnum):
    """Who learns in a half of a step."""

    DISCRIMINATOR = "discriminator"
    GENERATOR = "generator"


@dataclass(frozen=True)
class Judged:
    """Signals (n, n_channels, n_samples) in physical units, and how the discriminator judges them.

    scores: (n,), how sure it is that each is real, 0 to 1. where: (n, n_channels, n_samples), the size of the gradient of
    its logit with respect to the signal in network units.
    """

    signals: np.ndarray
    scores: np.ndarray
    where: np.ndarray


@dataclass(frozen=True)
class Observation:
    """What both networks make of some signals: fakes, their latents (n, latent_dim), and held-out reals."""

    latents: np.ndarray
    fakes: Judged
    reals: Judged


class Rehearsal:
    """A training that continues step by step, in memory only."""

    def __init__(self, trainer: Trainer) -> None:
        self.config = trainer.config
        self.began_at = trainer.step
        self._trainer = trainer
        self._batch: TrainingBatch | None = None  # while the generator's half is still to come
        generator, seed = trainer.generator, trainer.config.seed
        held_out = trainer.source.held_out(N_COMPARED, seed)
        self._reals = torch.from_numpy(trainer.evaluator.scaling.to_network(held_out.signals))
        self._known = torch.from_numpy(held_out.conditions)
        rng = torch_rng(seed, Purpose.SNAPSHOT_LATENTS)
        self._latents = generator.draw_latents(N_COMPARED, rng)
        self._asked = generator.draw_conditions(N_COMPARED, rng)

    @classmethod
    def of(cls, run: Run) -> Self | None:
        """From the newest checkpoint of a run, which is only read; None where it has none yet.

        Raises RunFileError where its checkpoints cannot be read, DataSetError where its data set is gone.
        """
        state = run.checkpoints.load()
        if state is None:
            return None
        try:
            trainer = _training(run.config, run.data_dir, state).prepared()
        except (KeyError, RuntimeError, ValueError) as error:
            raise RunFileError(
                f"The checkpoint of run “{run.name}” does not fit its settings, so its networks cannot be shown."
            ) from error
        return cls(trainer)

    @classmethod
    def fresh(cls, config: RunConfig, data_dir: Path | None = None) -> Self:
        """From the networks before their first step; those of the article are there at once.

        Raises ConfigError where the source has nothing to learn, DataSetError where its data set is gone.
        """
        return cls(_training(config, data_dir).prepared())

    @property
    def step(self) -> int:
        """How many steps both networks have taken."""
        return self._trainer.step

    def half_step(self) -> Half:
        """One network's update, the discriminator's first; returns whose it was. Raises TrainingError.

        Two of them are a step: the same, bit for bit, that the run would take.
        """
        if self._batch is None:
            batch = self._trainer.batch()
            loss = self._trainer.update_discriminator(batch).loss
            self._batch, half = batch, Half.DISCRIMINATOR
        else:
            loss = self._trainer.update_generator(self._batch)
            self._trainer.step += 1
            self._batch, half = None, Half.GENERATOR
        if not loss.isfinite():
            raise TrainingError("The training diverged (NaN or infinite values). Start again.")
        return half

    def whole_step(self) -> None:
        """To the end of the generator's next half."""
        while self.half_step() is not Half.GENERATOR:
            pass

    def observe(self) -> Observation:
        """The same few latents and reals, seen by the networks as they are now."""
        with torch.no_grad():
            fakes = self._trainer.generator(self._latents, self._asked)
        real_logits, real_where = self._judge(self._reals, self._known)
        fake_logits, fake_where = self._judge(fakes, self._asked)
        # As core.training.losses.certainty: relativistic logits only mean something beside those of the other kind.
        beside = (fake_logits.mean(), real_logits.mean()) if self.config.loss == "relativistic" else (0, 0)
        return Observation(
            self._latents[:N_SHOWN].numpy(),
            self._judged(fakes, (fake_logits - beside[1]).sigmoid(), fake_where),
            self._judged(self._reals, (real_logits - beside[0]).sigmoid(), real_where),
        )

    def _judge(self, signals: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n,) of signals in network units, and the size of their gradients."""
        inputs = signals.detach().requires_grad_()
        logits = self._trainer.discriminator(inputs, conditions)
        (gradients,) = torch.autograd.grad(logits.sum(), inputs)
        return logits.detach(), gradients.abs()

    def _judged(self, signals: Tensor, scores: Tensor, where: Tensor) -> Judged:
        shown = self._trainer.evaluator.scaling.to_physical(signals[:N_SHOWN].numpy())
        return Judged(shown, scores[:N_SHOWN].numpy(), where[:N_SHOWN].numpy())


def _training(config: RunConfig, data_dir: Path | None, state: dict[str, Tensor] | None = None) -> Training:
    """A training on the processor, whatever the run is trained on: a step is small, and its copy must be no burden."""
    use_one_thread()
    training = config.training.model_dump() | {"device": "cpu"}
    return Training(changed(config, training=training), open_source(config, data_dir), state)
