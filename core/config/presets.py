"""Networks and training settings that go together."""

from dataclasses import dataclass

from core.config.networks import ArticleConfig, ManifoldConfig, NetworkConfig
from core.config.training import TrainingConfig


@dataclass(frozen=True)
class Preset:
    """Networks and training settings that go together, under a name."""

    title: str
    summary: str
    network: NetworkConfig
    training: TrainingConfig


def _manifold_training(steps: int, n_eval: int, patience: int) -> TrainingConfig:
    return TrainingConfig(
        steps=steps,
        batch_size=128,
        generator_rate=1e-3,
        discriminator_rate=1e-3,
        ema_decay=0.995,
        n_eval=n_eval,
        loss="relativistic",
        gamma=3.0,
        patience=patience,
    )


PRESETS: dict[str, Preset] = {
    "standard": Preset(
        title="Standard",
        summary="A faithful twin in minutes. It first measures which shapes your signals have, how often each occurs, and "
        "what their noise is like. Then generator and discriminator train against each other until classifiers cannot tell "
        "the fakes apart from real signals, or the fakes stop improving. Start here.",
        network=ManifoldConfig(),
        training=_manifold_training(steps=2_000, n_eval=100, patience=500),
    ),
    "quick": Preset(
        title="Quick",
        summary="The same twin with fewer adversarial steps. Good for trying things out.",
        network=ManifoldConfig(),
        training=_manifold_training(steps=500, n_eval=50, patience=200),
    ),
    "thorough": Preset(
        title="Thorough",
        summary="The same twin with more adversarial steps and more patience, for results that you will rely on.",
        network=ManifoldConfig(),
        training=_manifold_training(steps=6_000, n_eval=200, patience=2_000),
    ),
    "article": Preset(
        title="Article",
        summary="The networks of the article that Wavetwin grew from: an LSTM reads 3 random numbers, and a dense layer turns "
        "them into 300 samples. They show how a GAN learns and serve as a baseline, not as a tool: three numbers cannot "
        "hold fresh noise for 300 samples, so the fakes stay too smooth or too alike.",
        network=ArticleConfig(),
        training=TrainingConfig(),
    ),
}
