"""A twin as an ONNX graph: random numbers and conditions in, signals in physical units out."""

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from core.errors import WavetwinError
from core.generation.surrogate import Surrogate
from core.networks import Generator
from core.seeds import BLOCK
from core.signals.scaling import Scaling
from core.signals.value_limits import ChannelLimits

PACKAGES = ("onnxscript", "onnxruntime")  # an extra
INSTALL = 'pip install "wavetwin[onnx]", in a checkout: pip install -r requirements-onnx.txt'
INPUTS = ("latents", "conditions")  # the second only where the twin knows conditions
OUTPUT = "signals"
OPSET = 18


def to_onnx(twin: Surrogate) -> bytes:
    """The twin as an ONNX model.

    Inputs: `latents` (n, n_latents) as `Generator.draw_latents` draws them and, of a conditional twin, `conditions` (n,
    n_conditions), both float32. Output: `signals`, float32 (n, n_channels, n_samples), as `Surrogate.sample` gives them.
    Raises WavetwinError where the packages for it are not installed.
    """
    require_packages()
    module = _Physical(twin.generator, twin.scaling).eval()
    rng = torch.Generator().manual_seed(0)
    inputs = [twin.generator.draw_latents(BLOCK, rng)]
    if twin.generator.n_classes:
        inputs.append(twin.generator.draw_conditions(BLOCK, rng))
    any_number = torch.export.Dim("n")
    with torch.no_grad(), _quiet():
        with _Recording() as recorded:
            module(*inputs)
        with _Exportable(recorded.answers):
            program = torch.export.export(
                module, tuple(inputs), dynamic_shapes=(tuple({0: any_number} for _ in inputs),), strict=False
            )
        model = torch.onnx.export(
            program, input_names=INPUTS[: len(inputs)], output_names=[OUTPUT], opset_version=OPSET, verbose=False
        )
    assert model is not None  # it is None only where a file is named
    return _without_traces(model.model_proto).SerializeToString()


def _without_traces(model: Any) -> Any:
    """A model (onnx.ModelProto) that does not tell on whose machine, and from which lines, it was made."""
    for part in (model.graph, *model.functions):
        for node in part.node:
            node.ClearField("metadata_props")
            node.ClearField("doc_string")
    return model


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the exporter's advice to programmers."""
    log = logging.getLogger("torch.onnx")
    level = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.setLevel(level)


def require_packages() -> None:
    """Raises WavetwinError where the packages that this takes are not installed."""
    if not all(map(find_spec, PACKAGES)):
        raise WavetwinError(f"The twin cannot be written as ONNX without two more packages; {INSTALL}.")


class _Physical(nn.Module):
    """A generator whose signals are in physical units; see `Scaling.to_physical`."""

    mean: Tensor
    std: Tensor

    def __init__(self, generator: Generator, scaling: Scaling) -> None:
        super().__init__()
        self.generator = generator
        self.register_buffer("mean", torch.from_numpy(scaling.mean))
        self.register_buffer("std", torch.from_numpy(scaling.std))
        self.limits = nn.ModuleList(map(_Limited, scaling.limits.channels)) if scaling.limits else None

    def forward(self, *inputs: Tensor) -> Tensor:
        signals = self.generator(*inputs) * self.std + self.mean
        if self.limits is None:
            return signals
        limited = [limits(signals[:, channel]) for channel, limits in enumerate(self.limits)]
        return torch.stack(limited, 1)


class _Limited(nn.Module):
    """The values (n, n_samples) that one channel can take; see `ValueLimits.apply`."""

    levels: Tensor

    def __init__(self, limits: ChannelLimits) -> None:
        super().__init__()
        self.bounds = float(np.float32(limits.lower)), float(np.float32(limits.upper))
        self.register_buffer("levels", torch.from_numpy(limits.levels.astype(np.float32)))

    def forward(self, values: Tensor) -> Tensor:
        limited = values.clamp(*self.bounds)
        if len(self.levels):
            limited = self.levels[torch.searchsorted((self.levels[1:] + self.levels[:-1]) / 2, limited)]
        return torch.where(values.isfinite(), limited, values)


class _Recording(TorchFunctionMode):
    """Notes how the code branches, in order."""

    def __init__(self) -> None:
        self.answers: list[bool] = []

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        if func is torch.Tensor.__bool__:
            self.answers.append(result)
        return result


class _Exportable(TorchFunctionMode):
    """Lets networks be exported as they are.

    An exported graph has no weights while it is made, so code that branches on them, as in `if self.law.any()`, gets the
    recorded answers; no network branches on its inputs. And what ONNX has no operator for is put in other terms.
    """

    def __init__(self, answers: list[bool]) -> None:
        self.answers = iter(answers)

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.Tensor.__bool__:
            return next(self.answers)
        return IN_OTHER_TERMS.get(func, func)(*args, **(kwargs or {}))


def searchsorted(sequence: Tensor, values: Tensor) -> Tensor:
    """torch.searchsorted, for a sequence (length,) by halving.

    Where each row has one of its own, (n, length), few values are looked for in it: counting makes a far smaller graph.
    """
    if sequence.ndim > 1:
        return (sequence[:, None] < values[:, :, None]).sum(2)
    length = len(sequence)
    found = torch.zeros_like(values, dtype=torch.long)
    for power in reversed(range(length.bit_length())):
        further = found + (1 << power)
        before = sequence[(further - 1).clamp(max=length - 1)]
        found = torch.where((further <= length) & (before < values), further, found)
    return found


def solve(matrices: Tensor, right: Tensor) -> Tensor:
    """torch.linalg.solve of small positive definite systems (n, m, m), (n, m, k), by Gauss–Jordan elimination."""
    size = matrices.shape[-1]
    rows = list(torch.cat([matrices, right], 2).unbind(1))
    for pivot in range(size):
        rows[pivot] = rows[pivot] / rows[pivot][:, pivot, None]
        for other in set(range(size)) - {pivot}:
            rows[other] = rows[other] - rows[other][:, pivot, None] * rows[pivot]
    return torch.stack(rows, 1)[:, :, size:]


def cdist(first: Tensor, second: Tensor, p: float, compute_mode: str) -> Tensor:
    """torch.cdist, Euclidean, in the terms in which torch itself computes it for more than 25 points."""
    ones_first, ones_second = torch.ones_like(first[:, :1]), torch.ones_like(second[:, :1])
    left = torch.cat([-2 * first, first.square().sum(1, keepdim=True), ones_first], 1)
    right = torch.cat([second, ones_second, second.square().sum(1, keepdim=True)], 1)
    return (left @ right.T).clamp(min=0).sqrt()


def ndtr(scores: Tensor) -> Tensor:
    """torch.special.ndtr: the standard normal distribution function."""
    return (1 + torch.erf(scores * 0.5**0.5)) / 2


IN_OTHER_TERMS: dict[Any, Callable[..., Tensor]] = {
    torch.searchsorted: searchsorted,
    torch.linalg.solve: solve,
    torch.cdist: cdist,
    torch.special.ndtr: ndtr,
}
