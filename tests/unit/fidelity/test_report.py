import json

import numpy as np
import pytest
from pydantic import ValidationError

from core.fidelity.measure import Grade, Group
from core.fidelity.pictures import Bands, Cells, Histograms, Overlay, Points, Rows
from core.fidelity.report import MIN_SIGNALS, Report, evaluate
from core.fidelity.signal_set import DescriptiveFeatures
from tests.unit.fidelity.reports import FAKES, REALS, caught, content, report_on, walks

# What a report says


def test_a_report_says_what_was_judged_on_what(report):
    subject = report.subject
    assert (subject.n_signals, subject.n_channels, subject.n_samples) == (MIN_SIGNALS, 1, 32)
    assert (subject.name, subject.run_id, subject.step, subject.seed, subject.quick) == ("fakes", None, None, 0, True)
    assert subject.reals == "60 of 180 given reals, drawn at random"
    assert subject.sampling_rate is None  # nobody gave one
    assert subject.seconds > 0
    assert subject.measured_at.tzinfo is not None


def test_every_measure_has_a_sentence_with_its_value(report):
    for score in report.scores:
        assert score.format(score.value) in score.sentence, score.key
        assert not set("{}") & set(score.sentence), score.key
        assert score.sentence.endswith("."), score.key


def test_only_classifiers_have_an_interval(report):
    for score in report.scores:
        assert (score.interval is not None) == (score.group is Group.CLASSIFIERS), score.key
        if score.interval:
            assert 0 <= score.interval[0] <= score.value <= score.interval[1] <= 1


def test_a_report_has_the_data_of_every_picture(report):
    kinds = {
        "overlay": Overlay,
        "easiest": Rows,
        "histograms": Histograms,
        "scatter": Points,
        "missing": Cells,
        "psd": Bands,
        "acf": Bands,
        "nearest": Rows,
        "distances": Histograms,
    }
    assert {picture.key: type(picture) for picture in report.pictures} == kinds
    shown = {picture.key: picture for picture in report.pictures}
    assert len(shown["overlay"].channels[0].fake[0]) == 32
    assert {panel.axis.name for panel in shown["histograms"].panels} >= {"value", "mean", "skew"}
    titles = {score.title.lower() for score in report.scores if score.group is Group.CLASSIFIERS}
    assert any(f"({title})" in shown["easiest"].caption for title in titles)
    json.dumps(report.model_dump(mode="json"), allow_nan=False)


def test_pictures_have_every_channel(report_on_channels):
    for picture in report_on_channels.pictures:
        assert picture.has_channels == hasattr(picture, "channels")
        assert not picture.has_channels or len(picture.channels) == 3


@pytest.mark.parametrize("start", [0, 1000, 1e5])
def test_pictures_keep_the_sampling_interval_whenever_signals_begin(start, only):
    only("boosted_trees")
    sets = [walks(MIN_SIGNALS, seed=seed) for seed in range(3)]
    found = report_on(*sets, sets[1], start + np.arange(32) / 500, DescriptiveFeatures())
    for picture in found.pictures:
        assert (picture.start, picture.interval) == (start, pytest.approx(1 / 500, rel=0.01))


@pytest.mark.parametrize("name", ["report", "report_on_channels", "report_on_noise"])
def test_a_report_comes_back_from_json(name, request):
    found = request.getfixturevalue(name)
    assert Report.model_validate_json(found.model_dump_json()) == found


def test_a_report_says_what_it_is(report):
    header = json.loads(report.model_dump_json())
    assert (header["format"], header["version"]) == ("wavetwin-report", 4)
    assert list(header)[:2] == ["format", "version"]


@pytest.mark.parametrize("change", [{"version": 5}, {"format": "wavetwin-run-status"}, {"format": 1}])
def test_what_is_no_report_or_a_newer_one_is_refused(change, report):
    with pytest.raises(ValidationError):
        Report.model_validate(report.model_dump(mode="json") | change)


@pytest.mark.parametrize("fakes", [np.ones_like(FAKES), 1e6 * FAKES, np.repeat(FAKES[:1], MIN_SIGNALS, axis=0)])
@pytest.mark.filterwarnings("ignore:Precision loss occurred")
def test_a_report_on_odd_fakes_comes_back_from_json(fakes):
    found = evaluate(REALS, fakes, quick=True)
    assert found.verdict.grade is Grade.POOR
    assert Report.model_validate_json(found.model_dump_json()) == found


@pytest.mark.filterwarnings("ignore:Precision loss occurred")
def test_constants_are_not_told_from_constants():
    found = evaluate(np.ones_like(REALS), np.ones_like(FAKES), quick=True)
    assert caught(found) == {}
    assert Report.model_validate_json(found.model_dump_json()) == found


def test_the_same_seed_gives_the_same_report(report):
    assert content(evaluate(REALS, FAKES, quick=True)) == content(report)


def test_another_seed_gives_another_report(report):
    other = evaluate(REALS, FAKES, quick=True, seed=1)
    assert other.subject.seed == 1
    assert [score.floor for score in other.scores] != [score.floor for score in report.scores]


# Progress


def test_progress_goes_from_nothing_to_all_and_says_what_is_measured(report):
    told = []
    evaluate(REALS, FAKES, quick=True, on_progress=lambda *now: told.append(now))
    shares, doing = zip(*told, strict=True)
    assert shares[0] == 0
    assert shares[-1] == 1
    assert list(shares) == sorted(shares)
    assert list(dict.fromkeys(doing)) == ["quantities", *(score.title for score in report.scores), "plots"]


@pytest.mark.parametrize("last", [1, 5])
def test_whoever_watches_the_progress_can_end_the_work(last):
    told = []

    def watch(share: float, doing: str) -> None:
        told.append(share)
        if len(told) == last:
            raise KeyboardInterrupt("enough")

    with pytest.raises(KeyboardInterrupt, match="enough"):
        evaluate(REALS, FAKES, quick=True, on_progress=watch)
    assert len(told) == last


def test_the_work_can_be_ended_in_the_middle_of_a_measure_and_of_the_plots(only):
    only("boosted_trees", "random_kernels", "copied")
    told = []
    evaluate(REALS, FAKES, quick=True, on_progress=lambda share, title: told.append(title))
    assert told.count("Random kernels") > 20  # a kernel group is convolved between one and the next
    assert told.count("Copies") > 2
    assert told.count("plots") > 1
