import io
import os
import pickle
import signal
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch
from safetensors.torch import load, save

from core.errors import RunFileError, RunNotFoundError
from core.generation import surrogate as surrogate_file
from core.generation.surrogate import FILE_NAME, Surrogate
from core.networks import Conditions
from core.networks.article import article_generator
from core.networks.manifold.generators import BlendGenerator, ManifoldGenerator
from core.seeds import BLOCK
from core.signals.scaling import Scaling
from tests.unit.planted import networks_of, sines

NOTHING = Conditions(torch.empty(0, 0), [])


def surrogate_of(config, mean: float = 5.0, std: float = 3.0) -> Surrogate:
    torch.manual_seed(0)
    generator = article_generator(config.network, 1, config.source.n_samples, NOTHING)
    return Surrogate(generator.eval(), Scaling(mean, std), config, step=60, distance=2.5)


@pytest.fixture
def surrogate(tiny_config) -> Surrogate:
    """An untrained one: as good as any to be kept and drawn from."""
    return surrogate_of(tiny_config)


@pytest.fixture
def file(surrogate, tmp_path) -> Path:
    path = tmp_path / FILE_NAME
    path.write_bytes(surrogate.to_bytes())
    return path


def test_a_loaded_surrogate_gives_the_same_signals_bit_for_bit(surrogate, file):
    np.testing.assert_array_equal(Surrogate.load(file).sample(1500, seed=3), surrogate.sample(1500, seed=3))


@pytest.mark.parametrize("kind", [ManifoldGenerator, BlendGenerator])
def test_a_twin_comes_back_from_its_file(manifold_config, tmp_path, kind, few_reals):
    generator = networks_of(manifold_config.network, sines(60, 32, n_channels=2).signals, wanted=kind).generator
    surrogate = Surrogate(generator.eval(), Scaling([5, 6], [3, 4]), manifold_config, step=60, distance=1.1)
    file = tmp_path / FILE_NAME
    file.write_bytes(surrogate.to_bytes())
    loaded = Surrogate.load(file)
    assert isinstance(loaded.generator, kind)
    signals = loaded.sample(600, seed=3)
    assert signals.shape == (600, 2, 32)
    np.testing.assert_array_equal(signals, surrogate.sample(600, seed=3))
    np.testing.assert_array_equal(signals[:7], loaded.sample(7, seed=3))


def test_a_loaded_surrogate_knows_where_it_comes_from(surrogate, file):
    loaded = Surrogate.load(file)
    assert (loaded.config, loaded.step, loaded.distance) == (surrogate.config, 60, 2.5)
    assert loaded.to_bytes() == surrogate.to_bytes()


@pytest.mark.parametrize("kind", [Path, str])
def test_a_run_directory_stands_for_its_surrogate(surrogate, file, kind):
    np.testing.assert_array_equal(Surrogate.load(kind(file.parent)).sample(3), surrogate.sample(3))


def test_signals_are_float32_with_their_channel(surrogate):
    signals = surrogate.sample(5)
    assert signals.shape == (5, 1, 32)
    assert signals.dtype == np.float32


def test_fewer_signals_are_the_first_of_more(surrogate):
    many = surrogate.sample(1500, seed=1)
    for n in (1, 10, BLOCK, BLOCK + 1):
        np.testing.assert_array_equal(surrogate.sample(n, seed=1), many[:n])


def test_a_stream_in_pieces_is_the_sample(surrogate):
    pieces = list(surrogate.stream(2 * BLOCK + 5, seed=1))
    assert [len(piece) for piece in pieces] == [BLOCK, BLOCK, 5]
    np.testing.assert_array_equal(
        np.concatenate([piece.signals for piece in pieces]), surrogate.sample(2 * BLOCK + 5, seed=1)
    )


def test_the_number_of_threads_decides_nothing(surrogate, monkeypatch):
    on_one, on_three = (
        (monkeypatch.setattr(surrogate_file, "N_THREADS", n), surrogate.sample(5 * BLOCK + 3, seed=1))[1]
        for n in (1, 3)
    )
    np.testing.assert_array_equal(on_one, on_three)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no copies of processes there")
def test_a_copy_of_a_process_draws_with_threads_of_its_own(surrogate):
    wanted = surrogate.sample(BLOCK, seed=1)
    child = os.fork()
    if not child:
        signal.alarm(60)  # it would wait for threads that only the first process has
        os._exit(0 if np.array_equal(surrogate.sample(BLOCK, seed=1), wanted) else 1)
    assert os.waitpid(child, 0)[1] == 0


def test_no_more_blocks_are_drawn_than_asked_for_and_few_ahead(surrogate, monkeypatch):
    drawn = []
    draw = surrogate.generator.draw_latents
    monkeypatch.setattr(surrogate.generator, "draw_latents", lambda *parts: (drawn.append(1), draw(*parts))[1])
    surrogate.sample(2 * BLOCK + 1)
    assert len(drawn) == 3
    drawn.clear()
    pieces = surrogate.stream(100 * BLOCK, seed=0)
    next(pieces)
    pieces.close()
    assert len(drawn) <= surrogate_file.N_THREADS + 2


def test_no_signals_are_an_empty_array(surrogate):
    assert surrogate.sample(0).shape == (0, 1, 32)


def test_the_seed_decides_the_signals(surrogate):
    first = surrogate.sample(20, seed=1)
    np.testing.assert_array_equal(surrogate.sample(20, seed=1), first)
    assert not np.array_equal(surrogate.sample(20, seed=2), first)
    assert len(np.unique(first, axis=0)) == 20


def test_the_global_random_state_decides_nothing(surrogate):
    torch.manual_seed(1)
    first = surrogate.sample(5)
    torch.manual_seed(2)
    np.testing.assert_array_equal(surrogate.sample(5), first)


def test_signals_are_in_physical_units(tiny_config):
    bare = surrogate_of(tiny_config, mean=0, std=1).sample(500)
    scaled = surrogate_of(tiny_config, mean=-20, std=7).sample(500)
    np.testing.assert_allclose(scaled, 7 * bare - 20, rtol=1e-5, atol=1e-5)


def test_sampling_leaves_the_generator_ready_to_train(surrogate):
    surrogate.sample(3)
    assert torch.is_grad_enabled()
    assert all(parameter.grad is None for parameter in surrogate.generator.parameters())


@pytest.mark.parametrize("name", ["nowhere", "nowhere/twin.safetensors", "."])
def test_where_there_is_no_surrogate_the_message_says_what_to_do(tmp_path, name):
    with pytest.raises(RunNotFoundError, match=r"no trained twin at .*train one first"):
        Surrogate.load(tmp_path / name)


def header(content: bytes) -> dict:
    """The settings in a surrogate's file."""
    size = int.from_bytes(content[:8], "little")
    return orjson.loads(orjson.loads(content[8 : 8 + size])["__metadata__"]["wavetwin"])


def with_header(content: bytes, **changes) -> bytes:
    return save(load(content), {"wavetwin": orjson.dumps(header(content) | changes).decode()})


def without(content: bytes, tensor: str) -> bytes:
    tensors = load(content)
    del tensors[tensor]
    return save(tensors, {"wavetwin": orjson.dumps(header(content)).decode()})


BREAKAGES = {
    "empty": lambda content: b"",
    "half-written": lambda content: content[: len(content) // 2],
    "cut in its header": lambda content: content[:50],
    "one byte short": lambda content: content[:-1],
    "garbage": lambda content: bytes(range(256)) * 20,
    "weights without settings": lambda content: save(load(content)),
    "settings that are no JSON": lambda content: save(load(content), {"wavetwin": "{"}),
    "settings that are a list": lambda content: save(load(content), {"wavetwin": "[]"}),
    "impossible settings": lambda content: with_header(content, config={"color": "red"}),
    "a missing setting": lambda content: with_header(content, step=None),
    "an unknown blueprint": lambda content: with_header(content, blueprint={"width": 3}),
    "an impossible blueprint": lambda content: with_header(
        content, blueprint=header(content)["blueprint"] | {"sequence_length": 0}
    ),
    "another generator": lambda content: with_header(
        content, blueprint=header(content)["blueprint"] | {"hidden_size": 4}
    ),
    "a missing weight": lambda content: without(content, "generator.dense.bias"),
    "a missing scale": lambda content: without(content, "scaling.std"),
}


@pytest.mark.parametrize("breakage", BREAKAGES)
def test_a_broken_file_is_refused_with_a_sentence(file, breakage):
    file.write_bytes(BREAKAGES[breakage](file.read_bytes()))
    with pytest.raises(RunFileError, match=r"The twin in .* cannot be read: .* is broken; train it again\.") as caught:
        Surrogate.load(file)
    assert str(file.parent) in str(caught.value)


class Trap:
    """Creates a file where it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("dump", [pickle.dump, torch.save])
def test_a_pickled_file_is_refused_and_never_executed(file, tmp_path, dump):
    content = io.BytesIO()
    dump(Trap(tmp_path / "sprung"), content)
    file.write_bytes(content.getvalue())
    with pytest.raises(RunFileError):
        Surrogate.load(file)
    assert not (tmp_path / "sprung").exists()
