import multiprocessing
import os
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

import numpy as np
import pytest
import torch

from core.config import RunConfig, changed
from core.errors import ConfigError
from core.seeds import Purpose, numpy_rng, torch_rng
from core.store.datasets import open_source
from core.training.group import Group, joined
from core.training.peers import Peers
from core.training.trainer import Trainer, TrainingBatch
from core.training.training import Training
from tests import small
from tests.processes import copies, meeting_point
from tests.small import patch_all
from tests.unit.trainings import assert_same_state, plain, prepared, state_of, training_of

Arrays = dict[str, np.ndarray]
N_STEPS = 3


class Seen(NamedTuple):
    """What a process that trained with another found in itself."""

    gradients: Arrays  # of the first step
    state: Arrays  # after the last one


@pytest.fixture(scope="module")
def slow_config(tiny_config) -> RunConfig:
    """Settings with which the generator's first gradients are those of the first discriminator.

    Adam's first step goes as far along a gradient that is nearly 0, and there nothing but rounding, as along any other.
    """
    return changed(tiny_config, training=tiny_config.training.model_dump() | {"discriminator_rate": 1e-7})


@pytest.fixture(scope="module")
def both(slow_config) -> list[Seen]:
    """What two processes found that trained together."""
    context = copies()
    where, queue = meeting_point(), context.Queue()
    processes = [context.Process(target=train_together, args=(rank, where, slow_config, queue)) for rank in range(2)]
    for process in processes:
        process.start()
    found = dict(queue.get(timeout=300) for _ in processes)
    for process in processes:
        process.join()
    return [found[rank] for rank in range(2)]


def train_together(rank: int, where: dict[str, str], config: RunConfig, queue: multiprocessing.Queue) -> None:
    os.environ |= where
    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch, joined(rank, 2) as group:
        patch_all(patch, small.EVALUATIONS)  # as in the test's own process, where the same signals set the scale
        trainer = Training(config, open_source(config), peers=group).prepared()
        gradients: Arrays = {}
        for _ in range(N_STEPS):
            trainer.take_step()
            gradients = gradients or gradients_of(trainer)
        weights = {**trainer.generator.state_dict(), **trainer.discriminator.state_dict()}
        average = {f"average.{name}": value for name, value in trainer.generator_ema.state_dict().items()}
        queue.put((rank, Seen(gradients, {name: value.numpy() for name, value in (weights | average).items()})))
        if rank:
            assert group.hear() is None


def gradients_of(trainer: Trainer) -> Arrays:
    networks = {"generator": trainer.generator, "discriminator": trainer.discriminator}
    return {
        f"{name}.{key}": parameter.grad.clone().numpy()
        for name, network in networks.items()
        for key, parameter in network.named_parameters()
    }


def test_processes_that_train_together_have_the_same_networks_bit_for_bit(both, slow_config):
    first, second = (seen.state for seen in both)
    assert first.keys() == second.keys()
    assert [name for name in first if first[name].tobytes() != second[name].tobytes()] == []
    start = prepared(slow_config).generator.state_dict()
    assert not np.array_equal(first["dense.weight"], start["dense.weight"])


class Place(Peers):
    """One of two processes, without the other."""

    size = 2

    def __init__(self, rank: int) -> None:
        self.rank = rank


def test_two_processes_learn_as_one_would_from_both_batches(both, slow_config):
    trainer = prepared(slow_config)
    batches = []
    for rank in range(2):
        trainer.peers = Place(rank)
        batches.append(trainer.batch())
    batch = TrainingBatch(*(torch.cat(parts) for parts in zip(*batches, strict=True)))
    assert len(batch.real_views) == 2 * slow_config.training.batch_size
    trainer.update_discriminator(batch)
    trainer.update_generator(batch)
    expected = gradients_of(trainer)
    for seen in both:
        assert seen.gradients.keys() == expected.keys()
        for name, value in seen.gradients.items():
            np.testing.assert_allclose(value, expected[name], atol=1e-3 * np.abs(expected[name]).max(), err_msg=name)


def test_a_process_alone_draws_a_batch_for_each_step(tiny_config):
    trainer = prepared(tiny_config)
    for step in (0, 7):
        trainer.step = step
        latents = trainer.generator.draw_latents(16, torch_rng(0, Purpose.TRAINING_LATENTS, step))
        reals = trainer.source.batch(16, numpy_rng(0, Purpose.TRAINING_REALS, step + 1)).signals
        batch = trainer.batch()
        assert torch.equal(batch.fake_views, trainer.generator(latents).flatten(1))
        views = torch.from_numpy(trainer.evaluator.scaling.to_network(reals)).flatten(1)
        assert torch.equal(batch.real_views, views)


def test_no_two_processes_draw_the_same_batch(tiny_config):
    trainer = prepared(tiny_config)
    drawn = []
    for trainer.step in range(3):
        for rank in range(2):
            trainer.peers = Place(rank)
            batch = trainer.batch()
            drawn += [batch.real_views.detach().numpy().tobytes(), batch.fake_views.detach().numpy().tobytes()]
    assert len(set(drawn)) == len(drawn) == 12


@pytest.fixture
def group_of_one(monkeypatch) -> Iterator[Group]:
    """A group that nobody else joined."""
    for name, value in meeting_point().items():
        monkeypatch.setenv(name, value)
    with joined(0, 1) as group:
        yield group


def test_a_group_of_one_trains_as_a_process_alone_bit_for_bit(tiny_config, group_of_one):
    alone = training_of(tiny_config)
    together = Training(tiny_config, open_source(tiny_config), peers=group_of_one)
    assert [plain(event) for event in together.events()] == [plain(event) for event in alone.events()]
    assert_same_state(state_of(together), state_of(alone))


def test_processes_that_do_not_know_where_to_meet_are_told_what_to_set(monkeypatch):
    monkeypatch.delenv("MASTER_ADDR", raising=False)
    with pytest.raises(ConfigError, match="set MASTER_ADDR to the machine of rank 0"), joined(0, 2):
        pass


def test_processes_that_cannot_meet_say_where(monkeypatch):
    monkeypatch.setattr("core.training.group.MEETING", timedelta(seconds=1))
    where = meeting_point()
    for name, value in where.items():
        monkeypatch.setenv(name, value)
    for rank in range(2):
        with (
            pytest.raises(ConfigError, match=rf"cannot meet at 127\.0\.0\.1, port {where['MASTER_PORT']} \("),
            joined(rank, 2),
        ):
            pass
