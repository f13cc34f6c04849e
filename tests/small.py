"""Constants with which trainings and reports take little time; what they make is poorer, and as whole."""

import pytest

EVALUATIONS = {  # they see little
    "core.signals.training_set.N_REALS": 2048,
    "core.training.evaluator.N_EVALUATION": 256,
    "core.training.evaluator.N_LEARNED": 256,
    "core.training.evaluator.N_TESTED": 256,
    "core.training.judge.N_LEARNED": 256,
    "core.training.judge.N_TESTED": 256,
    "core.training.judge.N_KERNELS": 16,
    "core.training.judge.N_TREES": 5,
    "core.training.judge.MAX_DESCRIBED": 6,
}
INITIALIZATIONS = {  # so few reals, and so little care, that one takes a tenth of a second
    "core.signals.training_set.N_REALS": 300,
    "core.networks.manifold.principal_manifold.N_NODES": 512,
    "core.networks.manifold.shapes.MAX_ROUNDS": 4,
    "core.networks.manifold.calibration.CALIBRATIONS": 2,
    "core.networks.manifold.latents.N_CALIBRATION": 500,
    "core.networks.manifold.latents.MAX_ANCHORS": 512,
    "core.networks.manifold.latents.MAX_ALIGNED": 256,
}


def patch_all(patch: pytest.MonkeyPatch, constants: dict[str, int]) -> None:
    """Set constants, each under its dotted name."""
    for name, value in constants.items():
        patch.setattr(name, value)
