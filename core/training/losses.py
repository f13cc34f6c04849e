"""What the two networks minimise, on logits.

The min-max game of Goodfellow et al. 2014, "Generative Adversarial Nets" (arXiv:1406.2661):

    min over G, max over D of   E[log σ(D(x))] + E[log(1 − σ(D(G(z))))]

The generator's half is the paper's non-saturating form (its section 3): maximise log σ(D(G(z))), which has the same
fixed point and a gradient that does not vanish while the discriminator still wins.

The relativistic pairing of Jolicoeur-Martineau 2018 (arXiv:1807.00734) asks only that a real looks more real than a
fake does, so no mode of the reals is worth leaving out; with gradient penalties on reals and fakes it converges where
the min-max game may circle (Huang et al. 2024, "The GAN is dead; long live the GAN!", arXiv:2501.05441):

    D minimises  E[softplus(D(G(z)) − D(x))],   G minimises  E[softplus(D(x) − D(G(z)))]

With −log σ(a) = softplus(−a) and −log(1 − σ(a)) = softplus(a):
"""

from typing import Literal

import torch
from torch import Tensor
from torch.nn.functional import softplus

Loss = Literal["minmax", "relativistic"]


def d_loss(loss: Loss, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What the discriminator minimises; where it can only guess, 2·ln 2 (minmax) or ln 2 (relativistic)."""
    if loss == "minmax":
        return softplus(-real_logits).mean() + softplus(fake_logits).mean()
    return softplus(fake_logits - real_logits).mean()


def g_loss(loss: Loss, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """What the generator minimises; ln 2 ≈ 0.693 where the discriminator can only guess."""
    if loss == "minmax":
        return softplus(-fake_logits).mean()
    return softplus(real_logits - fake_logits).mean()


def gradient_penalty(logits: Tensor, inputs: Tensor) -> Tensor:
    """E‖∂D/∂input‖²: on reals the r1_penalty, on fakes the r2_penalty of Mescheder et al. 2018 (arXiv:1801.04406)."""
    (gradients,) = torch.autograd.grad(logits.sum(), inputs, create_graph=True)
    return gradients.flatten(1).square().sum(1).mean()


@torch.no_grad()
def certainty(loss: Loss, real_logits: Tensor, fake_logits: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """How often the discriminator is right (0.5 is guessing), and how surely it takes reals and fakes for real.

    Only differences of relativistic logits mean anything: each is compared with those of the other kind.
    """
    if loss == "relativistic":
        right = (real_logits > fake_logits).float().mean()
        real_logits, fake_logits = real_logits - fake_logits.mean(), fake_logits - real_logits.mean()
    else:
        right = ((real_logits > 0).float().mean() + (fake_logits <= 0).float().mean()) / 2
    return right, real_logits.sigmoid().mean(), fake_logits.sigmoid().mean()
