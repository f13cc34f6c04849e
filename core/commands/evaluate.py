"""Measure how true the twin of a run is."""

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from tqdm import tqdm

from core.commands.output import say, write
from core.errors import WavetwinError
from core.fidelity.report import OnProgress
from core.fidelity.usefulness import sentence
from core.jobs.evaluation import evaluate_run
from core.jobs.usefulness import measure_usefulness
from core.presentation import report_page
from core.store.run import Run
from core.store.runs import RunStore


def main(options: argparse.Namespace) -> int:
    """Measure how true the twin of a run is, and keep the report with the run."""
    run = RunStore().get(options.run)
    if options.usefulness is not None:
        return _usefulness(run, options)
    with _progress() as show:
        report = evaluate_run(run, options.quick, on_progress=show)
    if options.html:
        write(options.html, iter([report_page.as_html(report).encode()]), "--html")
    result = report.model_dump(mode="json", exclude={"pictures"})
    verdict = report.verdict
    say(options, result, f"{verdict.title}. {verdict.sentence} {verdict.advice}")
    return 0


def _usefulness(run: Run, options: argparse.Namespace) -> int:
    """Measure whether the fakes help a model, and keep that with the run."""
    if options.quick or options.html:
        raise WavetwinError("--usefulness has no quick form and no page of its own; leave out --quick and --html.")
    with _progress() as show:
        task = measure_usefulness(run, options.usefulness, show)
    say(options, task.model_dump(mode="json") | {"sentence": sentence(task)}, sentence(task))
    return 0


@contextmanager
def _progress() -> Iterator[OnProgress]:
    """A bar that shows how far a measurement is."""
    with tqdm(total=100, unit=" %", disable=None, bar_format="{l_bar}{bar}| {desc}") as bar:

        def show(share: float, title: str) -> None:
            bar.set_description_str(title, refresh=False)
            bar.update(round(100 * share) - bar.n)

        yield show
