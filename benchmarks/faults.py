"""Which measure catches which fault: the scorecard of real signals with a planted fault.

    python -m benchmarks.faults [--quick] [--seed S] [--processes N]

● good, ◐ fair, ○ poor; a fault is caught where a measure is not good.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from benchmarks._faults import FAULTS, SIMULATOR, draw
from core.fidelity.measure import Grade
from core.fidelity.report import Origin, Report, SignalSets, how_many, judge
from core.fidelity.signal_set import describer_of
from core.networks import use_one_thread
from core.signals.batch import Batch

SIGNS = {Grade.GOOD: "●", Grade.FAIR: "◐", Grade.POOR: "○"}


def report_on(fault: str, quick: bool, seed: int = 0) -> Report:
    """The report on signals with a fault."""
    use_one_thread()
    n = how_many(quick, 1, len(SIMULATOR.times))
    real, other, training = (draw(n, 100 * seed + index)[0] for index in range(3))
    fakes = FAULTS[fault](n, 100 * seed + 3, training)
    sets = SignalSets(
        real=Batch.unconditional(real),
        other_real=Batch.unconditional(other),
        fake=Batch.unconditional(fakes.astype(np.float32)),
        training=Batch.unconditional(training),
        times=SIMULATOR.times,
        describer=describer_of(SIMULATOR),
    )
    origin = Origin(name=fault, reals=f"{n:,} signals of the default simulator")
    return judge(sets, origin, quick=quick, seed=seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer signals and measures")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        tasks = {fault: pool.submit(report_on, fault, options.quick, options.seed) for fault in FAULTS}
        reports = {fault: task.result() for fault, task in tasks.items()}
    for fault, report in reports.items():
        print(f"{fault}: {report.verdict.title}, {report.subject.seconds:.0f} s. {report.verdict.sentence}")
    print(f"\n| measure | floor | {' | '.join(reports)} |\n|---|---|{'---|' * len(reports)}")
    for scores in zip(*(report.scores for report in reports.values()), strict=True):
        cells = [f"{SIGNS[score.grade]} {score.format(score.value)}" for score in scores]
        print(f"| {scores[0].title} | {scores[0].format(scores[0].floor)} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
