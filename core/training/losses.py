"""The min-max game of Goodfellow et al. 2014, "Generative Adversarial Nets" (arXiv:1406.2661), on logits.

    min over G, max over D of   E[log σ(D(x))] + E[log(1 − σ(D(G(z))))]

The generator's half is the paper's non-saturating form (its section 3): maximise log σ(D(G(z))), which has the same
fixed point and a gradient that does not vanish while the discriminator still wins.
With −log σ(a) = softplus(−a) and −log(1 − σ(a)) = softplus(a):
"""

from torch import Tensor
from torch.nn.functional import softplus


def d_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What the discriminator minimises; 2·ln 2 ≈ 1.386 where it can only guess."""
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def g_loss(fake_logits: Tensor) -> Tensor:
    """What the generator minimises; ln 2 ≈ 0.693 where the discriminator can only guess."""
    return softplus(-fake_logits).mean()
