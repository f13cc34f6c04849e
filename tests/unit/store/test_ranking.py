import numpy as np
import pytest

from core.config import RunConfig, changed
from core.fidelity.report import MIN_SIGNALS, Report, evaluate
from core.fidelity.verdict import Level
from core.store.ranking import ranks, result
from core.store.run import Run
from core.store.status import State, Status


@pytest.fixture
def finished(store, tiny_config):
    """Makes a finished run with evaluations: accuracy, distance, and whether the state was the best so far."""

    def finish(
        *found: tuple[float, float, bool], config: RunConfig = tiny_config, state: State = State.FINISHED
    ) -> Run:
        run = store.create(config, sweep="Sweep")
        for step, (accuracy, distance, is_best) in enumerate(found):
            run.log_metrics(step, {"accuracy": accuracy, "distance": distance, "is_best": is_best})
        run.write_status(Status(state=state))
        return run

    return finish


@pytest.fixture(scope="module")
def report() -> Report:
    """Any report."""
    reals = np.random.default_rng(0).normal(size=(3 * MIN_SIGNALS, 16))
    return evaluate(reals, 2 * reals[:MIN_SIGNALS], quick=True)


def test_the_state_that_is_handed_over_is_what_counts(finished):
    run = finished((0.9, 5.0, True), (0.6, 2.0, True), (0.55, 1.5, False))
    assert result(run) == (0.6, 2.0)


def test_a_run_without_evaluations_came_to_nothing(run):
    assert result(run) is None


def test_the_harder_fakes_are_to_tell_the_better_the_rank(finished):
    runs = [finished((accuracy, distance, True)) for accuracy, distance in ((0.8, 1), (0.6, 3), (0.6, 2), (0.7, 1))]
    assert [ranks(runs)[run.id] for run in runs] == [4, 2, 1, 3]


def test_where_classifiers_guess_or_tell_all_the_distance_decides(finished):
    runs = [finished((accuracy, distance, True)) for accuracy, distance in ((0.48, 2), (0.5, 1), (0.99, 3), (0.96, 4))]
    assert [ranks(runs)[run.id] for run in runs] == [2, 1, 3, 4]


def test_equals_share_a_rank(finished):
    runs = [finished((0.6, 2.0, True)) for _ in range(2)] + [finished((0.7, 2.0, True))]
    assert [ranks(runs)[run.id] for run in runs] == [1, 1, 3]


def test_runs_of_other_sources_are_not_compared(finished, tiny_config):
    other = changed(tiny_config, source=tiny_config.source.model_dump() | {"noise_amplitude": 1.0})
    runs = [finished((0.9, 5.0, True)), finished((0.6, 2.0, True), config=other)]
    assert set(ranks(runs).values()) == {1}


def test_what_is_not_finished_has_no_rank(finished):
    run = finished((0.6, 2.0, True), state=State.STOPPED)
    assert ranks([run, finished()]) == {}


def test_reports_decide_where_every_run_has_one(finished, report):
    def judged(level: Level) -> Report:
        return report.model_copy(update={"verdict": report.verdict.model_copy(update={"level": level})})

    runs = [finished((0.6, 2.0, True)), finished((0.7, 3.0, True))]
    runs[0].save_report(judged(Level.EASY))
    assert [ranks(runs)[run.id] for run in runs] == [1, 2]
    runs[1].save_report(judged(Level.CLOSE))
    assert [ranks(runs)[run.id] for run in runs] == [2, 1]
