"""Whether one large training gains from several processes: signals a second that steps learn from, with DDP and without.

    python -m benchmarks.ddp [--ranks N] [--steps S]

The twin's two networks for signals of 16 channels × 4,096 samples, with weights that were never initialized, as a step costs the
same. Each process has one CPU thread and a batch of 128 of its own, so N of them learn from N batches in a step; gradients are
averaged by DistributedDataParallel over gloo. The gradient penalties come from torch.autograd.grad inside of what DDP wraps, as
it sees only what one backward() accumulates. For two processes 2.00 would be ideal.
"""

import argparse
import os
import subprocess
import sys
import time

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from core.config import ManifoldConfig, SimulatorConfig, preset_config
from core.jobs.processes import ONE_THREAD
from core.networks import ARCHITECTURES, use_one_thread
from core.networks.base import Discriminator, Generator, Views
from core.networks.manifold.blend import Blend
from core.networks.manifold.generators import BlendGenerator
from core.signals.scaling import Scaling
from core.signals.simulator import Simulator
from core.training.losses import d_loss, g_loss, gradient_penalty

SOURCE = SimulatorConfig(n_channels=16, n_samples=4096)
N_ANCHORS, N_COEFFICIENTS, N_NEIGHBOURS = 256, 64, 4
WARM_UP = 2  # steps


class DiscriminatorLoss(nn.Module):
    """The discriminator's loss with both penalties, as one module for DDP."""

    def __init__(self, discriminator: Discriminator, gamma: float) -> None:
        super().__init__()
        self.discriminator = discriminator
        self.gamma = gamma

    def forward(self, real_views: Tensor, fake_views: Tensor) -> Tensor:
        reals, fakes = real_views.requires_grad_(), fake_views.requires_grad_()
        real_logits, fake_logits = self.discriminator.judge(reals), self.discriminator.judge(fakes)
        penalty = gradient_penalty(real_logits, reals) + gradient_penalty(fake_logits, fakes)
        return d_loss("relativistic", real_logits, fake_logits) + self.gamma / 2 * penalty


class Fakes(nn.Module):
    """The discriminator's views of fakes, as one module for DDP."""

    def __init__(self, generator: Generator, views: Views) -> None:
        super().__init__()
        self.generator = generator
        self.views = views

    def forward(self, latents: Tensor) -> Tensor:
        return self.views(self.generator(latents))


def networks(reals: Tensor) -> tuple[Generator, Discriminator]:
    """Those of the twin, of random weights, for signals like `reals` in network units."""
    config = ManifoldConfig()
    _, n_channels, n_samples = reals.shape
    generator = BlendGenerator(n_channels, n_samples, N_COEFFICIENTS, N_ANCHORS, N_NEIGHBOURS, config.width)
    generator.basis.copy_(torch.linalg.qr(torch.randn(reals[0].numel(), N_COEFFICIENTS))[0])
    blend = generator.blend
    assert isinstance(blend, Blend)
    blend.anchors.normal_()
    blend.neighbours.copy_(torch.randint(N_ANCHORS, (N_ANCHORS, N_NEIGHBOURS)))
    discriminator = ARCHITECTURES[config.architecture].complete(config, generator, reals).discriminator
    return generator, discriminator


def seconds_per_step(rank: int, n_steps: int, is_alone: bool) -> float:
    """Seconds that a step takes, done as `core.training.trainer` does it."""
    use_one_thread()
    torch.manual_seed(0)
    rng, numbers = torch.Generator().manual_seed(rank), np.random.default_rng(rank)
    training, source = preset_config("standard").training, Simulator(SOURCE)
    first = source.batch(training.batch_size, numbers).signals
    scaling = Scaling.fit(first)
    generator, discriminator = networks(torch.from_numpy(scaling.to_network(first)))
    fakes: nn.Module = Fakes(generator, discriminator.views)
    loss: nn.Module = DiscriminatorLoss(discriminator, training.gamma * discriminator.views.penalty_factor)
    if not is_alone:
        fakes = DistributedDataParallel(fakes, forward_sync_buffers=False)
        loss = DistributedDataParallel(loss, forward_sync_buffers=False)
    g_optimizer, d_optimizer = (
        torch.optim.Adam(module.parameters(), lr=1e-3, betas=(0.5, 0.999), fused=True)
        for module in (generator, discriminator)
    )

    def step() -> None:
        signals = torch.from_numpy(scaling.to_network(source.batch(training.batch_size, numbers).signals))
        fake_views = fakes(generator.draw_latents(training.batch_size, rng))
        with torch.no_grad():
            real_views = discriminator.views(signals)
        d_optimizer.zero_grad()
        loss(real_views, fake_views.detach().clone()).backward()
        d_optimizer.step()
        discriminator.requires_grad_(False)
        with torch.no_grad():
            real_logits = discriminator.judge(real_views)
        g_optimizer.zero_grad()
        g_loss("relativistic", real_logits, discriminator.judge(fake_views)).backward()
        g_optimizer.step()
        discriminator.requires_grad_(True)

    for _ in range(WARM_UP):
        step()
    started = time.perf_counter()
    for _ in range(n_steps):
        step()
    return (time.perf_counter() - started) / n_steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--steps", type=int, default=15)
    options = parser.parse_args()
    if "RANK" in os.environ:
        distributed.init_process_group("gloo")
        seconds = seconds_per_step(distributed.get_rank(), options.steps, is_alone=False)
        if distributed.get_rank() == 0:
            print(seconds)
        distributed.destroy_process_group()
        return
    load = os.getloadavg()[0]
    alone = seconds_per_step(0, options.steps, is_alone=True)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(options.ranks)]
    command = [*torchrun, "-m", "benchmarks.ddp", "--steps", str(options.steps)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD)
    together = float(done.stdout.split()[-1])
    print("| processes | s/step | steps × batch, × | load before |\n|---|---|---|---|")
    print(f"| 1 | {alone:.3f} | 1.00 | {load:.1f} |")
    print(f"| {options.ranks} | {together:.3f} | {options.ranks * alone / together:.2f} | |")


if __name__ == "__main__":
    main()
