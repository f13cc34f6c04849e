"""What the answers of page Explore cost on the server, for both examples: a slider must be followed within 100 ms.

    python -m benchmarks.exploring

Times are the best of three, in ms; the last column is the part of them that the twin itself takes for one signal.
"""

from collections.abc import Callable
from functools import partial

import torch

from benchmarks.sampling import best_of_three
from core.demos.directions import find_directions, n_measured_signals
from core.demos.explorer import Explorer, open_explorer
from core.demos.latent_point import LatentPoint
from core.examples import folders
from core.fidelity.signal_set import SineFit
from core.networks import use_one_thread
from core.seeds import Purpose, torch_rng
from core.store.run import Run

N_TIMES = 20  # that a quick answer is given, for one time that can be told


def milliseconds(explorer: Explorer) -> dict[str, float]:
    """Each answer's time."""
    generator, n = explorer.twin.generator, n_measured_signals(explorer.twin)
    latents = generator.draw_latents(n, torch_rng(0, Purpose.LATENT_DIRECTIONS))
    signal = explorer.at(LatentPoint(1)).signal
    walk = LatentPoint(1), LatentPoint(2)
    answers = {
        "a signal": lambda: explorer.at(LatentPoint(1)),
        "on a walk": lambda: explorer.between(*walk, 0.5),
        "measured": lambda: explorer.measure(signal, 0),
        "spectrum": lambda: explorer.power(signal, 0),
        "nearest": lambda: explorer.reals.nearest(signal),
        "sound": lambda: explorer.sound(signal, 0),
        "the twin": lambda: generator(latents[:1]),
    }
    with torch.no_grad():
        quick = {name: best_of_three(partial(repeated, call)) * 1000 / N_TIMES for name, call in answers.items()}
        sought = (
            best_of_three(lambda: find_directions(explorer.twin, latents, torch.empty(n, 0), SineFit(1.0, 2.0))) * 1000
        )
    return {"directions found": sought} | quick


def repeated(call: Callable[[], object]) -> None:
    """Give an answer N_TIMES."""
    for _ in range(N_TIMES):
        call()


def main() -> None:
    use_one_thread()
    found = {run.name: milliseconds(open_explorer(run)) for run in map(Run, folders())}
    names = list(next(iter(found.values())))
    print(f"| run | {' | '.join(names)} |\n|{'---|' * (len(names) + 1)}")
    for name, times in found.items():
        print(f"| {name} | {' | '.join(f'{times[one]:.1f}' for one in names)} |")


if __name__ == "__main__":
    main()
