"""The tables of docs/fidelity.md that come from code: the verdicts and the measures.

    python -m benchmarks.tables

tests/unit/fidelity/test_document.py holds the document to them.
"""

from itertools import groupby

import numpy as np

from core.config import Column, SimulatorConfig
from core.fidelity.comparison import Comparison
from core.fidelity.measure import Measure
from core.fidelity.scorecard import measures
from core.fidelity.signal_set import SignalSet, describer_of
from core.fidelity.verdict import LEVEL_TITLES, MAX_ACCURACIES, Level
from core.formatting import percent
from core.signals.simulator import Simulator

SIMULATOR = Simulator(SimulatorConfig(n_samples=32))
CONDITIONS = (Column(name="number", minimum=0, maximum=1), Column(name="class", classes=("first", "second")))
QUANTITIES = "w1_"  # how the keys of the measures of quantities begin


def sine_measures() -> list[Measure]:
    """Every measure of sines in two channels with a number and a class known of each."""
    signals = np.repeat(SIMULATOR.sample(40, 0), 2, axis=1)
    one = SignalSet(signals, SIMULATOR.times, describer_of(SIMULATOR), np.zeros((40, 2)))
    return measures(Comparison(real=one, other=one, training=signals, columns=CONDITIONS), quick=False)


def descriptive_measures() -> list[Measure]:
    """The measures of the quantities of signals that are not known to be sines."""
    one = SignalSet(SIMULATOR.sample(40, 0), SIMULATOR.times)
    found = measures(Comparison(real=one, other=one, training=one.signals), quick=False)
    return [measure for measure in found if measure.key.startswith(QUANTITIES)]


def all_measures() -> list[Measure]:
    """All measures, in the order of the scorecard: the quantities of sines, then those of other signals."""
    of_sines = sine_measures()
    end = 1 + max(index for index, measure in enumerate(of_sines) if measure.key.startswith(QUANTITIES))
    return [*of_sines[:end], *descriptive_measures(), *of_sines[end:]]


def measures_table() -> str:
    """What each measure is and where it was published; measures that are defined alike share a row."""
    rows = ["| measure | what it is | source |", "|---|---|---|"]
    for (definition, source), group in groupby(all_measures(), lambda measure: (measure.definition, measure.source)):
        rows.append(f"| {', '.join(measure.title for measure in group)} | {definition} | {source} |")
    return "\n".join(rows)


def verdicts_table() -> str:
    """What fakes are called, by the accuracy of the best classifier."""
    accuracies = {level: f"up to {percent(limit)}" for level, limit in MAX_ACCURACIES.items()}
    accuracies[Level.INDISTINGUISHABLE] += ", or not surely better than guessing, and every measure good"
    accuracies[Level.FLAWED] = f"up to {percent(MAX_ACCURACIES[Level.HARD])}, but a measure poor"
    accuracies[Level.USELESS] = "above"
    rows = [f"| {accuracies[level]} | {title} |" for level, title in LEVEL_TITLES.items()]
    return "\n".join(["| accuracy of the best classifier | verdict |", "|---|---|", *rows])


def main() -> None:
    print(verdicts_table(), measures_table(), sep="\n\n")


if __name__ == "__main__":
    main()
