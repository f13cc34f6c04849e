import csv
import html
import io
import json
import re
from base64 import b64encode
from datetime import UTC, datetime
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

from core.fidelity.measure import GROUP_TITLES, Grade
from core.fidelity.pictures import Axis, Bands, Overlay
from core.fidelity.report import MIN_SIGNALS, Report, Subject, evaluate
from core.presentation import report_page
from core.presentation.palette import PALETTES
from core.presentation.report_plots import figure_of

UGLY = "</script><b>x</b> & \"y\" ${title} $0 </title> <!-- <script> 'ω'"
LOADS = {"src", "href", "srcset", "action", "data", "poster", "background"}


@pytest.fixture(scope="module")
def report() -> Report:
    """A report with lines of every grade."""
    rng = np.random.default_rng(0)
    reals = rng.normal(size=(6 * MIN_SIGNALS, 16)).cumsum(axis=1)
    report = evaluate(reals, 2 * reals[: 2 * MIN_SIGNALS] + rng.normal(size=16), quick=True, name="Mine")
    grades = dict(enumerate(Grade))
    scores = [score.model_copy(update={"grade": grades[i % 3]}) for i, score in enumerate(report.scores)]
    return report.model_copy(update={"scores": scores})


def named(report: Report, name: str) -> Report:
    return report.model_copy(update={"subject": report.subject.model_copy(update={"name": name})})


class _Page(HTMLParser):
    """What a browser makes of a page: its elements, its text, and its scripts beside plotly's."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.texts: list[str] = []
        self._inside = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._inside = tag
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        else:
            (self.styles if self._inside == "style" else self.texts).append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    @property
    def figures(self) -> list[dict]:
        """The figures that its scripts draw, in their order."""
        calls = [script for script in self.scripts if script.startswith("show(")]
        return [json.loads(call.partition(", ")[2].removesuffix(")")) for call in calls]


@pytest.fixture(scope="module")
def page(report) -> _Page:
    return _Page(report_page.as_html(report))


# The page


def test_the_page_loads_nothing_from_anywhere(page):
    assert [tag for tag, _ in page.elements if tag in ("link", "img", "iframe", "object", "embed", "base")] == []
    assert [attributes for _, attributes in page.elements if LOADS & set(attributes)] == []
    own = [script for script in page.scripts if len(script) < 1_000_000]
    assert len(own) == len(page.scripts) - 1  # the other one is plotly's, which draws the pictures
    assert not [text for text in (*own, *page.styles) if re.search(r"https?:|url\(|import|fetch\(", text)]


def test_the_page_may_run_its_scripts_and_load_nothing(page):
    (policy,) = (attributes["content"] for _, attributes in page.elements if "http-equiv" in attributes)
    assert policy.startswith("default-src 'none'; ")
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == {
        b64encode(sha256(script.encode()).digest()).decode() for script in page.scripts
    }
    assert "script-src 'sha256-" in policy


def test_the_page_says_what_the_report_says(page, report):
    assert "Fidelity of “Mine”" in page.text
    assert report.verdict.title in page.text
    assert report.verdict.sentence in page.text
    assert report.verdict.advice in page.text
    assert " ".join(report_page.basis(report).split()) in page.text
    assert ("div", {"class": f"verdict {report.verdict.grade}"}) in page.elements


def test_the_page_has_a_row_for_every_measure(page, report):
    for score in report.scores:
        assert score.title in page.texts
        assert score.sentence in page.texts
        assert score.format(score.value) in page.texts
        assert score.format(score.floor) in page.texts
    titles = [GROUP_TITLES[group] for group in dict.fromkeys(score.group for score in report.scores)]
    assert [text for text in page.texts if text in titles] == titles


def test_grades_are_told_apart_without_colour(page, report):
    cells = [text for text in page.texts if text in report_page.LIGHTS.values()]
    assert cells == [report_page.LIGHTS[score.grade] for score in report.scores]
    assert len({light[0] for light in report_page.LIGHTS.values()}) == 3


def test_the_page_has_every_picture_in_its_place(page, report):
    assert len(page.figures) == len(report.pictures) == 9
    places = [attributes["id"] for tag, attributes in page.elements if tag == "div" and "id" in attributes]
    assert places == [f"picture-{index}" for index in range(9)]
    for picture, figure in zip(report.pictures, page.figures, strict=True):
        assert picture.title in page.texts
        assert picture.caption in page.text
        drawn = figure_of(picture)
        assert len(figure["data"]) == len(drawn["data"])
        assert figure["layout"]["height"] == drawn["layout"]["height"]


def test_a_page_on_several_channels_shows_of_the_others_what_differs():
    rng = np.random.default_rng(0)
    reals, fakes = (rng.normal(size=(n * MIN_SIGNALS, 3, 16)).cumsum(axis=2) for n in (6, 2))
    report = evaluate(reals, fakes, quick=True, name="Mine")
    page = _Page(report_page.as_html(report))
    own = [picture for picture in report.pictures if isinstance(picture, Overlay | Bands)]
    assert own
    assert len(page.figures) == len(report.pictures) + 2 * len(own)
    places = [f"Channel {channel}: {picture.title.lower()}" for channel in (2, 3) for picture in own]
    assert [text for text in page.texts if text.startswith("Channel ")] == places
    drawn = figure_of(own[0], channel=1)["data"][0]["y"]
    assert not np.array_equal(drawn, figure_of(own[0])["data"][0]["y"])


def test_the_pictures_need_no_webgl_whose_scripts_the_policy_forbids(page, report):
    assert any("gl" in trace["type"] for picture in report.pictures for trace in figure_of(picture)["data"])
    assert not any("gl" in trace["type"] for figure in page.figures for trace in figure["data"])


def test_the_pictures_are_painted_in_the_light_colours(page, report):
    assert "role:" not in json.dumps(page.figures)
    real, fake = (PALETTES["light"][role] for role in ("real", "fake"))
    overlay = page.figures[0]["data"]
    assert [trace["line"]["color"] for trace in overlay] == [real] * 8 + [fake] * 8


@pytest.mark.parametrize("name", [UGLY, "<img src=https://example.com/i.png>", "$", "${verdict}", "\\x", "ω ≈ 2π", ""])
def test_a_name_is_shown_as_it_was_typed(name, report, page):
    ugly = _Page(report_page.as_html(named(report, name)))
    assert [tag for tag, _ in ugly.elements] == [tag for tag, _ in page.elements]
    assert " ".join(f"Fidelity of “{name}”".split()) in ugly.text
    assert len(ugly.figures) == 9


def test_a_name_turns_no_text_around_and_fills_no_page(report):
    kept = report.subject.model_dump() | {"name": "\u202egpj.exe\n" + 10_000 * "x"}
    opened = report.model_copy(update={"subject": Subject.model_validate(kept)})
    assert "\u202e" not in report_page.as_html(opened)
    assert opened.subject.name == "gpj.exe " + 192 * "x"


def test_what_a_quantity_is_called_cannot_end_the_script(report):
    (histograms,) = (picture for picture in report.pictures if picture.key == "histograms")
    odd = [panel.model_copy(update={"axis": Axis(name=UGLY)}) for panel in histograms.panels]
    pictures = [histograms.model_copy(update={"panels": odd})]
    (figure,) = _Page(report_page.as_html(report.model_copy(update={"pictures": pictures}))).figures
    assert figure["layout"]["xaxis"]["title"]["text"] == UGLY


def test_a_verdict_in_odd_words_is_shown_as_it_is(report, page):
    verdict = report.verdict.model_copy(update={"sentence": UGLY, "advice": "<b>Nothing</b>"})
    odd = _Page(report_page.as_html(report.model_copy(update={"verdict": verdict})))
    assert [tag for tag, _ in odd.elements] == [tag for tag, _ in page.elements]
    assert " ".join(UGLY.split()) in odd.text
    assert "<b>Nothing</b>" in odd.text


def test_the_page_is_whole(report):
    text = report_page.as_html(report)
    assert text.startswith("<!doctype html>")
    assert '<meta charset="utf-8">' in text
    assert text.rstrip().endswith("</html>")
    own = text[: text.index("<script>")] + text[text.index("</head>") :]
    assert not re.search(r"\$\{?[a-z]+", re.sub(r"<script>.*?</script>", "", own, flags=re.DOTALL))


# The basis


def test_the_basis_says_what_was_compared_with_what(report):
    subject = report.subject.model_copy(
        update={
            "name": "Mine",
            "reals": "10,000 fresh signals",
            "step": 1500,
            "n_signals": 10_000,
            "seed": 3,
            "quick": False,
            "seconds": 130.0,
            "measured_at": datetime(2026, 1, 31, 12, 5, tzinfo=UTC),
        }
    )
    assert report_page.basis(report.model_copy(update={"subject": subject})) == (
        "Full scorecard of 10,000 fakes from “Mine” at step 1,500, seed 3. Reals: 10,000 fresh signals; each floor compares "
        "them with as many other reals. Measured 31 Jan 2026 12:05 UTC in 2 min 10 s."
    )


def test_the_basis_of_files_knows_no_step(report):
    text = report_page.basis(report)
    assert text.startswith("Quick scorecard of 120 fakes from “Mine”, seed 0. Reals: 120 of 360 given reals")
    assert "step" not in text


# The tables


def test_the_table_has_a_row_for_every_line(report):
    rows = list(csv.DictReader(io.StringIO(report_page.as_csv(report))))
    assert [row["measure"] for row in rows] == [score.key for score in report.scores]
    for row, score in zip(rows, report.scores, strict=True):
        assert (row["title"], row["group"], row["grade"]) == (score.title, score.group, score.grade)
        assert (float(row["value"]), float(row["floor"])) == (score.value, score.floor)
        assert (float(row["ratio"]) if row["ratio"] else None) == score.ratio
        bounds = tuple(float(row[name]) for name in ("low_95", "high_95") if row[name])
        assert bounds == (score.interval or ())
        assert row["meaning"] == score.sentence


def test_odd_words_stay_in_their_cell(report):
    odd = report.scores[0].model_copy(update={"sentence": 'a "quoted", odd\nsentence; ω'})
    text = report_page.as_csv(report.model_copy(update={"scores": [odd]}))
    (row,) = csv.DictReader(io.StringIO(text))
    assert row["meaning"] == odd.sentence


def test_no_cell_of_the_table_is_run_as_a_formula(report):
    odd = report.scores[0].model_copy(update={"title": "=1+1: spread", "sentence": "@SUM(A1)"})
    (row,) = csv.DictReader(io.StringIO(report_page.as_csv(report.model_copy(update={"scores": [odd]}))))
    assert (row["title"], row["meaning"]) == ("'=1+1: spread", "'@SUM(A1)")


def test_the_json_is_the_whole_report(report):
    text = report_page.as_json(report)
    assert Report.model_validate_json(text) == report
    assert [picture["key"] for picture in json.loads(text)["pictures"]] == [picture.key for picture in report.pictures]


def test_a_page_of_entities_is_not_read_twice(report):
    name = html.escape("<b>")
    assert f"“{name}”" in _Page(report_page.as_html(named(report, name))).text
