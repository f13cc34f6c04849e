"""The architecture of the presets Quick, Standard and Thorough: see generators.py."""

from core.config import ManifoldConfig
from core.networks.architecture import Architecture, Cost
from core.networks.manifold.generators import manifold_generator
from core.networks.manifold.initialization import STAGES, initialize
from core.networks.manifold.views import manifold_discriminator

MANIFOLD = Architecture(
    title="networks that start from measurements",
    config=ManifoldConfig,
    generator=manifold_generator,
    discriminator=manifold_discriminator,
    initialize=initialize,
    cost=Cost(preparation=4_900, step=5, batch=7, conditions=2),
    stages=STAGES,
    replay_note="Most is learned before step 0, stage by stage; the steps that follow correct what is left.",
)
