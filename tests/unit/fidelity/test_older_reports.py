"""Reports of versions 2, whose keys were English sentences, and 3 open as those of today."""

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from core.fidelity.measure import Group
from core.fidelity.pictures import RequestedClasses, RequestedNumbers
from core.fidelity.report import Report
from core.fidelity.verdict import Level
from core.presentation import report_page
from core.presentation.report_plots import figure_of
from core.units import Units

TEXT = Path(__file__).with_name("report_of_version_2.json").read_text("utf-8")
OLD = json.loads(TEXT)


@pytest.fixture(scope="module")
def report() -> Report:
    return Report.model_validate_json(TEXT)


def test_its_scores_and_its_words_are_kept(report):
    assert report.version == 4
    assert report.verdict.level is Level.USELESS
    assert report.verdict.sentence == OLD["verdict"]["sentence"]
    titles = {score.key: score.title for score in report.scores}
    assert titles[report.verdict.weakest] == OLD["verdict"]["weakest"]
    for score, old in zip(report.scores, OLD["scores"], strict=True):
        assert (score.value, score.floor, score.grade) == (old["value"], old["floor"], old["grade"])
        assert (score.title, score.sentence, score.advice) == (old["title"], old["sentence"], old["advice"])


def test_its_groups_and_keys_are_those_of_today(report):
    assert {score.group for score in report.scores} == set(Group)
    assert {"requested_0", "requested_1", "taught_0", "w1_amplitude"} <= {score.key for score in report.scores}


def test_its_pictures_are_those_that_were_kept(report):
    shown, evidence = {picture.key: picture for picture in report.pictures}, OLD["evidence"]
    channel = evidence["channels"][0]
    assert shown["overlay"].channels[0].fake == channel["overlay"]["fake"]
    assert shown["easiest"].channels[0].reference == channel["easiest"]["real"]
    assert shown["nearest"].channels[0].reference == channel["nearest"]["training"]
    assert shown["psd"].channels[0].model_dump() == channel["psd"]
    assert shown["missing"].ratio == evidence["map"]["ratio"]
    assert shown["overlay"].start == evidence["times"][0]
    assert shown["overlay"].interval == pytest.approx(evidence["times"][1] - evidence["times"][0])
    assert shown["overlay"].units == Units("V")
    number, kind = shown["requested_0"], shown["requested_1"]
    assert isinstance(number, RequestedNumbers)
    assert (number.axis.name, number.obtained) == ("amplitude", evidence["asked"][0]["came"])
    assert isinstance(kind, RequestedClasses)
    assert (kind.name, kind.recognised) == ("operating state", evidence["asked"][1]["right"])


def test_it_can_be_shown_and_kept_again(report):
    for picture in report.pictures:
        json.dumps(figure_of(picture), allow_nan=False)
    assert report.verdict.sentence in report_page.as_html(report)
    assert Report.model_validate_json(report.model_dump_json()) == report


@pytest.mark.parametrize("part", ["subject", "verdict", "scores", "evidence"])
def test_without_a_part_it_is_refused(part):
    with pytest.raises(ValidationError, match="version 2"):
        Report.model_validate({key: value for key, value in OLD.items() if key != part})


def test_pictures_of_version_3_had_the_unit_of_their_values_alone(report):
    content = report.model_dump(mode="json") | {"version": 3}
    for picture in content["pictures"]:
        if "units" in picture:
            picture["unit"] = picture.pop("units")["value"]
    assert Report.model_validate(content) == report
    with pytest.raises(ValidationError, match="version 3"):
        Report.model_validate(content | {"pictures": [{"kind": "rows"}]})


def test_an_unknown_level_is_refused():
    with pytest.raises(ValidationError, match="version 2"):
        Report.model_validate(OLD | {"verdict": OLD["verdict"] | {"level": "Nearly real"}})
