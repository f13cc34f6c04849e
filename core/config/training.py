"""How the two networks are trained."""

from typing import Literal

from pydantic import Field

from core.config.model import Model

MAX_SEED = 2**31 - 1


class TrainingConfig(Model):
    """How the two networks are trained."""

    steps: int = Field(
        5_000, ge=1, le=10_000_000, description="How many updates each of the two networks gets at most."
    )
    batch_size: int = Field(128, ge=2, le=8192, description="How many real and fake signals one step compares.")
    generator_rate: float = Field(1e-3, gt=0, le=1, description="Learning rate of the generator.")
    discriminator_rate: float = Field(1e-3, gt=0, le=1, description="Learning rate of the discriminator.")
    ema_decay: float = Field(
        0.99,
        ge=0,
        lt=1,
        description="The twin uses an exponential moving average of the generator's weights; closer to 1 averages "
        "over more steps, 0 over none.",
    )
    n_eval: int = Field(
        100, ge=1, le=1_000_000, description="Show new fakes and measure their distance to real every so many steps."
    )
    loss: Literal["minmax", "relativistic"] = Field(
        "minmax",
        description="Adversarial loss: minmax is the original GAN loss; relativistic compares each real signal with a "
        "fake and is more stable.",
    )
    gamma: float = Field(
        0.0,
        ge=0,
        le=1e4,
        description="Strength of the gradient penalty, which keeps the discriminator from changing its mind between signals that "
        "are nearly alike; 0 is none.",
    )
    patience: int = Field(
        0,
        ge=0,
        le=10_000_000,
        description="Stop once the fakes cannot be told from real signals, or after so many steps without a better state; "
        "0 trains to the last step.",
    )
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(
        "auto", description="Where to compute: auto takes a graphics card (cuda, then mps) where there is one."
    )
    checkpoint_every: int = Field(
        500,
        ge=1,
        le=1_000_000,
        description="Save a checkpoint every so many steps, from which the training can resume.",
    )
    seed: int = Field(
        0, ge=0, le=MAX_SEED, description="The same seed and settings give the same twin on the same machine."
    )
