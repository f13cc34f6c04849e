"""The twin as an ONNX file beside the twin in torch: how large, how fast, how equal.

    python -m benchmarks.onnx [--blocks N]

Both compute on one CPU thread, a block of signals at a time; the times are the best of three. `apart` is the share of values that
differ by more than the tolerance of the file, `largest` the largest difference in shares of full scale.
"""

import argparse
from typing import Any

import onnxruntime
import torch

from benchmarks._sources import SOURCES
from benchmarks.sampling import best_of_three, surrogate_of
from core.examples import folders
from core.generation.portable.archive import Agreement
from core.generation.portable.graph import to_onnx
from core.generation.surrogate import Surrogate
from core.networks import use_one_thread
from core.seeds import BLOCK, Purpose, torch_rng

CASES = ("pink noise", "three channels")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=4, help="blocks of signals that are timed (%(default)s)")
    n_blocks = parser.parse_args().blocks
    use_one_thread()
    print("| twin | safetensors kB | ONNX kB | torch signals/s | ONNX signals/s | apart | largest |")
    print("|---|---|---|---|---|---|---|")
    for folder in folders():
        twin = Surrogate.load(folder)
        compare(f"example, {twin.config.network.architecture}", twin, n_blocks)
    for name in CASES:
        compare(name, surrogate_of(SOURCES[name]()), n_blocks)


def compare(name: str, twin: Surrogate, n_blocks: int) -> None:
    """Print a row of the table."""
    content = to_onnx(twin)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(content, options)
    latents = twin.generator.draw_latents(BLOCK, torch_rng(0, Purpose.SURROGATE_LATENTS, 0))
    inputs: dict[str, Any] = {"latents": latents.numpy()}

    def by_torch() -> None:
        with torch.no_grad():
            for _ in range(n_blocks):
                twin.scaling.to_physical(twin.generator(latents).numpy())

    def by_onnx() -> None:
        for _ in range(n_blocks):
            session.run(None, inputs)

    agreement = Agreement.of(twin.sample(BLOCK), session.run(None, inputs)[0])
    speeds = [n_blocks * BLOCK / best_of_three(run) for run in (by_torch, by_onnx)]
    sizes = [len(data) / 1000 for data in (twin.to_bytes(), content)]
    print(
        f"| {name} | {sizes[0]:,.0f} | {sizes[1]:,.0f} | {speeds[0]:,.0f} | {speeds[1]:,.0f} | "
        f"{agreement.n_apart / agreement.n_values:.1e} | {agreement.largest:.1e} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
