"""A trainer's state as one flat dictionary of tensors: all that training needs to go on, and nothing else."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson
import torch
from torch import Tensor, nn

from core.config import NetworkConfig, RunConfig
from core.networks import ARCHITECTURES, Discriminator, Networks
from core.training.selection import Selection

if TYPE_CHECKING:
    from core.training.trainer import Trainer


def state_dict(trainer: "Trainer") -> dict[str, Tensor]:
    """The state of a trainer that is at rest."""
    state = {
        "step": torch.tensor(trainer.step),
        "design": _tensor(_design(trainer)),
        "selection": _tensor(trainer.selection.to_bytes()),
    }
    if limits := trainer.evaluator.scaling.limits:
        state["is_bounded"] = torch.tensor(limits.is_bounded)
    for name, network in _networks(trainer):
        state |= {f"{name}.{key}": value for key, value in network.state_dict().items()}
    for name, optimizer in trainer.optimizers.items():
        for index, values in optimizer.state_dict()["state"].items():
            state |= {f"{name}.{index}.{key}": value for key, value in values.items()}
    return state


def rebuild(config: RunConfig, state: Mapping[str, Tensor]) -> Networks:
    """The layers of the networks in a state, without their weights. Raises KeyError or ValueError for other networks'."""
    design = orjson.loads(_bytes(state["design"]))
    n_classes = design["blueprint"].get("n_classes", [])
    network: NetworkConfig = RunConfig.model_validate({"network": design["network"]}).network
    if network != config.network or n_classes != [len(column.classes) for column in config.columns]:
        raise ValueError("the state is of other networks than the settings")
    return ARCHITECTURES[network.architecture].build(network, design["blueprint"])


def discriminator_of(config: RunConfig, state: Mapping[str, Tensor]) -> Discriminator:
    """The discriminator in a state. Raises KeyError, RuntimeError or ValueError where it is of other networks."""
    discriminator = rebuild(config, state).discriminator
    discriminator.load_state_dict(_below(state, "discriminator"))
    return discriminator.eval()


def load_state_dict(trainer: "Trainer", state: Mapping[str, Tensor]) -> None:
    """Let a trainer, whose networks were rebuilt from it, take up a state. Raises KeyError, RuntimeError or ValueError."""
    for name, network in _networks(trainer):
        network.load_state_dict(_below(state, name))
    for name, optimizer in trainer.optimizers.items():
        moments: dict[int, dict[str, Tensor]] = {}
        for place, value in _below(state, name).items():
            index, key = place.split(".")
            moments.setdefault(int(index), {})[key] = value.clone()
        groups = optimizer.state_dict()["param_groups"]
        optimizer.load_state_dict({"state": moments, "param_groups": groups})
    trainer.step = int(state["step"])
    if not state.get("is_bounded", True):
        trainer.evaluator.scaling = trainer.evaluator.scaling.unbounded()
    if "selection" in state:
        trainer.selection = Selection.from_bytes(_bytes(state["selection"]))
    else:  # of an earlier version: this state counts as the first
        trainer.selection = Selection(best_step=trainer.step)


def _design(trainer: "Trainer") -> bytes:
    """What the networks are rebuilt from before they get their weights, as JSON."""
    network = trainer.network.model_dump(mode="json")
    return orjson.dumps({"network": network, "blueprint": trainer.generator.blueprint})


def _networks(trainer: "Trainer") -> list[tuple[str, nn.Module]]:
    return [
        ("generator", trainer.generator),
        ("generator_ema", trainer.generator_ema),
        ("discriminator", trainer.discriminator),
    ]


def _below(state: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The entries under `name.`, without that prefix."""
    prefix = f"{name}."
    return {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}


def _tensor(content: bytes) -> Tensor:
    return torch.frombuffer(bytearray(content), dtype=torch.uint8)


def _bytes(content: Tensor) -> bytes:
    found: bytes = content.numpy().tobytes()
    return found
