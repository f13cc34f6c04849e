import math

import pytest
import torch
from torch import Tensor, nn
from torch.autograd import gradcheck
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy

from core.training.losses import certainty, d_loss, g_loss, gradient_penalty

LOSSES = ["minmax", "relativistic"]
LOGITS = [torch.randn(64, generator=torch.Generator().manual_seed(0)), torch.tensor([-200.0, -30.0, 0.0, 30.0, 200.0])]
PAIRS = [(LOGITS[0], LOGITS[0].flip(0)), (LOGITS[1], LOGITS[1]), (LOGITS[1], LOGITS[1].roll(2))]


def doubles(*shape: int, seed: int = 0) -> Tensor:
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=rng, dtype=torch.float64, requires_grad=True)


# The min-max game


@pytest.mark.parametrize("real", LOGITS)
@pytest.mark.parametrize("fake", LOGITS)
def test_the_discriminator_minimises_cross_entropy_of_real_and_fake(real, fake):
    expected = cross_entropy(real, torch.ones_like(real)) + cross_entropy(fake, torch.zeros_like(fake))
    torch.testing.assert_close(d_loss("minmax", real, fake), expected)


@pytest.mark.parametrize("real", LOGITS)
@pytest.mark.parametrize("fake", LOGITS)
def test_the_generator_minimises_cross_entropy_of_fakes_taken_for_real(real, fake):
    torch.testing.assert_close(g_loss("minmax", real, fake), cross_entropy(fake, torch.ones_like(fake)))


def test_guessing_costs_ln_2_for_each_question():
    guess = torch.zeros(5)
    assert d_loss("minmax", guess, guess).item() == pytest.approx(2 * math.log(2))
    assert g_loss("minmax", guess, guess).item() == pytest.approx(math.log(2))


def test_the_generator_learns_even_where_the_discriminator_is_sure():
    fake = torch.full((4,), -50.0, requires_grad=True)
    g_loss("minmax", torch.zeros(4), fake).backward()
    torch.testing.assert_close(fake.grad, torch.full((4,), -0.25))


# The relativistic pairing


def test_relativistic_losses_are_those_worked_out_by_hand():
    real, fake = torch.tensor([2.0, -1.0]), torch.tensor([0.5, 1.0])
    by_hand = (math.log(1 + math.exp(0.5 - 2)) + math.log(1 + math.exp(1 + 1))) / 2
    assert d_loss("relativistic", real, fake).item() == pytest.approx(by_hand)
    by_hand = (math.log(1 + math.exp(2 - 0.5)) + math.log(1 + math.exp(-1 - 1))) / 2
    assert g_loss("relativistic", real, fake).item() == pytest.approx(by_hand)


@pytest.mark.parametrize(("real", "fake"), PAIRS)
def test_the_relativistic_question_is_which_of_two_is_real(real, fake):
    ones = torch.ones_like(real)
    torch.testing.assert_close(d_loss("relativistic", real, fake), cross_entropy(real - fake, ones))
    torch.testing.assert_close(g_loss("relativistic", real, fake), cross_entropy(fake - real, ones))


@pytest.mark.parametrize("level", [0.0, -3.0, 100.0])
def test_guessing_costs_ln_2_at_any_level_of_the_logits(level):
    guess = torch.full((5,), level)
    assert d_loss("relativistic", guess, guess).item() == pytest.approx(math.log(2))
    assert g_loss("relativistic", guess, guess).item() == pytest.approx(math.log(2))


def test_the_generator_learns_from_every_pair_it_loses_by_far():
    fake = torch.full((4,), -50.0, requires_grad=True)
    g_loss("relativistic", torch.full((4,), 50.0), fake).backward()
    torch.testing.assert_close(fake.grad, torch.full((4,), -0.25))


# Gradients


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("function", [d_loss, g_loss])
def test_gradients_of_the_losses_are_finite_differences(function, loss):
    assert gradcheck(lambda real, fake: function(loss, real, fake), (doubles(6, seed=1), doubles(6, seed=2)))


class Smooth(nn.Module):
    """A discriminator in double precision, with second derivatives."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.layers = nn.Sequential(nn.Flatten(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1)).double()

    def forward(self, signals: Tensor) -> Tensor:
        return self.layers(signals)[:, 0]


def test_the_penalty_is_the_mean_squared_slope():
    judge, signals = Smooth(), doubles(3, 2, 3)
    slopes = []
    for index in range(6):
        step = torch.zeros(6, dtype=torch.float64)
        step[index] = 1e-6
        step = step.reshape(2, 3)
        slopes.append((judge(signals + step) - judge(signals - step)) / 2e-6)
    expected = torch.stack(slopes).square().sum(0).mean()
    torch.testing.assert_close(gradient_penalty(judge(signals), signals), expected, rtol=1e-6, atol=0)


def test_the_penalty_of_a_linear_discriminator_is_its_squared_weights():
    weights, signals = torch.tensor([[1.0, -2.0, 0.5]]), torch.randn(7, 3, requires_grad=True)
    assert gradient_penalty((signals @ weights.T)[:, 0], signals).item() == pytest.approx(1 + 4 + 0.25)


def test_gradients_of_the_penalty_are_finite_differences():
    judge = Smooth()
    weights = tuple(parameter.detach().requires_grad_() for parameter in judge.parameters())
    names = [name for name, _ in judge.named_parameters()]

    def penalty(signals: Tensor, *values: Tensor) -> Tensor:
        logits = torch.func.functional_call(judge, dict(zip(names, values, strict=True)), (signals,))
        return gradient_penalty(logits, signals)

    assert gradcheck(penalty, (doubles(3, 2, 3), *weights))


# Certainty


@pytest.mark.parametrize(
    ("real", "fake", "right"),
    [
        ([1.0, 2.0], [-1.0, -3.0], 1.0),
        ([-1.0, -2.0], [1.0, 3.0], 0.0),
        ([1.0, -1.0], [1.0, -1.0], 0.5),
        ([3.0, 1.0, 2.0, 1.0], [2.0, 4.0, 1.0, -1.0], 0.625),
    ],
)
def test_the_discriminator_is_right_where_reals_are_positive_and_fakes_are_not(real, fake, right):
    assert certainty("minmax", torch.tensor(real), torch.tensor(fake))[0].item() == pytest.approx(right)


@pytest.mark.parametrize(
    ("real", "fake", "right"),
    [
        ([1.0, 2.0], [-1.0, -3.0], 1.0),
        ([1.0, 2.0], [3.0, 4.0], 0.0),
        ([3.0, 1.0, 2.0, 1.0], [2.0, 4.0, 1.0, -1.0], 0.75),
    ],
)
def test_the_relativistic_discriminator_is_right_where_a_real_beats_its_fake(real, fake, right):
    assert certainty("relativistic", torch.tensor(real), torch.tensor(fake))[0].item() == pytest.approx(right)


def test_certainty_is_the_mean_probability_of_being_real():
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([-2.0, 0.0])
    _, on_reals, on_fakes = certainty("minmax", real, fake)
    assert on_reals.item() == pytest.approx((0.5 + 1 / (1 + math.exp(-2))) / 2)
    assert on_fakes.item() == pytest.approx((0.5 + 1 / (1 + math.exp(2))) / 2)


def test_relativistic_certainty_does_not_depend_on_the_level_of_the_logits():
    real, fake = torch.tensor([0.0, 2.0]), torch.tensor([-2.0, 0.0])
    _, on_reals, on_fakes = certainty("relativistic", real, fake)
    assert on_reals.item() == pytest.approx((1 / (1 + math.exp(-1)) + 1 / (1 + math.exp(-3))) / 2)
    assert on_fakes.item() == pytest.approx((1 / (1 + math.exp(3)) + 1 / (1 + math.exp(1))) / 2)
    for first, second in zip(
        certainty("relativistic", real, fake), certainty("relativistic", real + 9, fake + 9), strict=True
    ):
        torch.testing.assert_close(first, second)


@pytest.mark.parametrize("loss", LOSSES)
def test_certainty_is_only_looked_at(loss):
    figures = certainty(loss, doubles(4, seed=1), doubles(4, seed=2))
    assert not any(figure.requires_grad for figure in figures)
