"""From training to a report, a look and an export, at the longest signals."""

import numpy as np
import pytest

from core.config import ManifoldConfig, changed
from core.demos.explorer import Explorer
from core.demos.latent_point import LatentPoint
from core.demos.replay import replay
from core.generation.export import Content, encode
from core.jobs.evaluation import evaluate_run
from core.jobs.training import execute
from core.signals.dataset import DataSet
from core.store.datasets import DataSetStore
from core.store.runs import RunStore
from core.store.status import State
from tests.small import patch_all

N = 300  # recordings; a report needs so many
FEW = {  # of all that costs more, the longer the signals are
    "core.networks.manifold.latents.MAX_ANCHORS": 64,
    "core.networks.manifold.latents.N_BLEND_TRIALS": 64,
    "core.training.evaluator.N_EVALUATION": 64,
    "core.training.judge.N_LEARNED": 64,
    "core.training.judge.N_TESTED": 64,
    "core.fidelity.measures.c2st.N_KERNELS_ON_SCORECARD": 16,
}

pytestmark = pytest.mark.slow


def decaying(n_channels: int, n_samples: int) -> DataSet:
    rng = np.random.default_rng(0)
    time = np.linspace(0, 1, n_samples, dtype=np.float32)
    rate, amplitude = rng.uniform(20, 40, (N, 1, 1)), rng.uniform(0.5, 2, (N, n_channels, 1))
    signals = amplitude * np.exp(-2 * time) * np.sin(rate * time) + 0.1 * rng.standard_normal(
        (N, n_channels, n_samples)
    )
    return DataSet("Long", signals.astype(np.float32), np.arange(N), np.empty((N, 0)), (), 1_000.0)


@pytest.mark.usefixtures("few_reals")
def test_long_signals_are_learned_judged_and_given_out(manifold_config, tmp_path, monkeypatch):
    patch_all(monkeypatch, FEW)
    shape = 1, 16_384
    source = DataSetStore(tmp_path).keep(decaying(*shape), held_out_share=0.5)
    config = changed(
        manifold_config, source=source.model_dump(), network=ManifoldConfig(width=8, discriminator_width=8)
    )
    config = changed(config, training=config.training.model_dump() | {"steps": 2})
    run = RunStore(tmp_path).create(config)
    run.claim()
    assert execute(run).state is State.FINISHED
    run.release()

    report = evaluate_run(run, quick=True)
    assert report.subject.n_samples == shape[1]
    assert len(report.model_dump_json()) < 30e6

    twin = run.load_surrogate()
    n_bytes = sum(len(piece) for piece in encode(twin.stream(64, seed=1), 64, Content.of(config), "npy"))
    assert n_bytes > 64 * 4 * shape[0] * shape[1]

    explorer = Explorer(run)
    assert explorer.at(LatentPoint(1)).signal.shape == shape
    assert len(explorer.reals.nearest(explorer.at(LatentPoint(1)).signal).signals) == 3
    assert replay(run).fakes
