"""Cards to test with."""

from core.generation.card import Card, SignalsCard, SourceCard, TrainingCard, VerdictCard
from core.signals.faults import FaultSettings

TRAINING = TrainingCard(
    run="20260101-120000-0000",
    name="Mine",
    preset="quick",
    architecture="manifold",
    seed=0,
    steps=500,
    step=450,
    distance=1.1,
    ended="Classifiers could only guess.",
    sha256="ab" * 32,
)


def card(
    kind: str = "fake",
    faults: FaultSettings | None = None,
    verdict: VerdictCard | None = None,
    source: SourceCard | None = None,
    **signals,
) -> Card:
    """A card of 100 signals of one channel."""
    facts = {"count": 100, "seed": 3, "n_channels": 1, "n_samples": 51, "sampling_rate": 100.0, "start": 0.0} | signals
    return Card.of(
        SignalsCard(kind=kind, faults=faults, **facts), source or SourceCard(kind="simulator"), TRAINING, verdict
    )
