from itertools import product

import pytest

from core.fidelity.measure import GROUP_TITLES, N_SIGNALS_OF_BANDS, Grade, Group, format_value
from core.fidelity.measures.parameters import LARGEST_GAP
from core.fidelity.verdict import GRADES, LEVEL_TITLES, MAX_ACCURACIES, MEANINGS, NO_ADVICE, Level, Score, verdict

N = 10_000
BEYOND = 1e-6


def line(grade: Grade = Grade.GOOD, severity: float | None = None, **options) -> Score:
    """A line of the sheet that is no classifier's."""
    rank = list(Grade).index(grade)
    given = {
        "key": "psd",
        "title": "Power spectrum",
        "group": Group.SPECTRUM,
        "value": 1.0,
        "floor": 0.5,
        "grade": grade,
        "severity": (0.1, 0.7, 2.0)[rank] if severity is None else severity,
        "sentence": "It is 1 off.",
        "fault": "has the wrong power",
        "advice": "Mend the power.",
        "form": "number",
    }
    return Score(**given | options)


def classifier(accuracy: float, grade: Grade = Grade.FAIR, margin: float = 0.005, **options) -> Score:
    """A classifier's line, whose accuracy is known to within `margin`."""
    given = {
        "key": "trees",
        "title": "Trees",
        "group": Group.CLASSIFIERS,
        "value": accuracy,
        "floor": 0.5,
        "fault": "shows to trees",
        "advice": "Mend what trees see.",
        "form": "percent",
        "interval": (accuracy - margin, accuracy + margin),
    }
    return line(grade, **given | options)


def level_of(*scores: Score) -> Level:
    return verdict(scores, N).level


# Levels


@pytest.mark.parametrize(
    ("accuracy", "level"),
    [
        (0.3, Level.INDISTINGUISHABLE),
        (0.5, Level.INDISTINGUISHABLE),
        (0.52, Level.INDISTINGUISHABLE),
        (0.52 + BEYOND, Level.HARD),
        (0.6, Level.HARD),
        (0.6 + BEYOND, Level.CLOSE),
        (0.75, Level.CLOSE),
        (0.75 + BEYOND, Level.EASY),
        (0.95, Level.EASY),
        (0.95 + BEYOND, Level.USELESS),
        (1.0, Level.USELESS),
    ],
)
def test_fakes_are_called_by_the_best_classifier(accuracy, level):
    grade = Grade.GOOD if accuracy <= 0.55 else Grade.FAIR
    assert level_of(classifier(accuracy, grade), line()) is level


def test_the_best_of_several_classifiers_decides():
    assert level_of(classifier(0.5, Grade.GOOD), classifier(0.7), classifier(0.55, Grade.GOOD)) is Level.CLOSE


def test_luck_counts_as_guessing():
    assert level_of(classifier(0.58, Grade.GOOD, margin=0.1), line()) is Level.INDISTINGUISHABLE
    assert level_of(classifier(0.58, Grade.GOOD, margin=0.1), classifier(0.55, Grade.GOOD)) is Level.HARD


def test_few_signals_do_not_make_a_high_accuracy_good():
    assert level_of(classifier(0.7, Grade.GOOD, margin=0.25), line()) is Level.CLOSE
    assert level_of(classifier(0.98, Grade.GOOD, margin=0.6), line()) is Level.CLOSE


def test_reals_that_differ_much_among_themselves_do_not_make_a_twin_good():
    found = verdict([classifier(0.995, Grade.GOOD, floor=0.986), line()], N)
    assert found.level is Level.CLOSE
    assert "more recordings are needed" in found.sentence
    assert "more recordings are needed" not in verdict([classifier(0.995, floor=0.55), line()], N).sentence


@pytest.mark.parametrize("accuracy", [0.5, 0.55, 0.6])
def test_fakes_that_look_real_one_by_one_but_not_together_are_flawed(accuracy):
    found = verdict([classifier(accuracy, Grade.GOOD), line(Grade.POOR)], N)
    assert found.level is Level.FLAWED
    assert found.grade is Grade.POOR
    assert "taken together they are not what the source makes" in found.sentence
    assert found.weakest == "psd"


@pytest.mark.parametrize(("accuracy", "level"), [(0.7, Level.CLOSE), (0.9, Level.EASY), (0.99, Level.USELESS)])
def test_fakes_that_can_be_told_one_by_one_are_called_so_whatever_else_is_wrong(accuracy, level):
    for grade in Grade:
        assert level_of(classifier(accuracy), line(grade)) is level


def test_a_fair_line_keeps_fakes_from_being_called_indistinguishable():
    assert level_of(classifier(0.5, Grade.GOOD), line()) is Level.INDISTINGUISHABLE
    assert level_of(classifier(0.5, Grade.GOOD), line(), line(Grade.FAIR)) is Level.HARD
    assert level_of(classifier(0.56, Grade.FAIR), line(Grade.FAIR)) is Level.HARD


def test_a_verdict_is_never_better_than_its_sheet():
    accuracies = {
        0.5: Grade.GOOD,
        0.54: Grade.GOOD,
        0.58: Grade.FAIR,
        0.7: Grade.POOR,
        0.9: Grade.POOR,
        1.0: Grade.POOR,
    }
    for (accuracy, of_classifier), *others in product(accuracies.items(), Grade, Grade):
        found = verdict([classifier(accuracy, of_classifier), *map(line, others)], N)
        grades = {of_classifier, *others}
        assert found.level is not Level.INDISTINGUISHABLE or grades == {Grade.GOOD}
        assert found.grade is not Grade.GOOD or Grade.POOR not in grades
        assert found.weakest or grades == {Grade.GOOD}


@pytest.mark.parametrize("accuracy", [0.56, 0.61])
def test_a_sheet_that_is_good_throughout_never_has_a_bad_verdict(accuracy):
    barely = classifier(accuracy, Grade.GOOD, interval=(0.501, 2 * accuracy - 0.501))
    found = verdict([barely, line()], N)
    assert found.grade is Grade.GOOD
    assert found.level in (Level.INDISTINGUISHABLE, Level.HARD)


@pytest.mark.parametrize("level", Level)
def test_every_level_has_a_grade_and_a_meaning(level):
    assert level in GRADES
    assert MEANINGS[level].format(n="1").endswith(".")
    assert level in MAX_ACCURACIES or level is Level.FLAWED


def test_every_level_and_every_group_has_a_title():
    assert set(LEVEL_TITLES) == set(Level)
    assert set(GROUP_TITLES) == set(Group)
    assert verdict([classifier(0.7), line()], N).title == LEVEL_TITLES[Level.CLOSE]


# Sentences


def test_a_verdict_says_how_well_the_best_classifier_does():
    scores = [classifier(0.64, floor=0.512), classifier(0.6), line()]
    sentence = verdict(scores, N).sentence
    assert sentence.startswith(
        "The best of 2 classifiers is right 64 % of the time; guessing is right 50 % of the time, and on two sets of reals it "
        "is right 51 %."
    )
    assert MEANINGS[Level.CLOSE] in sentence


def test_the_best_verdict_says_how_much_it_is_worth():
    found = verdict([classifier(0.5, Grade.GOOD), line()], N)
    assert "As far as 10,000 signals a side can show" in found.sentence
    assert found.weakest is None
    assert "Weakest" not in found.sentence
    assert found.advice == NO_ADVICE


def test_the_weakest_line_is_the_furthest_from_its_floor():
    scores = [
        classifier(0.58, severity=0.4),
        line(Grade.FAIR, 0.5),
        line(Grade.FAIR, 0.9, key="copied", fault="copies", advice="Take more."),
        line(Grade.GOOD, 0.05),
    ]
    found = verdict(scores, N)
    assert found.weakest == "copied"
    assert found.sentence.endswith("Weakest: the twin copies.")
    assert found.advice == "Take more."


def test_a_line_that_is_good_is_never_the_weakest():
    found = verdict([classifier(0.58), line(Grade.GOOD, severity=99, key="luck")], N)
    assert found.weakest == "trees"


def test_a_classifier_is_named_only_where_nothing_explains_what_it_sees():
    seen = classifier(0.9, severity=9)
    assert verdict([seen, line()], N).weakest == "trees"
    assert verdict([seen, line()], N).sentence.endswith("Weakest: the twin shows to trees.")
    assert verdict([seen, line(Grade.FAIR, 0.5)], N).weakest == "psd"


@pytest.mark.parametrize("accuracy", [0.53, 0.55, 0.58])
@pytest.mark.parametrize("grade", [Grade.GOOD, Grade.FAIR])
def test_where_one_is_to_mind_what_is_weakest_it_is_named(accuracy, grade):
    found = verdict([classifier(accuracy, grade), line()], N)
    assert found.level is Level.HARD
    assert "mind the weakest point" in found.sentence
    assert found.weakest


def test_a_ratio_is_the_value_in_multiples_of_its_floor():
    assert line().ratio == 2
    assert line(floor=0.0).ratio is None
    assert line(value=-1.0, floor=-0.5).ratio == 2


def test_values_are_written_as_their_measure_has_it():
    assert format_value(0.1234, "number") == "0.123"
    assert format_value(0.1234, "percent") == "12 %"
    assert classifier(0.5).format(0.981) == "98.1 %"


def test_a_line_of_the_real_sheet_leads_to_a_verdict():
    value, floor = 0.5, 0.01
    grade = LARGEST_GAP.grade(value, floor, N_SIGNALS_OF_BANDS)
    gap = line(
        grade, LARGEST_GAP.severity(value, floor, N_SIGNALS_OF_BANDS), title=LARGEST_GAP.title, fault=LARGEST_GAP.fault
    )
    found = verdict([classifier(0.5, Grade.GOOD), gap], N)
    assert found.level is Level.FLAWED
    assert f"the twin {LARGEST_GAP.fault}." in found.sentence
