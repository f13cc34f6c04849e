"""The verdict and the score sheet of a report, and several sheets beside each other."""

from collections.abc import Sequence
from html import escape

from core import formatting
from core.fidelity.measure import GROUP_TITLES, Grade, Group
from core.fidelity.report import Report
from core.fidelity.verdict import Score
from pages.widgets.markup import markup

SIGNS = {Grade.GOOD: "●", Grade.FAIR: "◐", Grade.POOR: "○"}  # told apart without colour


def verdict_card(report: Report, key: str) -> None:
    """The verdict, large."""
    verdict = report.verdict
    markup(
        f'<section class="wt-verdict wt-{verdict.grade}"><h2>{SIGNS[verdict.grade]} {escape(verdict.title)}</h2>'
        f"<p>{escape(verdict.sentence)}</p><p><b>What to try:</b> {escape(verdict.advice)}</p></section>",
        key,
    )


def score_sheet(scores: Sequence[Score], key: str) -> None:
    """All measures with value, floor, ratio, meaning and a traffic light."""
    head = "".join(f"<th scope=col>{text}</th>" for text in ("Measure", "Value", "Floor", "Ratio", ""))
    body = "".join(_group(group, scores) for group in Group)
    markup(f'<table class="wt-sheet wt-scores"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>', key)


def compared_sheets(reports: dict[str, Report], key: str) -> None:
    """The values of several reports, by the name that each is to be called; measures that all of them have."""
    by_key = [{score.key: score for score in report.scores} for report in reports.values()]
    common = [score for score in next(iter(reports.values())).scores if all(score.key in one for one in by_key)]
    head = "".join(f"<th scope=col>{escape(name)}</th>" for name in reports)
    verdicts = "".join(f"<td>{_light(report.verdict.grade, report.verdict.title)}</td>" for report in reports.values())
    rows = "".join(
        f"<tr><td>{escape(score.title)}</td>"
        + "".join(f"<td>{_value(one[score.key])}</td>" for one in by_key)
        + "</tr>"
        for score in common
    )
    markup(
        f'<div class="wt-wide"><table class="wt-sheet"><thead><tr><th scope=col>Measure</th>{head}</tr></thead>'
        f"<tbody><tr><td><b>Verdict</b></td>{verdicts}</tr>{rows}</tbody></table></div>",
        key,
    )


def _group(group: Group, scores: Sequence[Score]) -> str:
    rows = "".join(_row(score) for score in scores if score.group is group)
    return f"<tr><th colspan=5 scope=rowgroup>{escape(GROUP_TITLES[group])}</th></tr>{rows}" if rows else ""


def _row(score: Score) -> str:
    ratio = "–" if score.ratio is None else formatting.number(score.ratio)
    numbers = "".join(
        f"<td>{escape(text)}</td>" for text in (score.format(score.value), score.format(score.floor), ratio)
    )
    return (
        f"<tr><td>{escape(score.title)}<p>{escape(score.sentence)}</p></td>{numbers}"
        f"<td>{_light(score.grade, score.grade)}</td></tr>"
    )


def _value(score: Score) -> str:
    return f"{_light(score.grade, score.format(score.value))}<p>floor {escape(score.format(score.floor))}</p>"


def _light(grade: Grade, text: str) -> str:
    return f'<span class="wt-light wt-{grade}" title="{grade}">{SIGNS[grade]} {escape(text)}</span>'
