"""How well one can tell which signals a twin was trained on, by how near its fakes come to them.

The distance attack on published fakes (Chen et al. 2020, "GAN-Leaks: a taxonomy of membership inference attacks against
generative models", arXiv:1909.03935): a signal that a fake comes near is taken for one of the training's.
"""

import numpy as np
from scipy.stats import mannwhitneyu

from core.fidelity.measure import Group, Measure
from core.fidelity.measures.neighbours import nearest_distances


def membership_auc(training: np.ndarray, fresh: np.ndarray, fake: np.ndarray) -> float:
    """The chance that a fake comes nearer to a training signal than to a fresh real: 0.5 tells nothing, 1 everything.

    All are (n, n_channels, n_samples), each channel counted in deviations of the training signals. It is the area under the
    ROC curve of the attack, and grows with the number of fakes.
    """
    mean = training.mean(axis=(0, 2), keepdims=True, dtype=np.float64)
    std = np.maximum(training.std(axis=(0, 2), keepdims=True, dtype=np.float64), 1e-30)
    training, fresh, fake = (((signals - mean) / std).astype(np.float32) for signals in (training, fresh, fake))
    n = min(len(training), len(fresh))
    members, others = (nearest_distances(signals[:n], fake) for signals in (training, fresh))
    # The statistic counts the pairs in which the other one is farther, ties half.
    return float(mannwhitneyu(others, members).statistic / n**2)


MEMBERSHIP = Measure(
    key="membership",
    title="Membership",
    definition="how often the fakes come closer to a training signal than to a fresh real: 50 % tells nothing about who was in "
    "the training (AUC of the distance attack)",
    source="Chen et al. 2020",
    group=Group.DIVERSITY,
    compute=lambda c: membership_auc(c.training, c.real.signals, c.other.signals),
    good=0.1,
    fair=0.25,
    n_signals=200,  # of which chance moves the difference from the floor by 0.04; small sets are those that can be told
    meaning="Given a training signal and a fresh real, somebody who has the fakes picks the training signal {value} of the time; "
    "with other reals in place of the fakes, {floor}. Guessing is right 50 % of the time.",
    fault="gives away which signals it was trained on",
    advice="Do not share this twin or its fakes if it must stay secret whose signals it was trained on. With more training "
    "signals, each one is harder to identify.",
    form="percent",
    cost=4.0,
)
