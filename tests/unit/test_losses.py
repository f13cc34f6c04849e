import math

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from core.training.losses import d_loss, g_loss

LOGITS = [torch.randn(64, generator=torch.Generator().manual_seed(0)), torch.tensor([-200.0, -30.0, 0.0, 30.0, 200.0])]


@pytest.mark.parametrize("real", LOGITS)
@pytest.mark.parametrize("fake", LOGITS)
def test_the_discriminator_minimises_cross_entropy_of_real_and_fake(real, fake):
    expected = cross_entropy(real, torch.ones_like(real)) + cross_entropy(fake, torch.zeros_like(fake))
    torch.testing.assert_close(d_loss(real, fake), expected)


@pytest.mark.parametrize("fake", LOGITS)
def test_the_generator_minimises_cross_entropy_of_fakes_taken_for_real(fake):
    torch.testing.assert_close(g_loss(fake), cross_entropy(fake, torch.ones_like(fake)))


def test_guessing_costs_ln_2_for_each_question():
    guess = torch.zeros(5)
    assert d_loss(guess, guess).item() == pytest.approx(2 * math.log(2))
    assert g_loss(guess).item() == pytest.approx(math.log(2))


def test_the_generator_learns_even_where_the_discriminator_is_sure():
    fake = torch.full((4,), -50.0, requires_grad=True)
    g_loss(fake).backward()
    torch.testing.assert_close(fake.grad, torch.full((4,), -0.25))
