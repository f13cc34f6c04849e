"""Which state of its run a twin is, and how true."""

from core import formatting
from core.generation.surrogate import Surrogate
from core.store.run import Run
from pages.widgets.text import plain


def standing(run: Run, twin: Surrogate) -> str:
    """The state, and its verdict or, where it was not judged, how near its fakes came to real signals during the training."""
    which = f"“{plain(run.name)}” {formatting.moment(twin.step)}"
    report = run.report
    if report and report.subject.step == twin.step:
        return f"{which}. Verdict: **{report.verdict.title}**."
    return f"{which}, not judged yet. By a rough measure, its fakes are {formatting.nearness(twin.distance)}."
