"""The verdict and the scorecard of a report, and several scorecards side by side."""

from collections.abc import Mapping, Sequence
from html import escape

from core import formatting
from core.fidelity.measure import GROUP_TITLES, Grade, Group
from core.fidelity.report import Report
from core.fidelity.verdict import Score, Verdict
from pages.components.markup import markup

SIGNS = {Grade.GOOD: "●", Grade.FAIR: "◐", Grade.POOR: "○"}  # told apart without colour
_WORST_FIRST = (Grade.POOR, Grade.FAIR, Grade.GOOD)


def verdict_card(verdict: Verdict, key: str) -> None:
    """The verdict, large."""
    markup(
        f'<section class="wt-verdict wt-{verdict.grade}"><h2>{SIGNS[verdict.grade]} {escape(verdict.title)}</h2>'
        f"<p>{escape(verdict.sentence)}</p><p><b>What to try:</b> {escape(verdict.advice)}</p></section>",
        key,
    )


def scorecard(scores: Sequence[Score], key: str, *, explained: Sequence[str] = ()) -> None:
    """One line a measure, in groups that are folded where all is good; a line opens to say what its value means.

    explained: the keys of the measures that are open from the start; their groups are open as well.
    """
    head = "".join(f"<span>{text}</span>" for text in ("Measure", "Value", "Floor", "Grade"))
    groups = "".join(
        _group(group, [score for score in scores if score.group is group], explained)
        for group in Group
        if any(score.group is group for score in scores)
    )
    markup(f'<div class="wt-scorecard"><div class="wt-score-head" aria-hidden="true">{head}</div>{groups}</div>', key)


def compared_scorecards(reports: Mapping[str, Report], key: str) -> None:
    """The values of several reports, each under the name given, for the measures that all of them have."""
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
        f'<div class="wt-wide"><table class="wt-table"><thead><tr><th scope=col>Measure</th>{head}</tr></thead>'
        f"<tbody><tr><td><b>Verdict</b></td>{verdicts}</tr>{rows}</tbody></table></div>",
        key,
    )


def _group(group: Group, scores: Sequence[Score], explained: Sequence[str]) -> str:
    n_good = sum(score.grade is Grade.GOOD for score in scores)
    worst = next(grade for grade in _WORST_FIRST if any(score.grade is grade for score in scores))
    is_open = n_good < len(scores) or any(score.key in explained for score in scores)
    count = _light(worst, f"{n_good} of {len(scores)} good")
    rows = "".join(_row(score, score.key in explained) for score in scores)
    return (
        f'<details class="wt-group"{" open" if is_open else ""}>'
        f"<summary><b>{escape(GROUP_TITLES[group])}</b>{count}</summary>{rows}</details>"
    )


def _row(score: Score, is_open: bool) -> str:
    ratio = "" if score.ratio is None else f" Value ÷ floor: {formatting.number(score.ratio)}."
    return (
        f'<details class="wt-score"{" open" if is_open else ""}>'
        f"<summary><span>{escape(score.title)}</span>{_number('value', score.format(score.value))}"
        f"{_number('floor', score.format(score.floor))}{_light(score.grade, score.grade)}</summary>"
        f"<p>{escape(score.sentence)}{ratio}</p></details>"
    )


def _number(name: str, text: str) -> str:
    """A number, whose column a screen reader says before it."""
    return f'<span class="wt-number"><span class="wt-unseen">{name} </span>{escape(text)}</span>'


def _value(score: Score) -> str:
    return f"{_light(score.grade, score.format(score.value))} <small>floor {escape(score.format(score.floor))}</small>"


def _light(grade: Grade, text: str) -> str:
    return f'<span class="wt-light wt-{grade}"><span aria-hidden="true">{SIGNS[grade]}</span> {escape(text)}</span>'
