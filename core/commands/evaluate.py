"""Measure how true the twin of a run is."""

import argparse

from tqdm import tqdm

from core.commands.output import say, write
from core.jobs.evaluation import evaluate_run
from core.presentation import report_page
from core.store.runs import RunStore


def main(options: argparse.Namespace) -> int:
    """Measure how true the twin of a run is, and keep the report with the run."""
    run = RunStore().get(options.run)
    with tqdm(total=100, unit=" %", disable=None, bar_format="{l_bar}{bar}| {desc}") as bar:

        def show(share: float, title: str) -> None:
            bar.set_description_str(title, refresh=False)
            bar.update(round(100 * share) - bar.n)

        report = evaluate_run(run, options.quick, on_progress=show)
    if options.html:
        write(options.html, iter([report_page.as_html(report).encode()]), "--html")
    result = report.model_dump(mode="json", exclude={"pictures"})
    verdict = report.verdict
    say(options, result, f"{verdict.title}. {verdict.sentence} {verdict.advice}")
    return 0
