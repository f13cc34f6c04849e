import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import onnxruntime
import pytest
import torch
from torch import nn

from core.config import Column, RecordingsConfig, RunConfig
from core.errors import WavetwinError
from core.generation.card import Card, SignalsCard, SourceCard
from core.generation.conditions import fulfil, parse_conditions
from core.generation.portable import draw as page
from core.generation.portable import graph
from core.generation.portable.archive import TOLERANCE, Agreement, archive
from core.generation.surrogate import Surrogate
from core.networks import Conditions, Generator
from core.networks.article import article_generator
from core.networks.manifold.generators import BlendGenerator, CorrectedGenerator, ManifoldGenerator
from core.seeds import BLOCK, Purpose, numpy_rng, torch_rng
from core.signals.batch import collect
from core.signals.scaling import Scaling
from core.signals.value_limits import ChannelLimits, ValueLimits
from tests import dense
from tests.unit.planted import networks_of, sines

COLUMNS = (Column(name="gain", minimum=0.5, maximum=2), Column(name="speed", classes=("slow", "fast")))
NONE = Conditions(torch.empty(0, 0), [])
N = 1000
pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("few_reals_throughout")]  # what networks learn is of no account


def known(n: int, **law) -> tuple[torch.Tensor, Conditions]:
    """Sines, and the conditions of COLUMNS that they have."""
    drawn = sines(n, 32, **law)
    return drawn.signals, Conditions(torch.stack([drawn.gain, (drawn.cycles > 1.5).float()], 1), [0, 2])


def awake(generator: Generator) -> Generator:
    """With a network of corrections that does something."""
    assert isinstance(generator, CorrectedGenerator)
    nn.init.normal_(generator.network.last.weight, std=0.1, generator=torch.Generator().manual_seed(3))
    return generator.eval()


def article(config) -> Surrogate:
    """The article's, whose values are rounded in one channel and rest at a bound in the other."""
    torch.manual_seed(0)
    generator = article_generator(config.network, 2, 32, NONE)
    levels = np.arange(-2, 12, 0.05, dtype=np.float32)
    limits = [ChannelLimits(-np.inf, np.inf, 0, 0, levels), ChannelLimits(4.9, np.inf, 0.1, 0, levels[:0])]
    return Surrogate(generator.eval(), Scaling([5, 5], [3, 4], ValueLimits(limits)), config, 60, 2.5)


def coloured(config) -> Surrogate:
    """A manifold in coloured noise with a distribution of its own, loud now and then, in two channels."""
    reals = sines(300, 32, 2, phase=(0, 1), noise=0).signals
    generator = networks_of(config.network, reals, wanted=ManifoldGenerator).generator
    other = ManifoldGenerator(**generator.blueprint | {"n_frequencies": 33, "n_courses": 7})
    state = other.state_dict() | generator.state_dict()
    state["courses"] = torch.linspace(-1, 1, state["courses"].numel()).view_as(state["courses"])
    state["noise.response"] = torch.linspace(0.3, 0.01, 66).reshape(2, 33)
    state["noise.law"] = torch.linspace(-4.5, 4.5, 257).sinh() / 10
    other.load_state_dict(state)
    return Surrogate(awake(other), Scaling([5, 6], [3, 4]), config, 60, 1.1)


def conditional(config, kind: type[Generator]) -> Surrogate:
    """Asked for a number and a class; of recordings in millivolts."""
    reals, conditions = known(600)
    recordings = RecordingsConfig(
        dataset="0" * 16,
        name="Sines",
        n_signals=600,
        n_recordings=600,
        n_channels=1,
        n_samples=32,
        sampling_rate=100,
        unit="mV",
        columns=COLUMNS,
    )
    config = RunConfig(
        source=recordings, network=config.network, training=config.training, conditions=("gain", "speed")
    )
    generator = networks_of(config.network, reals, wanted=kind, conditions=conditions).generator
    return Surrogate(awake(generator), Scaling([5], [3]), config, 60, 1.1)


def shifted(config) -> Surrogate:
    """A blend of signals that are shifted towards each other, of two channels."""
    torch.manual_seed(0)
    generator = BlendGenerator(
        n_channels=2, n_samples=32, n_coefficients=5, n_anchors=40, k=4, width=8, spread=0.5, reach=6
    )
    blend = generator.blend
    blend.anchors, generator.basis = torch.randn(40, 64), torch.randn(64, 5) / 8
    blend.neighbours, blend.shifts = torch.randint(0, 40, (40, 4)), torch.randint(-6, 7, (40, 4))
    return Surrogate(awake(generator), Scaling([5, 6], [3, 4]), config, 60, 1.1)


def separate(config) -> Surrogate:
    """Blends of two channels that have nothing to do with each other."""
    torch.manual_seed(0)
    generator = BlendGenerator(
        n_channels=2, n_samples=32, n_coefficients=5, n_anchors=40, k=4, width=8, spread=0.5, groups=[[1], [0]]
    )
    generator.basis = torch.randn(64, 5) / 8
    for blend, _ in generator.blends():
        blend.anchors, blend.neighbours = torch.randn(40, 32), torch.randint(0, 40, (40, 4))
    return Surrogate(awake(generator), Scaling([5, 6], [3, 4]), config, 60, 1.1)


def third(config) -> Surrogate:
    generator = dense.DenseGenerator(7, 1, 32)
    return Surrogate(generator.eval(), Scaling([5], [3]), config, 60, 1.1)


class Carried(NamedTuple):
    twin: Surrogate
    folder: Path  # what its archive holds


@pytest.fixture(scope="module")
def carried(tmp_path_factory, tiny_config, manifold_config) -> Callable[[str], Carried]:
    """Twins of all kinds and their archives, each made when it is first asked for."""
    make = {
        "article": lambda: article(tiny_config),
        "coloured": lambda: coloured(manifold_config),
        "manifold": lambda: conditional(manifold_config, ManifoldGenerator),
        "blend": lambda: conditional(manifold_config, BlendGenerator),
        "shifted": lambda: shifted(manifold_config),
        "separate": lambda: separate(manifold_config),
        "dense": lambda: third(tiny_config),
    }

    @cache
    def carry(name: str) -> Carried:
        twin, folder = make[name](), tmp_path_factory.mktemp(name)
        content = archive(twin, card_of(twin))
        zipfile.ZipFile(io.BytesIO(content)).extractall(folder)
        return Carried(twin, folder)

    return carry


def card_of(twin: Surrogate) -> Card:
    source = twin.config.source
    shape = {"n_channels": source.n_channels, "n_samples": source.n_samples, "sampling_rate": None, "start": 0}
    signals = SignalsCard(kind="fake", count=N, seed=0, **shape)
    return Card.of(signals, SourceCard(kind=source.kind), None, None)


# The same signals


@pytest.mark.parametrize("name", ["coloured", "shifted", "separate", "dense"])
def test_the_same_seed_gives_the_same_signals(name, carried):
    twin, folder = carried(name)
    signals, conditions = page.draw(N, seed=5, folder=folder)
    own = twin.sample(N, seed=5)
    assert signals.dtype == np.float32
    assert Agreement.of(own, signals).n_apart == 0
    assert conditions.shape == (N, 0)


def test_values_are_limited_as_those_of_the_reals(carried):
    twin, folder = carried("article")
    signals, _ = page.draw(N, seed=5, folder=folder)
    own, levels = twin.sample(N, seed=5), twin.scaling.limits.channels[0].levels
    assert np.isin(signals[:, 0], levels).all()
    assert signals[:, 1].min() == np.float32(4.9)
    apart = np.abs(signals - own) > TOLERANCE * np.ptp(own, axis=(0, 2), keepdims=True)
    assert apart[:, 0].mean() < 1e-3  # which level is nearer, the last bit may decide
    assert np.abs(signals - own)[:, 0].max() < 0.051
    assert not apart[:, 1].any()


@pytest.mark.parametrize("name", ["manifold", "blend"])
@pytest.mark.parametrize(
    "requested", [{}, {"gain": "1..1.5"}, {"speed": "fast"}, {"gain": "1.2", "speed": "slow,fast"}]
)
def test_a_conditional_twin_gives_what_is_requested(name, requested, carried):
    twin, folder = carried(name)
    texts = [f"{condition}={value}" for condition, value in requested.items()]
    wanted = dict(page.parse(page.read(folder), text) for text in texts)
    signals, conditions = page.draw(N, seed=5, requested=wanted, folder=folder)
    own = collect(twin.stream(N, 5, parse_conditions(COLUMNS, requested)), N)
    np.testing.assert_array_equal(conditions, own.conditions)
    agreement = Agreement.of(own.signals, signals)
    # Where few signals are alike, single precision is coarse; and of two that are equally near, the last bit may decide.
    assert agreement.n_apart <= 0.01 * agreement.n_values


def test_any_number_of_signals_can_be_made_at_a_time(carried):
    twin, folder = carried("dense")
    session = onnxruntime.InferenceSession(folder / "twin.onnx")
    latents = twin.generator.draw_latents(BLOCK, torch_rng(0, Purpose.SURROGATE_LATENTS, 0)).numpy()
    for n in (1, 7):
        (signals,) = session.run(None, {"latents": latents[:n]})
        np.testing.assert_allclose(signals, twin.sample(n), atol=1e-4)


@pytest.mark.parametrize("name", ["article", "coloured", "blend"])
def test_numpy_draws_the_latents_that_torch_draws(name, carried):
    twin, folder = carried(name)
    drawn = page.latents(page.read(folder), 2**31 - 1, 3)
    own = twin.generator.draw_latents(BLOCK, torch_rng(2**31 - 1, Purpose.SURROGATE_LATENTS, 3)).numpy()
    np.testing.assert_allclose(drawn, own, atol=1e-6)


def test_what_streams_are_for_is_as_in_wavetwin():
    assert (page.BLOCK, page.LATENTS, page.CONDITIONS) == (BLOCK, Purpose.SURROGATE_LATENTS, Purpose.CONDITIONS)


@pytest.mark.parametrize("names", [("a",), ("b",), ("a", "c"), ("a", "b", "c"), ()])
def test_conditions_are_drawn_as_wavetwin_draws_them(names):
    rng = np.random.default_rng(1)
    columns = [
        Column(name="a", maximum=3),
        Column(name="b", classes=("x", "y")),
        Column(name="c", minimum=-1, maximum=1),
    ]
    natural = np.stack([rng.uniform(0, 3, 900), rng.integers(0, 2, 900), rng.uniform(-1, 1, 900)], 1).astype(np.float32)
    requested = {
        name: value for name, value in {"a": (1.0, 4.0), "b": ("y",), "c": (-9.0, -9.0)}.items() if name in names
    }
    twin = {"columns": [column.model_dump() | {"spread": column.spread} for column in columns], "natural": natural}
    drawn = page.fulfil(twin, requested, numpy_rng(1, Purpose.CONDITIONS))
    np.testing.assert_array_equal(drawn, fulfil(columns, natural, requested, BLOCK, numpy_rng(1, Purpose.CONDITIONS)))


# The archive


def test_the_page_draws_where_there_is_no_wavetwin(carried, tmp_path):
    twin, folder = carried("blend")
    out = tmp_path / "some.npy"
    script = [
        sys.executable,
        "-I",
        str(folder / "draw.py"),
        "--count",
        "9",
        "--seed",
        "4",
        "--condition",
        "gain=1..1.5",
    ]
    done = subprocess.run([*script, "--out", str(out)], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "(9, 1, 32)" in done.stdout
    np.testing.assert_allclose(np.load(out), twin.sample(9, 4, {"gain": (1, 1.5)}), atol=1e-3)


def test_the_archive_says_what_it_is(carried):
    _, folder = carried("blend")
    told = (folder / "README.md").read_text("utf-8")
    for part in ("Nobody has measured how true", "of full scale", "in mV", "`speed`: slow, fast", "`gain`: 0.5 to 2"):
        assert part in told
    files = {"twin.onnx", "twin.json", "draw.py", "README.md", "card.json", "card.md"}
    assert {file.name for file in folder.iterdir() if file.is_file()} == files


def test_the_graph_tells_of_no_machine(carried):
    content = (carried("article").folder / "twin.onnx").read_bytes()
    assert b"site-packages" not in content
    assert str(Path.cwd()).encode() not in content


def test_a_condition_that_the_twin_does_not_know_is_refused(carried):
    with pytest.raises(ValueError, match="without conditions"):
        page.draw(3, requested={"load": 5}, folder=carried("dense").folder)
    with pytest.raises(ValueError, match="no condition “load”"):
        page.draw(3, requested={"load": 5}, folder=carried("blend").folder)


def test_a_graph_that_gives_other_signals_is_not_handed_out(carried, monkeypatch):
    twin, folder = carried("dense")
    other = Surrogate(twin.generator, Scaling([5], [2]), twin.config, 60, 1.1)
    monkeypatch.setattr("core.generation.portable.archive.to_onnx", lambda _: (folder / "twin.onnx").read_bytes())
    with pytest.raises(WavetwinError, match="its signals differ"):
        archive(other, card_of(other))


def test_without_the_packages_one_sentence_says_what_to_install(tiny_config, monkeypatch):
    twin = third(tiny_config)
    monkeypatch.setitem(sys.modules, "onnxscript", None)
    with pytest.raises(WavetwinError, match=r'two more packages; pip install "wavetwin\[onnx\]"'):
        archive(twin, card_of(twin))


# In other terms


@pytest.mark.parametrize("length", [1, 2, 7, 1025])
def test_halving_and_counting_find_what_searchsorted_finds(length):
    rng = torch.Generator().manual_seed(0)
    rows = torch.randn(3, length, generator=rng).sort(1).values
    values = torch.cat([torch.randn(3, 50, generator=rng), rows[:, :1], rows[:, -1:]], 1)
    assert torch.equal(graph.searchsorted(rows, values), torch.searchsorted(rows, values))
    assert torch.equal(graph.searchsorted(rows[0], values), torch.searchsorted(rows[0], values))


@pytest.mark.parametrize("size", [1, 2, 5])
def test_elimination_solves_systems(size):
    rng = torch.Generator().manual_seed(0)
    roots = torch.randn(20, size, size, generator=rng)
    matrices, right = roots @ roots.mT + torch.eye(size), torch.randn(20, size, 3, generator=rng)
    torch.testing.assert_close(graph.solve(matrices, right), torch.linalg.solve(matrices, right), rtol=1e-3, atol=1e-4)


def test_distances_and_probabilities_are_those_of_torch():
    first, second = (torch.randn(n, 2, generator=torch.Generator().manual_seed(n)) for n in (30, 40))
    torch.testing.assert_close(graph.cdist(first, second, 2, ""), torch.cdist(first, second), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(graph.ndtr(first), torch.special.ndtr(first))
