"""What tests of shards share: a twin, and plans of it."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from core.generation.surrogate import Surrogate
from core.networks import Conditions
from core.networks.article import article_generator
from core.scale import shards
from core.scale.plan import Maker, Plan
from core.signals.scaling import Scaling


@pytest.fixture(scope="session")
def twin(tiny_config) -> Surrogate:
    """An untrained one: as good as any to be drawn from."""
    torch.manual_seed(0)
    generator = article_generator(
        tiny_config.network, 1, tiny_config.source.n_samples, Conditions(torch.empty(0, 0), [])
    )
    return Surrogate(generator.eval(), Scaling(5, 3), tiny_config, step=60, distance=2.5)


@pytest.fixture
def begun(twin, tmp_path) -> Callable[..., str]:
    """Begins shards of the twin, and says where."""

    def begin(address: str | Path = tmp_path / "shards", **settings: object) -> str:
        content = twin.to_bytes()
        plan = Plan(
            surrogate_sha256=shards.digest(content),
            made_by=Maker.this(),
            **{"seed": 3, "count": 1300, "per_shard": 512} | settings,
        )
        shards.begin(str(address), plan, content)
        return str(address)

    return begin
