"""What one large training gains from several processes, and from several threads: signals a second that its steps learn from.

    python -m benchmarks.ddp [--ranks N] [--steps S]

The trainer takes its steps, on the twin's two networks for signals of 16 channels × 4,096 samples. Their weights were never
initialized, as a step costs the same. Each process has a batch of 128 of its own, so N of them learn from N batches in a step;
for two processes 2.00 would be ideal. A second thread helps with the same batch, so 2.00 there is a step in half the time.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable

import torch
from torch import Tensor

from core.config import ManifoldConfig, SimulatorConfig, preset_config
from core.jobs.processes import ONE_THREAD
from core.networks import ARCHITECTURES, Networks
from core.networks.manifold.blend import Blend
from core.networks.manifold.generators import BlendGenerator
from core.scale.engines import ranks_of
from core.signals.simulator import Simulator
from core.signals.training_set import first_reals
from core.training.evaluator import Evaluator
from core.training.group import joined
from core.training.peers import ALONE, Peers
from core.training.trainer import Trainer

SOURCE = SimulatorConfig(n_channels=16, n_samples=4096)
CONFIG = preset_config("standard", SOURCE)
N_ANCHORS, N_COEFFICIENTS, N_NEIGHBOURS = 256, 64, 4
WARM_UP = 2  # steps


def trainer_of(peers: Peers) -> Trainer:
    """A trainer on the CPU before its first step."""
    torch.manual_seed(0)
    source = Simulator(SOURCE)
    reals = first_reals(source, CONFIG.training.seed)
    evaluator = Evaluator(CONFIG, source, reals)
    some = reals.signals[: CONFIG.training.batch_size]
    return Trainer(networks(torch.from_numpy(evaluator.scaling.to_network(some))), source, CONFIG, evaluator, peers)


def networks(reals: Tensor) -> Networks:
    """Those of the twin, of random weights, for signals like `reals` in network units."""
    config = ManifoldConfig()
    _, n_channels, n_samples = reals.shape
    generator = BlendGenerator(n_channels, n_samples, N_COEFFICIENTS, N_ANCHORS, N_NEIGHBOURS, config.width)
    generator.basis.copy_(torch.linalg.qr(torch.randn(reals[0].numel(), N_COEFFICIENTS))[0])
    blend = generator.blend
    assert isinstance(blend, Blend)
    blend.anchors.normal_()
    blend.neighbours.copy_(torch.randint(N_ANCHORS, (N_ANCHORS, N_NEIGHBOURS)))
    return ARCHITECTURES[config.architecture].complete(config, generator, reals)


def seconds_per_step(step: Callable[[], object], n_steps: int) -> float:
    """Seconds that a step takes once the first ones are done."""
    for _ in range(WARM_UP):
        step()
    started = time.perf_counter()
    for _ in range(n_steps):
        step()
    return (time.perf_counter() - started) / n_steps


def together(rank: int, size: int, n_steps: int) -> None:
    """Be one of several processes; rank 0 prints the seconds."""
    torch.set_num_threads(1)
    with joined(rank, size) as group:
        trainer = trainer_of(group)
        if rank:
            while group.hear():
                trainer.take_step()
            return

        def step() -> None:
            with group.step():
                trainer.take_step()

        print(seconds_per_step(step, n_steps))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--steps", type=int, default=15)
    options = parser.parse_args()
    if ranks := ranks_of():
        together(*ranks, options.steps)
        return
    load = os.getloadavg()[0]
    trainer = trainer_of(ALONE)
    alone = []
    for n_threads in (1, options.ranks):
        torch.set_num_threads(n_threads)
        alone.append(seconds_per_step(trainer.take_step, options.steps))
    del trainer
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(options.ranks)]
    command = [*torchrun, "-m", "benchmarks.ddp", "--steps", str(options.steps)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | ONE_THREAD)
    shared = float(done.stdout.split()[-1])
    print("| processes | threads of each | s/step | signals a second, × | load before |\n|---|---|---|---|---|")
    print(f"| 1 | 1 | {alone[0]:.3f} | 1.00 | {load:.1f} |")
    print(f"| 1 | {options.ranks} | {alone[1]:.3f} | {alone[0] / alone[1]:.2f} | |")
    print(f"| {options.ranks} | 1 | {shared:.3f} | {options.ranks * alone[0] / shared:.2f} | |")


if __name__ == "__main__":
    main()
