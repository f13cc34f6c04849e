"""The scorecard: one line a measure, in groups that fold where all is good."""

import re

from core.fidelity.measure import GROUP_TITLES, Grade, Group
from core.fidelity.verdict import Score
from tests.pages.visits import data_of, is_well, visit

GROUP = re.compile(
    r'<details class="wt-group"( open)?><summary><b>(.*?)</b><span class="wt-light wt-(\w+)">(.*?)</span></summary>'
)
MEASURE = re.compile(r'<details class="wt-score"( open)?><summary><span>(.*?)</span>')


def html(session) -> str:
    return data_of(session, "scorecard")["html"]


def graded(report, grades: dict[Group, list[Grade]], weakest: str | None = None):
    """A report whose measures have these grades in their groups, and are good otherwise."""
    scores: list[Score] = []
    for score in report.scores:
        rank = sum(other.group is score.group for other in scores)
        given = grades.get(score.group, [])
        scores.append(score.model_copy(update={"grade": given[rank] if rank < len(given) else Grade.GOOD}))
    verdict = report.verdict.model_copy(update={"weakest": weakest})
    return report.model_copy(update={"scores": scores, "verdict": verdict})


def shown(add_judged, report):
    run = add_judged()
    run.save_report(report.model_copy(update={"subject": report.subject.model_copy(update={"run_id": run.id})}))
    session = visit("fidelity", run=run.id)
    assert is_well(session)
    return session


def groups(session) -> dict[str, tuple[bool, str, str]]:
    """Of each group whether it is open, its worst grade, and its count."""
    return {
        title: (bool(is_open), grade, re.sub("<.*?>", "", count).strip())
        for is_open, title, grade, count in GROUP.findall(html(session))
    }


def test_a_group_folds_where_all_is_good_and_says_how_many(add_judged, report):
    mixed = graded(report, {Group.SPECTRUM: [Grade.FAIR], Group.DIVERSITY: [Grade.FAIR, Grade.POOR]})
    found = groups(shown(add_judged, mixed))
    n = {group: sum(score.group is group for score in report.scores) for group in Group}
    assert list(found) == [GROUP_TITLES[group] for group in Group if n[group]]
    good = n[Group.QUANTITIES]
    assert found[GROUP_TITLES[Group.QUANTITIES]] == (False, "good", f"● {good} of {good} good")
    assert found[GROUP_TITLES[Group.SPECTRUM]] == (
        True,
        "fair",
        f"◐ {n[Group.SPECTRUM] - 1} of {n[Group.SPECTRUM]} good",
    )
    assert found[GROUP_TITLES[Group.DIVERSITY]] == (
        True,
        "poor",
        f"○ {n[Group.DIVERSITY] - 2} of {n[Group.DIVERSITY]} good",
    )


def test_every_measure_is_one_line_that_opens(add_judged, report):
    session = shown(add_judged, graded(report, {}))
    found = MEASURE.findall(html(session))
    assert [title for _, title in found] == [score.title for score in report.scores]
    assert not any(is_open for is_open, _ in found)
    session.toggle(key="explain").set_value(True).run()
    assert all(is_open for is_open, _ in MEASURE.findall(html(session)))
    assert all(is_open for is_open, *_ in groups(session).values())


def test_what_is_weakest_is_explained_at_once(add_judged, report):
    session = shown(add_judged, graded(report, {Group.SPECTRUM: [Grade.FAIR]}, weakest="psd"))
    assert [title for is_open, title in MEASURE.findall(html(session)) if is_open] == ["Power spectrum"]
