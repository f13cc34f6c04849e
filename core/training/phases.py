"""The parts of a training in their order: the stages of the architecture's initialization, then the adversarial phase."""

from core.networks import ARCHITECTURES, Stage

ADVERSARIAL = "adversarial"


def phases(architecture: str) -> dict[str, Stage]:
    """Keys, which files keep, with titles and meanings for pages."""
    adversarial = Stage(
        "Adversarial training",
        "The discriminator looks for what still gives the fakes away, and the generator corrects it. The best state so far is "
        "kept.",
    )
    return {**ARCHITECTURES[architecture].stages, ADVERSARIAL: adversarial}
