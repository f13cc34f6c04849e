import pytest
import torch

from core.seeds import Purpose, numpy_rng, torch_rng

KEYS = [(0, Purpose.REALS, 0), (1, Purpose.REALS, 0), (0, Purpose.TRAINING_REALS, 0), (0, Purpose.REALS, 1)]


def numpy_numbers(seed: int, purpose: Purpose, index: int) -> bytes:
    return numpy_rng(seed, purpose, index).standard_normal(8).tobytes()


def torch_numbers(seed: int, purpose: Purpose, index: int) -> bytes:
    return torch.randn(8, generator=torch_rng(seed, purpose, index)).numpy().tobytes()


@pytest.mark.parametrize("numbers", [numpy_numbers, torch_numbers])
def test_seed_purpose_and_index_decide_the_numbers(numbers):
    assert len({numbers(*key) for key in KEYS}) == len(KEYS)
    assert [numbers(*key) for key in KEYS] == [numbers(*key) for key in KEYS]


def test_the_global_random_states_are_left_alone():
    torch.manual_seed(1)
    before = torch.random.get_rng_state()
    numpy_numbers(0, Purpose.REALS, 0)
    torch_numbers(0, Purpose.REALS, 0)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_purposes_keep_their_numbers_for_ever():
    kept = ["REALS", "TRAINING_REALS", "HELD_OUT_REALS", "WEIGHTS", "TRAINING_LATENTS", "INITIALIZATION"]
    kept += ["SNAPSHOT_LATENTS", "EVALUATION_LATENTS", "SURROGATE_LATENTS", "PROJECTIONS", "CLASSIFIERS"]
    kept += ["FIDELITY_REALS", "CONDITIONS", "TRAINING_CONDITIONS", "DIVISION"]
    assert [Purpose[name] for name in kept] == list(range(len(kept)))
    assert len(set(Purpose)) == len(Purpose.__members__)
