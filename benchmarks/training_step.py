"""What one training step costs, and where: milliseconds of each part on one CPU thread.

    python -m benchmarks.training_step [--steps N]

The parts are measured one by one, the whole step beside them; an evaluation stands as its share of the training time.
"""

import argparse
import time
from collections.abc import Callable

import torch

from benchmarks._sources import SOURCES
from core.config import preset_config
from core.networks import use_one_thread
from core.training.trainer import Trainer
from core.training.training import Training

CASES = (("article", "sine"), ("standard", "sine"), ("standard", "random phase"), ("standard", "length 1024"))


def milliseconds(call: Callable[[], object], n: int) -> float:
    """The mean duration of `n` calls after two to warm up."""
    for _ in range(2):
        call()
    started = time.perf_counter()
    for _ in range(n):
        call()
    return 1000 * (time.perf_counter() - started) / n


def parts(trainer: Trainer, n: int) -> dict[str, float]:
    """Milliseconds by part."""
    size = trainer.config.batch_size
    latents = trainer.generator.draw_latents(size, torch.Generator().manual_seed(0))
    reals, _ = trainer._reals()
    views = trainer.discriminator.views(reals).detach()

    def fakes_and_back() -> None:
        trainer.discriminator.judge(trainer.discriminator.views(trainer.generator(latents))).sum().backward()

    with torch.no_grad():
        looks = {
            "draw reals": milliseconds(trainer._reals, n),
            "make fakes": milliseconds(lambda: trainer.generator(latents), n),
            "views of reals": milliseconds(lambda: trainer.discriminator.views(reals), n),
            "judge views": milliseconds(lambda: trainer.discriminator.judge(views), n),
        }
    looks["fakes, views, verdict and back"] = milliseconds(fakes_and_back, n)
    looks["whole step"] = milliseconds(trainer.take_step, n)
    evaluation = milliseconds(lambda: list(trainer._evaluate()), max(1, n // 20))
    looks["evaluation, share of training"] = evaluation / (trainer.config.n_eval * looks["whole step"])
    return looks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=60)
    n = parser.parse_args().steps
    use_one_thread()
    columns = {}
    for preset, source in CASES:
        trainer = Training(preset_config(preset), SOURCES[source]()).prepared()
        columns[f"{preset}, {source}"] = parts(trainer, n)
    print("| ms | " + " | ".join(columns) + " |\n|---|" + "---|" * len(columns))
    for name in next(iter(columns.values())):
        cells = [f"{values[name]:.1%}" if "share" in name else f"{values[name]:.1f}" for values in columns.values()]
        print(f"| {name} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
