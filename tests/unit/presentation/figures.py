"""What tests of figures share: the figures of a training, and the numbers in a trace."""

import base64

import numpy as np

from core.training.metrics import Metrics

STEPS = list(range(10, 1010, 10))
METRICS = Metrics(
    {
        "d_loss": (STEPS, np.linspace(2, 1, 100).tolist()),
        "g_loss": (STEPS, np.linspace(1, 2, 100).tolist()),
        "d_accuracy": (STEPS, np.linspace(1, 0.5, 100).tolist()),
        "distance": (STEPS, np.linspace(30, 1, 100).tolist()),
        "accuracy": (STEPS, np.linspace(1, 0.5, 100).tolist()),
        "accuracy_low": (STEPS, np.linspace(0.98, 0.48, 100).tolist()),
        "accuracy_high": (STEPS, np.linspace(1, 0.52, 100).tolist()),
    }
)


def unpacked(packed: dict[str, str]) -> np.ndarray:
    return np.frombuffer(base64.b64decode(packed["bdata"]), packed["dtype"])
